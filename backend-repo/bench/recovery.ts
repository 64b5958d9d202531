import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startCluster } from '../demo/cluster.ts';
import { prepareDatabase } from './seasoned-database.ts';
import { buildApp, type App } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import { freePort } from '../src/testing/postgres.ts';
import { brokenBooks } from '../src/testing/venue.ts';
import { median } from './measure.ts';
import { createMarkets, FUNDS, openBook } from './recovery-book.ts';
import { writeHistory } from './recovery-history.ts';

/**
 * `scripts/bench recovery`: how long after kill -9 a venue with a million orders and trades behind it, and ten thousand open orders, trades again. The node is
 * `src/main.ts` in a process of its own on a durable Postgres that goes on running. `ready` counts from the spawn of the new process to its first 200 at `/ready`, with the
 * dead one's lease run out; `ready_from_image` is the same with what the image keeps of the compiled sources; `ready_at_once` when the new process does not wait for the lease,
 * as under a supervisor, so the rest of the lease is in it.
 */
const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const READY_WITHIN_MS = 60_000;
const LOOK_AGAIN_MS = 5;
/** Each 503 is a line of the node's log. */
const ASK_AGAIN_MS = 25;

interface Size {
  readonly orders: number;
  readonly openOrders: number;
  readonly traders: number;
  readonly kills: number;
}

interface Start {
  readonly child: ChildProcess;
  readonly readyMs: number;
  /** From the fence to an engine: rows read and checked, books rebuilt. As the node's log says. */
  readonly load: { readonly ms: number; readonly readMs: number; readonly openOrders: number; readonly balances: number };
}

export async function main(args: string[]): Promise<void> {
  const size: Size = args.includes('--short') ? { orders: 20_000, openOrders: 1_000, traders: 500, kills: 2 } : { orders: 1_000_000, openOrders: 10_000, traders: 5_000, kills: 5 };
  const directory = await mkdtemp(join(tmpdir(), 'bench-recovery-'));
  const cluster = await startCluster({ dataDirectory: join(directory, 'data') });
  try {
    const env = await prepareDatabase(cluster.url('postgres'), { METRICS_PORT: String(await freePort()), PORT: String(await freePort()) });
    const counts = await fillVenue(env, size);
    console.log(JSON.stringify(counts));
    report(await killAndStart(env, size.kills, await compiled(join(directory, 'compiled'))), counts);
  } finally {
    await cluster.stop('immediate');
    await rm(directory, { recursive: true, force: true });
  }
}

type Counts = Readonly<Record<'orders' | 'trades' | 'open_orders' | 'balances' | 'levels' | 'conservation_errors', number>>;

function report({ expired, fromImage, atOnce }: Starts, counts: Counts): void {
  const of = (starts: readonly Start[], pick: (start: Start) => number): number => Math.round(median(starts.map(pick)));
  const line = {
    bench: 'recovery',
    ratios: {},
    latency_ms: {
      ready: of(expired, ({ readyMs }) => readyMs),
      ready_worst: Math.round(Math.max(...expired.map(({ readyMs }) => readyMs))),
      load: of(expired, ({ load }) => load.ms),
      load_read: of(expired, ({ load }) => load.readMs),
      ready_from_image: of(fromImage, ({ readyMs }) => readyMs),
      ready_at_once: of(atOnce, ({ readyMs }) => readyMs),
    },
    counts,
    notes: `Node ${process.version}, kill -9 and a new process, medians of ${expired.length} starts; ready_at_once waits for the rest of the dead node's lease`,
  };
  console.log(JSON.stringify(line));
  const whole = expired.every(({ load }) => load.openOrders === counts.open_orders && load.balances === counts.balances);
  if (!whole || counts.conservation_errors > 0) process.exitCode = 1;
}

async function fillVenue(env: Record<string, string>, { orders, openOrders, traders }: Size): Promise<Counts> {
  const client = new pg.Client({ connectionString: env['DATABASE_URL'] });
  await client.connect();
  try {
    const ids = await addTraders(client, traders);
    await withApp(env, async (app) => {
      await createMarkets(app);
      for (const [asset, amount] of Object.entries(FUNDS)) {
        for (let at = 0; at < ids.length; at += 500) await Promise.all(ids.slice(at, at + 500).map((id) => app.trading!.account.fund(id, asset, amount, `bench-${id}-${asset}`)));
      }
    });
    await writeHistory(client, orders, ids);
    console.log('history written');
    await withApp(env, async (app) => {
      await openBook(app, openOrders, ids);
      await app.trading!.storeCandles();
      await app.trading!.tiers.recalculate();
    });
    const { rows: [counted] } = await client.query<Omit<Counts, 'conservation_errors'>>(COUNTS);
    return { ...counted!, conservation_errors: (await brokenBooks(env['DATABASE_URL']!)).length };
  } finally {
    await client.end();
  }
}

