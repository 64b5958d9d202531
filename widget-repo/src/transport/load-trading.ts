import { TRADING_INTEGRITY, TRADING_PATH } from '../build-info.ts';
import type { Trading } from '../trading.ts';

/**
 * Loads the second part from beside the first. The browser takes it only when its hash is the one that was built into the first part,
 * so `integrity` on the page's script tag covers both.
 */
export async function loadTradingFrom(tag: HTMLScriptElement | null, attempt: number, signal: AbortSignal): Promise<Trading> {
  const url = new URL(TRADING_PATH, tag?.src);
  // A browser remembers that a module failed, and by its whole address: another fragment is another try at the same file.
  if (attempt > 1) url.hash = String(attempt);
  await preload(url.href, tag?.nonce ?? '', signal);
  const part = (await import(url.href)) as { trading: Trading };
  return part.trading;
}

function preload(url: string, nonce: string, signal: AbortSignal): Promise<void> {
  const link = document.createElement('link');
  if (!link.relList.supports('modulepreload')) return Promise.resolve();
  return new Promise((resolve, reject) => {
    // Called off when it is loaded, late or no longer wanted. The page may have taken the element away before us.
    signal.addEventListener('abort', () => link.parentNode?.removeChild(link));
    link.addEventListener('load', () => resolve());
    link.addEventListener('error', () => reject(new Error('The trading part did not load')));
    Object.assign(link, { rel: 'modulepreload', crossOrigin: 'anonymous', integrity: TRADING_INTEGRITY, nonce, href: url });
    document.head.append(link);
  });
}
