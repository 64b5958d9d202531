import { TRADING_INTEGRITY, TRADING_PATH } from '../build-info.ts';
import type { Trading } from '../trading.ts';

/**
 * Loads the second part from beside the first. The browser takes it only when its hash is the one that was built into the first part,
 * so `integrity` on the page's script tag covers both.
 */
export async function loadTradingFrom(tag: HTMLScriptElement | null): Promise<Trading> {
  const url = new URL(TRADING_PATH, tag?.src).href;
  await preload(url, tag?.nonce ?? '');
  const part = (await import(url)) as { trading: Trading };
  return part.trading;
}

function preload(url: string, nonce: string): Promise<void> {
  const link = document.createElement('link');
  if (!link.relList.supports('modulepreload')) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const done = (settle: () => void) => () => {
      document.head.removeChild(link);
      settle();
    };
    link.addEventListener('load', done(resolve));
    link.addEventListener('error', done(() => reject(new Error('The trading part did not load'))));
    Object.assign(link, { rel: 'modulepreload', crossOrigin: 'anonymous', integrity: TRADING_INTEGRITY, nonce, href: url });
    document.head.append(link);
  });
}
