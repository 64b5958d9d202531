import jwt from 'jsonwebtoken';
import { withDeadline } from './deadline.ts';
import type { KeyRecord, KeySource } from './keys.ts';
import { REMEMBER_AFTER_EXPIRY_MS } from './nonce-store.ts';
import type { NonceStore, SpendResult } from './nonce-store.ts';
import { refuse } from './refusal.ts';
import type { FirstResult, Refusal } from './refusal.ts';
import { readClaims } from './token-claims.ts';
import type { TradeTokenClaims } from './token-claims.ts';
import { readToken } from './token-format.ts';
import { differingField, readOrder } from './trade-order.ts';
import type { TradeOrder } from './trade-order.ts';
import { readOptions } from './verifier-options.ts';
import type { Settings, VerifierOptions } from './verifier-options.ts';

/** Whose order it is. */
export type OrderUser =
  /** The user of *your own* session that the order came with. Never a value that the order itself brings. */
  | { readonly exchangeUserId: string; readonly userFromToken?: false }
  /** There is no session: the token alone says who trades. Only where whoever holds the token may place its order. */
  | { readonly userFromToken: true; readonly exchangeUserId?: undefined };

export type VerifyContext = OrderUser & {
  /** Another store for this one call, e.g. one on the database transaction that also stores the order. */
  readonly store?: NonceStore;
};

export interface Verified {
  readonly ok: true;
  /** UUIDv7. Keep it with the order: execution reports name it. */
  readonly jti: string;
  readonly exchangeUserId: string;
  /** Milliseconds since 1970, without leeway. */
  readonly expiresAt: number;
  /** The order to place: frozen, and built from the token. Place this one and not what the request said. */
  readonly order: TradeOrder;
}

export type VerifyResult = Verified | Refusal;

export interface Verifier {
  readonly exchangeId: string;
  /**
   * Check a token against an order and spend it. Resolves with `{ok: true}` at most once per token, over all servers that share the
   * store; the order must then be placed. Everything else is a refusal that resolves too: this never rejects and never throws.
   * A refusal before the last step (spending) leaves the token as it was.
   */
  verify(token: unknown, order: unknown, context: VerifyContext): Promise<VerifyResult>;
  /**
   * Keep what became of the order, so that a client whose answer was lost gets it by sending the same token again. Rejects when the store
   * fails, and with a TypeError for a result that is not a JSON object of at most 16 KiB.
   */
  recordResult(jti: string, result: FirstResult): Promise<void>;
  /** Load the key set now. Rejects when it cannot be loaded; the next order tries again. */
  loadKeys(): Promise<void>;
}

/** A verifier for one partner. Make it once, at start. Throws a TypeError that names the option when one is wrong. */
export function createVerifier(options: VerifierOptions): Verifier {
  const settings = readOptions(options);
  const { exchangeId, store, storeTimeoutMs, keys } = settings;
  return {
    exchangeId,
    async verify(token, order, context) {
      try {
        return await verifyAndSpend(settings, token, order, context);
      } catch (cause) {
        return refuse('check_failed', { cause });
      }
    },
    recordResult: async (jti, result) => withDeadline(store.recordResult({ exchangeId, jti }, result), storeTimeoutMs, 'The nonce store'),
    loadKeys: () => keys.load(),
  };
}

/**
 * The same as `createVerifier(options).verify(token, order, options)`, for code that has no place to keep a verifier. Verifiers are kept
 * per store and options, so the key set is still loaded once; pass the same `store` each time.
 */
export async function verifyTradeToken(token: unknown, order: unknown, options: VerifierOptions & OrderUser): Promise<VerifyResult> {
  const { exchangeUserId, userFromToken, ...verifierOptions } = options;
  const user: OrderUser = userFromToken ? { userFromToken } : { exchangeUserId: exchangeUserId as string };
  return verifierFor(verifierOptions).verify(token, order, user);
}

const KEPT_PER_STORE_MAX = 16;
const kept = new WeakMap<NonceStore, { readonly options: VerifierOptions; readonly verifier: Verifier }[]>();

function verifierFor(options: VerifierOptions): Verifier {
  const list = kept.get(options.store) ?? [];
  const known = list.find((entry) => sameOptions(entry.options, options));
  if (known) return known.verifier;
  const verifier = createVerifier(options);
  kept.set(options.store, [...list, { options, verifier }].slice(-KEPT_PER_STORE_MAX));
  return verifier;
}

function sameOptions(left: VerifierOptions, right: VerifierOptions): boolean {
  const names = new Set([...Object.keys(left), ...Object.keys(right)]) as Set<keyof VerifierOptions>;
  return [...names].every((name) => Object.is(left[name], right[name]));
}