const COUNTS = `
  select (select count(*)::int from trading.orders) as orders, (select count(*)::int from trading.trades) as trades,
    (select count(*)::int from trading.orders where status in ('PENDING', 'PARTIAL')) as open_orders,
    (select count(*)::int from trading.balances where available <> 0 or locked <> 0) as balances,
    (select count(distinct (symbol, side, price))::int from trading.orders where status in ('PENDING', 'PARTIAL') and type not in ('STOP', 'STOP_LIMIT')) as levels`;

async function addTraders(client: pg.Client, count: number): Promise<number[]> {
  const { rows } = await client.query<{ id: string }>(
    `insert into auth.users (email, password_hash, role) select 'bench-' || gen_random_uuid() || '@example.com', 'nobody signs in', 'user' from generate_series(1, $1) returning id`,
    [count],
  );
  return rows.map(({ id }) => Number(id)).sort((one, another) => one - another);
}

async function withApp(env: Record<string, string>, work: (app: App) => Promise<void>): Promise<void> {
  const app = await buildApp(loadConfig({ ...process.env, ...env, LOG_LEVEL: 'warn' }));
  await app.start();
  try {
    await work(app);
  } finally {
    await app.stop();
  }
}

/** As the image does it while it is built. */
async function compiled(directory: string): Promise<Record<string, string>> {
  const env = { NODE_COMPILE_CACHE: directory };
  await once(spawn(process.execPath, ['--input-type=module', '--eval', `await import(${JSON.stringify(MAIN)})`], { env: { ...process.env, ...env }, stdio: 'inherit' }), 'exit');
  return env;
}

interface Starts {
  readonly expired: Start[];
  readonly fromImage: Start[];
  readonly atOnce: Start[];
}

/** Each start is killed once it serves. The first one only warms up what the operating system keeps of our files. */
async function killAndStart(env: Record<string, string>, kills: number, image: Record<string, string>): Promise<Starts> {
  const starts: Starts = { expired: [], fromImage: [], atOnce: [] };
  await kill(await start(env));
  for (let turn = 0; turn < kills; turn += 1) {
    for (const [kind, more] of [['expired', {}], ['fromImage', image], ['atOnce', {}]] as const) {
      if (kind !== 'atOnce') await leaseRunsOut(env['DATABASE_URL']!);
      const started = await start({ ...env, ...more });
      starts[kind].push(started);
      await kill(started);
    }
  }
  return starts;
}

async function start(env: Record<string, string>): Promise<Start> {
  const began = performance.now();
  const child = spawn(process.execPath, [MAIN], { env: { ...process.env, ...env, LOG_LEVEL: 'info' }, stdio: ['ignore', 'pipe', 'inherit'] });
  let load: Start['load'] | null = null;
  createInterface({ input: child.stdout! }).on('line', (line) => {
    if (line.includes('the venue is loaded')) load = JSON.parse(line) as Start['load'];
    if (process.argv.includes('--verbose')) console.log(line);
  });
  for (;;) {
    const status = await readiness(`http://127.0.0.1:${env['PORT']}/ready`);
    if (status === 200) break;
    if (child.exitCode !== null || performance.now() - began > READY_WITHIN_MS) {
      child.kill('SIGKILL');
      throw new Error(`the node was not ready within ${READY_WITHIN_MS} ms`);
    }
    await pause(status === null ? LOOK_AGAIN_MS : ASK_AGAIN_MS);
  }
  const readyMs = performance.now() - began;
  // Its log comes through a pipe.
  while (load === null) await pause(LOOK_AGAIN_MS);
  return { child, readyMs, load };
}

/** The status, or `null` when nobody answers. */
async function readiness(url: string): Promise<number | null> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
  await answer?.body?.cancel();
  return answer?.status ?? null;
}

async function kill({ child }: Start): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function leaseRunsOut(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const held = async (): Promise<boolean> => (await client.query('select from trading.engine_lease where until > clock_timestamp()')).rowCount === 1;
  while (await held()) await pause(LOOK_AGAIN_MS);
  await client.end();
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
