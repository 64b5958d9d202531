import { randomBytes, randomUUID } from 'node:crypto';
import type supertest from 'supertest';
import { createSecretBox, SEAL_RANDOM_BYTES } from '../domain/secret-box.ts';
import { totp } from '../totp.ts';
import { signed, TEST_CLIENT } from './builders.ts';
import { newestMail } from './mails.ts';
import { TEST_ENCRYPTION_KEY } from './postgres.ts';
import type { TestApp } from './test-app.ts';
import { sql, type Trader } from './venue.ts';

const box = createSecretBox([TEST_ENCRYPTION_KEY]);
export const WITHDRAWAL = { asset: 'USDT', amount: '40', address: 'bank:DE00-1234' } as const;

/** Somebody who may withdraw: staff knows them, their second factor has been on for long, and this session has shown a code just now. */
export interface Withdrawer extends Trader {
  readonly email: string;
  /** Of their authenticator. */
  readonly secret: string;
}

/** They have no password: hashing one takes more time than all the rest. */
export async function createWithdrawer(app: TestApp, funds: Record<string, string> = { USDT: '100000', BTC: '10', ETH: '100' }): Promise<Withdrawer> {
  const add = `insert into auth.users (email, password_hash, kyc_status, email_verified_at) values ($1, 'nobody signs in', 'approved', now()) returning id`;
  const [user] = await sql<{ id: string }>(app.database.superUrl, add, [`withdrawer-${randomUUID()}@example.com`]);
  const userId = Number(user!.id);
  for (const [asset, amount] of Object.entries(funds)) await app.app.trading!.account.fund(userId, asset, amount, `test ${userId} ${asset}`);
  return mayWithdraw(app, { userId });
}

/** Somebody else may, from here on, in a session of their own. */
export async function mayWithdraw(app: TestApp, { userId }: Pick<Trader, 'userId'>): Promise<Withdrawer> {
  const secret = totp.newSecret();
  const sealed = box.seal(secret, ['second-factor', String(userId)], randomBytes(SEAL_RANDOM_BYTES));
  const turnOn = `with factor as (insert into auth.second_factors (user_id, state, pending_until, secret_sealed, turned_on_at) values ($1, 'on', now(), $2, now()))
    select email from auth.users where id = $1`;
  const [row] = await sql<{ email: string }>(app.database.superUrl, turnOn, [userId, sealed]);
  return signInWithCode(app, { userId, email: row!.email, secret });
}

/** Another session of theirs. @param shownAgo how many milliseconds ago a code was shown in it; `null`: none was */
export async function signInWithCode(app: TestApp, { userId, email, secret }: Pick<Withdrawer, 'userId' | 'email' | 'secret'>, shownAgo: number | null = 0): Promise<Withdrawer> {
  const { accessToken, signingKey } = await app.app.sessions.open({ userId, email, role: 'user', secondFactorAt: shownAgo === null ? null : app.now() - shownAgo }, TEST_CLIENT);
  return { userId, email, secret, accessToken, signingKey };
}

export const codeOf = (app: TestApp, { secret }: Pick<Withdrawer, 'secret'>): string => totp.codeAt(secret, Math.floor(app.now() / 1000));

/** @param key `null`: none is sent */
export function askToWithdraw(app: TestApp, trader: Trader, body: object = WITHDRAWAL, key: string | null = randomUUID()): supertest.Test {
  // Version 2, whose nonce makes two of the same moment two.
  const call = signed(app, trader, 'POST', '/api/account/withdraw', body, { version: 2 });
  return key === null ? call : call.set('Idempotency-Key', key);
}

/** The token of the link in the newest mail. */
export async function linkOf(app: TestApp, email: string): Promise<string> {
  const { data } = await newestMail(app.database.superUrl, email, 'withdrawal-confirm');
  return new URLSearchParams(new URL(data.url).hash.slice(1)).get('withdrawal')!;
}

export const confirmByMail = (app: TestApp, token: string): supertest.Test => app.request.post('/api/account/withdrawals/confirm').send({ token });

/** Asked for and confirmed: for staff to look at. */
export async function withdrawalFor(app: TestApp, trader: Withdrawer, body: object = WITHDRAWAL): Promise<string> {
  const { id } = ((await askToWithdraw(app, trader, body).expect(201)).body as { data: { id: string } }).data;
  await confirmByMail(app, await linkOf(app, trader.email)).expect(200);
  return id;
}
