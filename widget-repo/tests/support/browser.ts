// Real Chromium, whichever this machine has.
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const INSTALLED = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'];
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export async function launchBrowser(): Promise<Browser> {
  const { CHROME_PATH } = process.env;
  const installed = [CHROME_PATH, ...INSTALLED, ownOfPlaywright()].find((path) => path && existsSync(path));
  if (installed) return chromium.launch({ executablePath: installed, args: ARGUMENTS });
  // The package's own arguments switch web security off and run one process; ours do neither.
  const { default: packaged } = await import('@sparticuz/chromium');
  return chromium.launch({ executablePath: await packaged.executablePath(), args: [...ARGUMENTS, '--no-zygote'] });
}

function ownOfPlaywright(): string | null {
  try {
    return chromium.executablePath();
  } catch {
    return null;
  }
}
