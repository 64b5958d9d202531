import { withDeadline } from './deadline.ts';
import { requestJson, safeUrl } from './http-json.ts';
import { readJwkSet } from './keys.ts';
import type { KeyRecord, KeySource } from './keys.ts';

const JWKS_BYTES_MAX = 65_536;
/** Older than this, a key is used only after we tried to load the set again. */
const FRESH_MS = 5 * 60_000;
/** Unknown key ids are free to invent, so they cause at most one load in this time. */
const RELOAD_EVERY_MS = 60_000;
const RETRY_WITHOUT_KEYS_MS = 5_000;

export interface CachedKeysOptions {
  readonly timeoutMs: number;
  readonly now: () => number;
}

/** Load a key set over HTTP (RFC 7517). Throws a TypeError at once for a URL that is neither https nor this machine. */
export function jwksLoader(url: string, options: { readonly timeoutMs: number; readonly fetch?: typeof globalThis.fetch | undefined }): () => Promise<unknown> {
  const safe = safeUrl(url, 'jwksUrl');
  return async () => {
    const { status, json } = await requestJson({ url: safe, method: 'GET', bytesMax: JWKS_BYTES_MAX, ...options });
    if (status !== 200) throw new Error(`The key set was answered with status ${status}`);
    return json;
  };
}

/**
 * Keys from a loader, kept between orders. One load runs at a time. A load that fails, or brings no usable key, changes nothing: the last good
 * set stays. A key that we withdraw stops working within five minutes; only while our key set cannot be loaded does it go on working.
 */
export function cachedKeySource(loadSet: () => Promise<unknown>, { timeoutMs, now }: CachedKeysOptions): KeySource {
  let records: ReadonlyMap<string, KeyRecord> | undefined;
  let loadedAt = -Infinity;
  let triedAt = -Infinity;
  let failure: unknown;
  let inFlight: Promise<void> | undefined;

  const reload = async (): Promise<void> => {
    triedAt = now();
    try {
      const loaded = readJwkSet(await withDeadline(loadSet(), timeoutMs, 'The key set'));
      if (loaded.size === 0) throw new Error('The key set holds no ES256 key');
      records = loaded;
      loadedAt = now();
      failure = undefined;
    } catch (error) {
      failure = error;
    } finally {
      inFlight = undefined;
    }
  };
  const reloadIfDue = (): Promise<void> => {
    const waitMs = records ? RELOAD_EVERY_MS : RETRY_WITHOUT_KEYS_MS;
    if (!inFlight && Math.abs(now() - triedAt) >= waitMs) inFlight = reload();
    return inFlight ?? Promise.resolve();
  };

  return {
    async find(kid) {
      const known = records?.get(kid);
      if (known && now() - loadedAt < FRESH_MS) return known;
      await reloadIfDue();
      const found = records?.get(kid);
      if (!found && failure !== undefined) throw new Error('The keys that verify tokens could not be loaded', { cause: failure });
      return found;
    },
    async load() {
      await reloadIfDue();
      if (!records) throw new Error('The keys that verify tokens could not be loaded', { cause: failure });
    },
  };
}
