import { cachedKeySource, jwksLoader } from './jwks.ts';
import { firstOf, secretsSource, singleSecretSource, staticKeySource } from './keys.ts';
import type { JwkSet, KeySource } from './keys.ts';
import type { NonceStore } from './nonce-store.ts';
import type { OrderTerms } from './trade-order.ts';

export interface VerifierOptions {
  /** Your id with us, e.g. `blofin-exchange-prod`: the exact `aud` of your tokens. */
  readonly exchangeId: string;
  /** Where spent tokens are remembered. Without one a token could be used twice, so there is no default. */
  readonly store: NonceStore;
  /** HS256: the secret we gave you, as text or as its bytes; at least 32 bytes. */
  readonly secret?: string | Uint8Array;
  /** HS256 while secrets rotate: each secret under its key id. May stand beside `jwksUrl` while you move to ES256. */
  readonly secrets?: Readonly<Record<string, string | Uint8Array>>;
  /** ES256: `https://…/api/widget/jwks/<exchangeId>`. Must be https, except on this machine. */
  readonly jwksUrl?: string;
  /** ES256: the key set itself, or a function that loads it. */
  readonly jwks?: JwkSet | (() => Promise<unknown>);
  /** Which orders you accept: `basic` (default) or `all`. */
  readonly orderTerms?: OrderTerms;
  /** Default `our-domain`. */
  readonly issuer?: string;
  /** Seconds by which clocks may differ; default 2, at most 5. */
  readonly leewaySeconds?: number;
  /** Milliseconds to wait for the store; default 2,000. */
  readonly storeTimeoutMs?: number;
  /** Milliseconds to wait for the key set; default 3,000. */
  readonly jwksTimeoutMs?: number;
  /** Milliseconds since 1970; default Date.now. */
  readonly now?: () => number;
  /** Default the global fetch. */
  readonly fetch?: typeof globalThis.fetch;
}

/** The options with their defaults, checked. */
export interface Settings {
  readonly exchangeId: string;
  readonly issuer: string;
  readonly orderTerms: OrderTerms;
  readonly leewaySeconds: number;
  readonly storeTimeoutMs: number;
  readonly now: () => number;
  readonly keys: KeySource;
  readonly store: NonceStore;
}

const EXCHANGE_ID = /^[a-z0-9][a-z0-9-]{1,62}[a-z0-9]$/;
const LEEWAY_SECONDS_MAX = 5;

/** Throws a TypeError that names the option when one is wrong. */
export function readOptions(options: VerifierOptions): Settings {
  const { exchangeId, store, issuer = 'our-domain', orderTerms = 'basic', leewaySeconds = 2, storeTimeoutMs = 2_000, now = Date.now } = options;
  if (typeof exchangeId !== 'string' || !EXCHANGE_ID.test(exchangeId)) throw new TypeError('exchangeId must be the id we gave you');
  if (typeof store?.spend !== 'function' || typeof store.recordResult !== 'function') throw new TypeError('store must be a NonceStore');
  if (typeof issuer !== 'string' || issuer === '') throw new TypeError('issuer must be text');
  if (orderTerms !== 'basic' && orderTerms !== 'all') throw new TypeError('orderTerms must be basic or all');
  if (!(leewaySeconds >= 0 && leewaySeconds <= LEEWAY_SECONDS_MAX)) throw new TypeError(`leewaySeconds must be 0 to ${LEEWAY_SECONDS_MAX}`);
  if (!(storeTimeoutMs > 0)) throw new TypeError('storeTimeoutMs must be above 0');
  return { exchangeId, store, issuer, orderTerms, leewaySeconds, storeTimeoutMs, now, keys: readKeyOptions(options, now) };
}

function readKeyOptions(options: VerifierOptions, now: () => number): KeySource {
  const { secret, secrets, jwksUrl, jwks, jwksTimeoutMs: timeoutMs = 3_000, fetch } = options;
  if (!(timeoutMs > 0)) throw new TypeError('jwksTimeoutMs must be above 0');
  const sources: KeySource[] = [];
  if (secret !== undefined) sources.push(singleSecretSource(secret));
  if (secrets !== undefined) sources.push(secretsSource(secrets));
  if (jwksUrl !== undefined) sources.push(cachedKeySource(jwksLoader(jwksUrl, { timeoutMs, fetch }), { timeoutMs, now }));
  if (typeof jwks === 'function') sources.push(cachedKeySource(jwks, { timeoutMs, now }));
  else if (jwks !== undefined) sources.push(staticKeySource(jwks));
  if (sources.length === 0) throw new TypeError('One of secret, secrets, jwksUrl and jwks is needed');
  if (secret !== undefined && sources.length > 1) throw new TypeError('secret stands alone: put it under its key id in secrets');
  return firstOf(sources);
}
