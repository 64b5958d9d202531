import { createHmac } from 'node:crypto';
import { OpenTokens, type OpenTokenCap } from '../features/widget/open-tokens.state.ts';
import type { LabelCap, LabelCaps } from '../features/widget/label-caps.state.ts';
import { LocalLimiter, type Limiter } from '../http/limiter.ts';
import { LocalNonces, type Nonces } from '../http/nonce-memory.ts';
import { RedisLink } from '../redis/redis-link.ts';
import { SharedLabelCaps } from '../redis/shared-label-caps.ts';
import { SharedLimiter } from '../redis/shared-limiter.ts';
import { SharedNonces } from '../redis/shared-nonces.ts';
import { SharedOpenTokens } from '../redis/shared-open-tokens.ts';
import type { Foundation } from './foundation.ts';

/** What nodes count together through Redis, and each for itself without (design 5.16). */
export interface Sharing {
  readonly limiter: Limiter;
  readonly nonces: Nonces;
  readonly openTokens: OpenTokenCap;
  /** One node's count of label tokens, made one over all nodes where they share. */
  readonly labelCaps: (here: LabelCaps) => LabelCap;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export function buildSharing({ config, logger, metrics, clock, now }: Foundation): Sharing {
  const limiter = new LocalLimiter(clock, now);
  const nonces = new LocalNonces(now);
  const openTokens = new OpenTokens();
  if (config.redisUrl === null) return { limiter, nonces, openTokens, labelCaps: (here) => here, start: () => Promise.resolve(), stop: () => Promise.resolve() };
  const keyOf = redisKeys(config.jwtSecret);
  const link = new RedisLink({
    url: config.redisUrl,
    trialKey: keyOf('trial', config.nodeAddress),
    onAway: (error) => {
      metrics.redisAvailable(false);
      logger.warn({ error }, 'Redis is away: until it is back, limits, nonces and open tokens count on each node alone');
    },
    onBack: () => {
      metrics.redisAvailable(true);
      logger.info('Redis is there: limits, nonces and open tokens count over all nodes');
    },
  });
  return {
    limiter: new SharedLimiter(link, limiter, keyOf),
    nonces: new SharedNonces(link, nonces, keyOf),
    openTokens: new SharedOpenTokens(link, openTokens, keyOf),
    labelCaps: (here) => new SharedLabelCaps(link, here, keyOf),
    start: () => link.start(),
    stop: () => link.stop(),
  };
}

const KEYS_VERSION = 1;
const KEY_BYTES = 16;

/**
 * Users, addresses and keys stand in Redis as codes that only we can make; installations with secrets of their own do not meet in one Redis.
 * What a key holds changed? Then so does the version, and old and new nodes count apart while they run side by side.
 */
function redisKeys(jwtSecret: string): (kind: string, name: string) => string {
  const secret = createHmac('sha256', jwtSecret).update('redis keys').digest();
  return (kind, name) => `tokens:${KEYS_VERSION}:${kind}:${createHmac('sha256', secret).update(`${kind} ${name}`).digest().toString('base64url', 0, KEY_BYTES)}`;
}
