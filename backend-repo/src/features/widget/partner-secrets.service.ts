import { generateKeyPairSync } from 'node:crypto';
import { SEAL_RANDOM_BYTES, type SecretBox } from '../../domain/secret-box.ts';
import type { NewKey } from './partner-keys.repository.ts';
import type { CredentialRow } from './partners.repository.ts';
import type { Algorithm } from './partners.schema.ts';

/** What partners' secrets are made with. They leave here twice: shown once to the caller, and sealed for the database. */
export interface SecretTools {
  readonly box: SecretBox;
  readonly randomBytes: (bytes: number) => Buffer;
}

export interface Made<Row, Shown> {
  readonly row: Row;
  readonly shown: Shown;
}

/** A key for trade tokens. The partner is shown a shared secret; a private key stays here. */
export function makeTokenKey(tools: SecretTools, exchangeId: string, algorithm: Algorithm): Made<NewKey, { kid: string; tokenSecret?: string }> {
  const kid = `tk_${tools.randomBytes(9).toString('base64url')}`;
  const { secret, publicJwk } = algorithm === 'HS256' ? { secret: newSecret(tools), publicJwk: null } : newKeyPair(kid);
  const row = { kid, exchange_id: exchangeId, algorithm, secret_sealed: seal(tools, secret, 'trade-token-key', kid), public_jwk: publicJwk };
  return { row, shown: { kid, ...(algorithm === 'HS256' && { tokenSecret: secret }) } };
}

export function makeCredentials(tools: SecretTools, exchangeId: string): Made<Omit<CredentialRow, 'state'>, { apiKey: string; apiSecret: string; sessionSecret: string }> {
  const shown = { apiKey: `pk_${tools.randomBytes(12).toString('hex')}`, apiSecret: newSecret(tools), sessionSecret: newSecret(tools) };
  const row = {
    api_key: shown.apiKey,
    exchange_id: exchangeId,
    api_secret_sealed: seal(tools, shown.apiSecret, 'api-secret', shown.apiKey),
    session_secret_sealed: seal(tools, shown.sessionSecret, 'session-secret', shown.apiKey),
  };
  return { row, shown };
}

const newSecret = ({ randomBytes }: SecretTools): string => randomBytes(32).toString('base64url');

function newKeyPair(kid: string): { secret: string; publicJwk: Record<string, unknown> } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const secret = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { secret, publicJwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' } };
}

function seal({ box, randomBytes }: SecretTools, secret: string, what: string, whose: string): string {
  return box.seal(secret, [what, whose], randomBytes(SEAL_RANDOM_BYTES));
}
