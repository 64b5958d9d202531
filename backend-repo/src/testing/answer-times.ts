import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { PASSWORD } from './builders.ts';
import { median, rankTest } from './rank-test.ts';
import { solveCaptcha } from './sign-up.ts';
import type { TestApp } from './test-app.ts';

/** Rule A7: whether an answer tells by its time that somebody has an address. Every try has an address, a network and a person of its own, since limits and locks are as shipped. */
export interface AnswerTimes {
  readonly tries: number;
  /** Medians, in milliseconds. */
  readonly known: number;
  readonly unknown: number;
  /** The median of how far the two of a pair are apart, as a part of the known one's: what slows the machine down for a while slows both. */
  readonly apart: number;
  /** How probable a difference as large is by chance. */
  readonly chance: number;
}

/** What the app needs, besides: each caller says through one proxy from where. */
export const TIMING_ENV = { TRUST_PROXY_HOPS: '1', LIMIT_LOGIN_PER_HOUR: '10', LIMIT_REGISTER_PER_HOUR: '5', LIMIT_RESETS_PER_HOUR: '3', LIMIT_UNAUTHENTICATED_PER_MINUTE: '100' } as const;

export const TIMED = ['login', 'register', 'reset'] as const;
export type Timed = (typeof TIMED)[number];

/** One after the other, the first of each pair in turn. */
export async function measureAnswers(app: TestApp, what: Timed, tries: number): Promise<AnswerTimes> {
  const people = await addPeople(app, tries);
  const times = { known: [] as number[], unknown: [] as number[] };
  const run = { call: 0 };
  for (const [turn, email] of people.entries()) {
    const pair = [['known', email], ['unknown', newAddress()]] as const;
    for (const [kind, who] of turn % 2 === 0 ? pair : pair.toReversed()) times[kind].push(await timeOf(app, what, who, (run.call += 1)));
  }
  const [known, unknown] = [median(times.known), median(times.unknown)];
  return { tries, known, unknown, apart: Math.abs(median(times.unknown.map((value, at) => value - times.known[at]!))) / known, chance: rankTest(times.known, times.unknown) };
}

const newAddress = (): string => `${randomUUID()}@example.com`;

/** Confirmed, with a password that is really hashed: once, for all of them. */
async function addPeople(app: TestApp, count: number): Promise<string[]> {
  await app.app.auth.createUser('the-first@example.com', PASSWORD, 'user');
  const client = new pg.Client({ connectionString: app.database.superUrl });
  await client.connect();
  const { rows } = await client.query<{ email: string }>(
    `insert into auth.users (email, password_hash, email_verified_at)
     select gen_random_uuid() || '@example.com', password_hash, now() from auth.users, generate_series(1, $1) where email = 'the-first@example.com' returning email`,
    [count],
  );
  await client.end();
  return rows.map(({ email }) => email);
}

const STATUS: Record<Timed, number> = { login: 401, register: 202, reset: 202 };

async function timeOf(app: TestApp, what: Timed, email: string, call: number): Promise<number> {
  const [path, body] = what === 'login' ? ['login', { email, password: 'not the password' }]
    : what === 'register' ? ['register', { email, password: 'three otters juggle at dawn', captcha: await solveCaptcha(app, addressOf(call)) }]
    : ['reset-password', { email }];
  const started = performance.now();
  const answer = await fetch(`${app.url}/api/auth/${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': addressOf(call) }, body: JSON.stringify(body) });
  await answer.text();
  const took = performance.now() - started;
  if (answer.status !== STATUS[what]) throw new Error(`${what} was answered ${answer.status}`);
  return took;
}

/** In a /24 of its own. */
const addressOf = (call: number): string => `10.${Math.floor(call / 250) % 250}.${call % 250}.1`;
