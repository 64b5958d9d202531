import { parseArgs } from 'node:util';
import { buildApp } from './app.ts';
import { runCommand } from './command-line.ts';
import { loadConfig } from './config.ts';
import { ACTIVATE_IN_SECONDS } from './features/auth/signing-keys.service.ts';

const USAGE = `npm run access-key:rotate -- [--activate-in-seconds 600]

Publishes another key for access tokens in /.well-known/jwks.json. It begins to sign after so many seconds; the one before it is published for
twenty minutes longer. Nobody has to sign in again.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'activate-in-seconds': { type: 'string', default: String(ACTIVATE_IN_SECONDS) }, help: { type: 'boolean', default: false } } });
  const seconds = Number(values['activate-in-seconds']);
  if (values.help || !Number.isInteger(seconds) || seconds < 0 || seconds > 86_400) {
    process.stderr.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const app = await buildApp(loadConfig());
  try {
    process.stdout.write(`${JSON.stringify(await app.signingKeys.rotate(seconds, { kind: 'system', id: 'access-key:rotate' }), null, 2)}\n`);
  } finally {
    await app.stop();
  }
}

await runCommand(main);