/** The checks, cheapest first; nothing is fetched for a malformed token, and nothing is spent before every check has passed. */
async function verifyAndSpend(settings: Settings, token: unknown, order: unknown, context: VerifyContext): Promise<VerifyResult> {
  // The order is copied before the first wait: whoever holds it could change it meanwhile.
  const asked = readOrder(order, settings.orderTerms);
  const read = readToken(token);
  if ('refused' in read) return read.refused;
  const { parts } = read;

  const key = await findKey(settings.keys, parts.kid);
  if ('refused' in key) return key.refused;
  if (key.record.alg !== parts.alg) return refuse('alg_not_allowed');
  if (!signatureHolds(token as string, key.record)) return refuse('signature_wrong');

  const nowMs = settings.now();
  const said = readClaims(parts.claims, { ...settings, nowMs });
  if ('refused' in said) return said.refused;
  const { claims } = said;

  const strange = refuseUser(claims, context) ?? refuseOrder(claims, asked);
  if (strange) return strange;

  const spending = { ...settings, store: context.store ?? settings.store };
  return nowMs >= (claims.exp + settings.leewaySeconds) * 1000
    ? refuseExpired(spending, claims, nowMs)
    : spend(spending, claims, token as string);
}

async function findKey(keys: KeySource, kid: string): Promise<{ record: KeyRecord } | { refused: Refusal }> {
  try {
    const record = await keys.find(kid);
    return record ? { record } : { refused: refuse('kid_unknown') };
  } catch (cause) {
    return { refused: refuse('keys_unavailable', { cause }) };
  }
}

function signatureHolds(token: string, { alg, key }: KeyRecord): boolean {
  try {
    jwt.verify(token, key, { algorithms: [alg], ignoreExpiration: true, ignoreNotBefore: true });
    return true;
  } catch {
    // jsonwebtoken throws for every bad signature; which kind of bad makes no difference to the caller.
    return false;
  }
}

function refuseUser(claims: TradeTokenClaims, context: VerifyContext): Refusal | undefined {
  if (context.userFromToken === true) return undefined;
  const user: unknown = context.exchangeUserId;
  if (typeof user !== 'string' || user === '') return refuse('user_unknown');
  return user === claims.sub ? undefined : refuse('user_differs');
}

function refuseOrder(claims: TradeTokenClaims, asked: ReturnType<typeof readOrder>): Refusal | undefined {
  if ('refused' in asked) return refuse('order_malformed', { field: asked.refused });
  const field = differingField(claims.order, asked.fields);
  return field === undefined ? undefined : refuse('order_differs', { field });
}

/**
 * An expired token is refused as expired, unless it was spent: then its first result is the answer, so that a client whose answer was
 * lost learns what became of its order even when it asks late. User and order have been compared already, so nobody else learns it.
 */
async function refuseExpired(settings: Settings, claims: TradeTokenClaims, nowMs: number): Promise<Refusal> {
  const { store, exchangeId, storeTimeoutMs } = settings;
  if (!store.recall || nowMs >= claims.exp * 1000 + REMEMBER_AFTER_EXPIRY_MS) return refuse('token_expired');
  try {
    const spent = await withDeadline(store.recall({ exchangeId, jti: claims.jti }), storeTimeoutMs, 'The nonce store');
    return spent ? refuseSpent(claims.jti, spent.result) : refuse('token_expired');
  } catch (cause) {
    return refuse('store_unavailable', { cause });
  }
}

async function spend(settings: Settings, claims: TradeTokenClaims, token: string): Promise<VerifyResult> {
  const { store, exchangeId, storeTimeoutMs } = settings;
  const { jti, sub: exchangeUserId, order } = claims;
  const expiresAt = claims.exp * 1000;
  let spent: SpendResult;
  try {
    spent = await withDeadline(store.spend({ exchangeId, jti, expiresAt, token }), storeTimeoutMs, 'The nonce store');
  } catch (cause) {
    return refuse('store_unavailable', { cause });
  }
  if (spent.first === true) return Object.freeze({ ok: true, jti, exchangeUserId, expiresAt, order });
  if ('refused' in spent) return refuse(spent.refused === 'TRADE_TOKEN_EXPIRED' ? 'token_expired' : 'refused_online');
  return refuseSpent(jti, spent.result);
}

const refuseSpent = (jti: string, firstResult: FirstResult | undefined): Refusal =>
  refuse('already_spent', firstResult ? { jti, firstResult } : { jti });
