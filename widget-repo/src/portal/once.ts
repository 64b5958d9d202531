import type { Outcome } from './api.ts';

/**
 * One Idempotency-Key for each thing somebody wants done. As long as nobody knows whether it was done, the same wish keeps its key, so that
 * pressing again never does it twice.
 */
export async function once<T>(open: Map<string, string>, wish: object, send: (key: string) => Promise<Outcome<T>>): Promise<Outcome<T>> {
  const text = JSON.stringify(wish);
  const key = open.get(text) ?? crypto.randomUUID();
  open.set(text, key);
  const outcome = await send(key);
  const known = outcome.ok || (outcome.trouble.status >= 400 && outcome.trouble.status < 500);
  if (known) open.delete(text);
  return outcome;
}
