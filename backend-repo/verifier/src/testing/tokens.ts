import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { TradeOrder } from '../trade-order.ts';

export const EXCHANGE_ID = 'demo-exchange';
export const USER = 'user-1';
/** base64url of 32 bytes, as we hand it to a partner. */
export const SECRET = Buffer.from('test-secret-0123456789-abcdefghij').toString('base64url');
export const LIMIT_ORDER: TradeOrder = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: '0.1', price: '45000' };

/** A key pair as our key set publishes it, and the half that signs. */
export function newKeyPair(kid: string): { readonly kid: string; readonly privateKey: KeyObject; readonly jwk: JsonWebKey } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' } };
}

export function newJti(): string {
  const hex = randomBytes(16).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

export interface Minting {
  readonly nowMs?: number;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly secret?: string;
  readonly key?: { readonly kid: string; readonly privateKey: KeyObject };
}

/** A token as our backend signs it, issued now and living 10 s. */
export function mint({ nowMs = Date.now(), claims = {}, header = {}, secret = SECRET, key }: Minting = {}): string {
  const iat = Math.floor(nowMs / 1000);
  const payload = { iss: 'our-domain', aud: EXCHANGE_ID, sub: USER, jti: newJti(), iat, nbf: iat, exp: iat + 10, trade: LIMIT_ORDER, ...claims };
  const algorithm = key ? 'ES256' : 'HS256';
  const signingKey = key ? key.privateKey : createSecretKey(Buffer.from(secret));
  return jwt.sign(payload, signingKey, { algorithm, header: { alg: algorithm, typ: 'trade+jwt', kid: key?.kid ?? 'hs-1', ...header } });
}
