import { ES_KID, HS_KID, signEs256, signHs256 } from './vector-signer.ts';

export const NOW = Date.UTC(2026, 0, 15, 10, 30, 0);
export const NOW_SECONDS = NOW / 1000;
export const EXCHANGE_ID = 'blofin-exchange-prod';
export const USER = 'f47ac10b-58cc-4372-a567-0e02b2c3d479';
export const JTI = '019bc13e-0d30-7c1a-9a4e-3f5b6c7d8e9f';

export const LIMIT_ORDER = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: '0.1', price: '45000' };
export const MARKET_ORDER = { symbol: 'BTCUSDT', side: 'SELL', type: 'MARKET', quantity: '0.25' };

export interface Vector {
  readonly name: string;
  /** Number in the attack list of our threat model. */
  readonly attack?: number;
  readonly token: unknown;
  readonly order: unknown;
  readonly exchangeUserId: string;
  /** Instead of the file's `now`. */
  readonly now?: number;
  /** `basic` when it is not said. */
  readonly orderTerms?: 'basic' | 'all';
  readonly expect: { readonly ok: boolean; readonly code?: string; readonly reason?: string; readonly field?: string; readonly order?: object };
}

export const hsHeader = { alg: 'HS256', typ: 'trade+jwt', kid: HS_KID };
export const esHeader = { alg: 'ES256', typ: 'trade+jwt', kid: ES_KID };

/** The claims of a good token issued two seconds ago, with some of them changed; `undefined` leaves one out. */
export const claims = (changes: Record<string, unknown> = {}) => ({
  iss: 'our-domain', aud: EXCHANGE_ID, sub: USER, jti: JTI, iat: NOW_SECONDS - 2, nbf: NOW_SECONDS - 2, exp: NOW_SECONDS + 8, trade: LIMIT_ORDER, ...changes,
});

export const hs = (changes?: Record<string, unknown>): string => signHs256(hsHeader, claims(changes));
export const es = (changes?: Record<string, unknown>): string => signEs256(esHeader, claims(changes));

type Options = Partial<Pick<Vector, 'attack' | 'order' | 'exchangeUserId' | 'now' | 'orderTerms'>>;

export const accepted = (name: string, token: unknown, placed: object, options: Options = {}): Vector =>
  ({ name, ...pick(options), token, order: options.order ?? placed, exchangeUserId: options.exchangeUserId ?? USER, expect: { ok: true, order: placed } });

const refused = (code: string) => (name: string, reason: string, token: unknown, options: Options & { field?: string } = {}): Vector => ({
  name, ...pick(options), token, order: 'order' in options ? options.order : LIMIT_ORDER, exchangeUserId: options.exchangeUserId ?? USER,
  expect: { ok: false, code: `TRADE_TOKEN_${code}`, reason, ...(options.field === undefined ? {} : { field: options.field }) },
});

export const required = refused('REQUIRED');
export const invalid = refused('INVALID');
export const expired = refused('EXPIRED');
export const mismatch = refused('MISMATCH');

/** The session that came with the order is missing or has ended: the token is good, and stays so. */
export const signedOut = (name: string, token: unknown, options: Options = {}): Vector =>
  ({ ...mismatch(name, 'user_unknown', token, { ...options, exchangeUserId: '' }), expect: { ok: false, code: 'AUTHENTICATION_REQUIRED', reason: 'user_unknown' } });

const pick = ({ attack, now, orderTerms }: Options) => ({
  ...(attack === undefined ? {} : { attack }), ...(now === undefined ? {} : { now }), ...(orderTerms === undefined ? {} : { orderTerms }),
});

export function validCases(): Vector[] {
  const full = { ...LIMIT_ORDER, clientOrderId: 'my-order_1:a.b' };
  return [
    accepted('HS256, limit order', hs(), LIMIT_ORDER),
    accepted('ES256, limit order', es(), LIMIT_ORDER),
    accepted('HS256, market order', hs({ trade: MARKET_ORDER }), MARKET_ORDER),
    accepted('ES256, market order', es({ trade: MARKET_ORDER }), MARKET_ORDER),
    accepted('HS256, every field', hs({ trade: full }), full),
    accepted('ES256, every field', es({ trade: full }), full),
    accepted('the fields of the order in another order', hs(), LIMIT_ORDER, { order: { price: '45000', quantity: '0.1', type: 'LIMIT', side: 'BUY', symbol: 'BTCUSDT' } }),
    accepted('the fields of header and claims in another order', signHs256({ kid: HS_KID, typ: 'trade+jwt', alg: 'HS256' }, Object.fromEntries(Object.entries(claims()).toReversed())), LIMIT_ORDER),
    accepted('a user of every visible ASCII character', hs({ sub: '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~' }), LIMIT_ORDER, { exchangeUserId: '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~' }),
    accepted('a user of 128 characters', hs({ sub: 'u'.repeat(128) }), LIMIT_ORDER, { exchangeUserId: 'u'.repeat(128) }),
  ];
}
