import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import jsonwebtoken from 'jsonwebtoken';
import pg from 'pg';
import { startCluster } from '../demo/cluster.ts';
import { buildApp } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import { newExchange } from '../src/testing/builders.ts';
import { freePort } from '../src/testing/postgres.ts';

/**
 * `scripts/chaos tokens`: kill -9 of the backend under load, again and again, on a durable Postgres. Whatever answer a caller holds, its
 * token must stand on the ledger: `lost` counts those that do not. `--short` is the form the tests run.
 */
const CALLERS = 32;
const START_MS = 20_000;
const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

interface Caller {
  readonly exchangeId: string;
  readonly exchangeUserId: string;
  readonly sessionToken: string;
}

export async function main(args: string[]): Promise<void> {
  const kills = args.includes('--short') ? 3 : 20;
  const directory = await mkdtemp(join(tmpdir(), 'chaos-tokens-'));
  const cluster = await startCluster({ dataDirectory: join(directory, 'data') });
  const port = await freePort();
  const env = {
    ...process.env,
    DATABASE_URL: cluster.url('postgres'),
    ENCRYPTION_KEY: 'chaos-encryption-key-0123456789abcdef',
    JWT_SECRET: 'chaos-jwt-secret-0123456789abcdef-0123',
    PORT: String(port),
    METRICS_PORT: '0',
    ROLES: 'widget',
    LOG_LEVEL: 'error',
  };
  let server: ChildProcess | null = null;
  try {
    server = await startServer(env, port);
    const callers = await openSessions(env);
    const acknowledged: string[] = [];
    for (let kill = 0; kill < kills; kill += 1) {
      const load = { stop: false };
      const calling = callers.map((caller) => callUntil(load, caller, port, acknowledged));
      const before = acknowledged.length;
      // Anywhere in the life of a batch, but not before there is something to lose.
      await until(() => acknowledged.length > before + 50);
      await soon(randomInt(0, 400));
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
      load.stop = true;
      await Promise.all(calling);
      server = await startServer(env, port);
      console.log(`kill ${kill + 1}/${kills}: ${acknowledged.length} tokens handed out so far`);
    }
    const { lost, unknownToAnyone } = await compare(cluster.url('postgres'), acknowledged);
    const counts = { kills, acknowledged: acknowledged.length, lost, handed_out_twice: acknowledged.length - new Set(acknowledged).size };
    console.log(JSON.stringify({ bench: 'chaos tokens', counts, notes: `${unknownToAnyone} rows were recorded for answers that died with the process; nobody holds those tokens` }));
    if (lost > 0 || counts.handed_out_twice > 0) process.exitCode = 1;
  } finally {
    server?.kill('SIGKILL');
    await cluster.stop('immediate');
    await rm(directory, { recursive: true, force: true });
  }
}

async function startServer(env: NodeJS.ProcessEnv, port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    const ready = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => null);
    if (ready?.ok) return child;
    await soon(50);
  }
  child.kill('SIGKILL');
  throw new Error('the backend did not get ready');
}

/** Set up beside the running server, on the same database: what it holds, it learns by notification. */
async function openSessions(env: NodeJS.ProcessEnv): Promise<Caller[]> {
  const app = await buildApp(loadConfig(env));
  try {
    const exchangeId = `chaos-${randomUUID().slice(0, 8)}`;
    const { partners, sessions } = app.widget!;
    const { sessionSecret } = await partners.create(newExchange(exchangeId, { limit_tier: 'bench' }), 'ES256');
    return await Promise.all(
      Array.from({ length: CALLERS }, async (_, index): Promise<Caller> => {
        const exchangeUserId = `user-${index}`;
        const claims = { iss: exchangeId, sub: exchangeUserId, aud: 'widget-session', jti: randomUUID(), exp: Math.floor(Date.now() / 1000) + 60 };
        const { sessionToken } = await sessions.open({ exchangeId, userToken: jsonwebtoken.sign(claims, sessionSecret) }, undefined);
        return { exchangeId, exchangeUserId, sessionToken };
      }),
    );
  } finally {
    await app.stop();
  }
}

async function callUntil(load: { stop: boolean }, { exchangeId, exchangeUserId, sessionToken }: Caller, port: number, acknowledged: string[]): Promise<void> {
  const trade = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: '0.01', price: '64000' };
  while (!load.stop) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/app/widget/generate-trade-token`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${sessionToken}`, 'Idempotency-Key': randomUUID() },
      body: JSON.stringify({ exchangeId, exchangeUserId, trade }),
      signal: AbortSignal.timeout(5_000),
    })
      .then(async (response) => (response.status === 201 ? ((await response.json()) as { data: { jti: string } }) : null))
      .catch(() => null);
    if (answer) acknowledged.push(answer.data.jti);
    else await soon(5);
  }
}

async function compare(url: string, acknowledged: readonly string[]): Promise<{ lost: number; unknownToAnyone: number }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ lost: number; recorded: number }>(
      `select (select count(*) from unnest($1::uuid[]) as a(jti) where not exists (select from widget.trade_tokens t where t.jti = a.jti))::int as lost,
        (select count(*) from widget.trade_tokens)::int as recorded`,
      [acknowledged],
    );
    return { lost: rows[0]!.lost, unknownToAnyone: rows[0]!.recorded - new Set(acknowledged).size };
  } finally {
    await client.end();
  }
}

const soon = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('no token was handed out for 20 s');
    await soon(5);
  }
}
