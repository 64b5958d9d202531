import { REMEMBER_AFTER_EXPIRY_MS, resultToJson } from './nonce-store.ts';
import type { NonceKey, NonceStore } from './nonce-store.ts';
import type { FirstResult } from './refusal.ts';

/** What we need of a Redis client: node-redis (`sendCommand`) and ioredis (`call`) fit as they are. */
export type RedisLike =
  | { sendCommand(args: string[]): Promise<unknown> }
  | { call(command: string, ...args: string[]): Promise<unknown> };

export interface RedisNonceStoreOptions {
  /** Stands before every key; default `trade-token:`. Visible ASCII, at most 100 characters. */
  readonly prefix?: string;
  /** Milliseconds since 1970; default Date.now. */
  readonly now?: () => number;
}

const PREFIX = /^[\x21-\x7e]{0,100}$/;
/** What stands at a spent token until its result is known. */
const NO_RESULT = '';

const SPEND = `local known = redis.call('GET', KEYS[1]) if known then return known end redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) return nil`;
// Only the first result of a token that was spent, and only as long as the token was to be remembered anyway.
const RECORD_RESULT = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL') end return 1`;

/**
 * Spent tokens in your Redis (6.0 or newer, or Valkey), shared by all of your servers. One script decides who was first. Redis must not evict
 * (`maxmemory-policy noeviction`); what it loses, at a restart without persistence or at a failover to a replica that lags, can be spent again while
 * the token lives (at most 15 s). Where that is too much, take Postgres.
 */
export function redisNonceStore(client: RedisLike, options: RedisNonceStoreOptions = {}): NonceStore {
  const { prefix = 'trade-token:', now = Date.now } = options;
  if (!PREFIX.test(prefix)) throw new TypeError('prefix must be at most 100 visible ASCII characters');
  const send = 'sendCommand' in client ? (args: string[]) => client.sendCommand(args) : ([command, ...args]: string[]) => client.call(command!, ...args);
  const keyOf = ({ exchangeId, jti }: NonceKey): string => `${prefix}${exchangeId}:${jti}`;

  return {
    async spend({ exchangeId, jti, expiresAt }) {
      const keepMs = Math.ceil(expiresAt + REMEMBER_AFTER_EXPIRY_MS - now());
      // Past remembering: a verifier asks this of no token that it would let through.
      if (!(keepMs > 0)) throw new RangeError('The token expired too long ago to be spent');
      const before = await send(['EVAL', SPEND, '1', keyOf({ exchangeId, jti }), NO_RESULT, String(keepMs)]);
      return before === null ? { first: true } : recollection(before);
    },
    async recordResult(key, result) {
      await send(['EVAL', RECORD_RESULT, '1', keyOf(key), NO_RESULT, resultToJson(result)]);
    },
    async recall(key) {
      const known = await send(['GET', keyOf(key)]);
      return known === null ? undefined : recollection(known);
    },
  };
}

function recollection(reply: unknown): { first: false; result?: FirstResult } {
  if (typeof reply !== 'string' && !Buffer.isBuffer(reply)) throw new TypeError('Redis answered something that is no text');
  const json = reply.toString();
  return json === NO_RESULT ? { first: false } : { first: false, result: JSON.parse(json) as FirstResult };
}
