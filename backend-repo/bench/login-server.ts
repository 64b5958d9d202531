import pg from 'pg';
import { buildApp } from '../src/app.ts';
import { loadConfig, type Config } from '../src/config.ts';
import { PASSWORD } from '../src/testing/builders.ts';
import { listen, serveToBench } from './contestant.ts';

/** The real app of `bench login`, in a process of its own. Says `{url, emails}` when it listens. */
export interface LoginReady {
  readonly url: string;
  /** Of people who sign in with the password of all tests. */
  readonly emails: readonly string[];
}

const PEOPLE = 5_000;

async function serve(): Promise<LoginReady> {
  const config = loadConfig();
  const app = await buildApp(config, { processMetrics: true });
  await app.start();
  await app.auth.createUser('the-first@example.com', PASSWORD, 'user');
  return { url: await listen(app.server), emails: await addPeople(config) };
}

/** With one hash for all of them: that it is the same nobody's login can tell, and 5,000 would take minutes. */
async function addPeople({ databaseUrl }: Config): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ email: string }>(
    `insert into auth.users (email, password_hash, email_verified_at)
     select gen_random_uuid() || '@example.com', password_hash, now() from auth.users, generate_series(1, $1) where email = 'the-first@example.com' returning email`,
    [PEOPLE],
  );
  await client.end();
  return rows.map(({ email }) => email);
}

await serveToBench(serve);
