import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Config } from '../config.ts';
import { connect } from '../db/connection.ts';
import { createSecretBox, SEAL_RANDOM_BYTES } from '../domain/secret-box.ts';
import { signingKeyContext } from '../domain/session-secrets.ts';
import { uuidV7 } from '../domain/uuid.ts';
import { AuthRepository } from '../features/auth/auth.repository.ts';
import { ACCESS_TOKEN_AUDIENCE, ACCESS_TOKEN_ISSUER } from '../features/auth/auth.service.ts';
import { AuthKeys, type AccessTokenKey } from '../features/auth/auth.state.ts';
import { signJwt } from '../jwt.ts';

/** Many traders at once, for load: the routes and their limits are the real ones, only the signing in is spared. */

/** The key that the nodes on this database sign and check access tokens with. */
export async function signingKey({ encryptionKey, databaseUrl, databaseAppUrl }: Config): Promise<AccessTokenKey> {
  const database = connect(databaseAppUrl ?? databaseUrl, 1, () => undefined);
  const keys = new AuthKeys(new AuthRepository(database.app), createSecretBox([encryptionKey]), randomBytes);
  await keys.start();
  await database.close();
  return keys.signing;
}

/** By hand, because hashing four thousand passwords would take a minute; nobody signs in as them. */
export async function addTraders({ databaseUrl }: Pick<Config, 'databaseUrl'>, count: number): Promise<number[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ id: string }>(
    `with people as (
       insert into auth.users (email, password_hash, role, kyc_status) select 'load-' || gen_random_uuid() || '@example.com', 'nobody signs in', 'user', 'approved' from generate_series(1, $1) returning id
     ), factors as (
       insert into auth.second_factors (user_id, state, pending_until, secret_sealed, turned_on_at) select id, 'on', now(), 'nobody makes a code', now() from people
     ) select id from people`,
    [count],
  );
  await client.end();
  return rows.map(({ id }) => Number(id));
}

export interface AddedSession {
  readonly sessionId: string;
  readonly signingKey: string;
}

/** A session of each, by hand as well, so that their calls can be signed. */
export async function addSessions({ databaseUrl, encryptionKey }: Config, userIds: readonly number[]): Promise<AddedSession[]> {
  const box = createSecretBox([encryptionKey]);
  const sessions = userIds.map(() => ({ sessionId: uuidV7(Date.now(), randomBytes(10)), signingKey: randomBytes(32).toString('base64url') }));
  const sealed = sessions.map(({ sessionId, signingKey }) => box.seal(signingKey, signingKeyContext(sessionId), randomBytes(SEAL_RANDOM_BYTES)));
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(
    `insert into auth.sessions (session_id, user_id, device_hash, user_agent, ip, signing_key_sealed, created_at, last_used_at, expires_at)
     select session_id, user_id, sha256(''), 'load', '127.0.0.1', sealed, now(), now(), now() + interval '7 days' from unnest($1::uuid[], $2::bigint[], $3::text[]) as s (session_id, user_id, sealed)`,
    [sessions.map(({ sessionId }) => sessionId), userIds, sealed],
  );
  await client.end();
  return sessions;
}

export interface TokenClaims {
  readonly role: 'user' | 'admin';
  /** A code has been shown, and counts as long as the token does. */
  readonly secondFactor?: boolean;
  readonly permissions: readonly string[];
  /** How long it is good for. */
  readonly seconds: number;
  readonly sessionId?: string;
}

const TRADING_FOR_A_WHILE: TokenClaims = { role: 'user', permissions: ['trade'], seconds: 900 };

export function accessToken({ kid, privateKey }: AccessTokenKey, userId: number, { role, permissions, seconds, sessionId, secondFactor = role === 'admin' }: TokenClaims = TRADING_FOR_A_WHILE): string {
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: ACCESS_TOKEN_ISSUER, aud: ACCESS_TOKEN_AUDIENCE, sub: String(userId), ...(sessionId !== undefined && { sid: sessionId }), role, permissions, iat, exp: iat + seconds, ...(secondFactor && { second_factor_at: (iat + seconds) * 1000 }), jti: randomUUID() };
  return signJwt(claims, 'JWT', { algorithm: 'RS256', kid, key: privateKey });
}
