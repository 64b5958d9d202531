import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startCluster } from '../demo/cluster.ts';
import { buildApp, type App } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import { inSnapshot } from '../src/db/in-snapshot.ts';
import { migrate } from '../src/db/migrate.ts';
import { appUrl, ensureRoles } from '../src/db/roles.ts';
import { BTCUSDT, ETHBTC, ETHUSDT } from '../src/domain/matching/venue-for-tests.ts';
import { amountFrom } from '../src/domain/money.ts';
import { EngineRepository } from '../src/features/orders/engine.repository.ts';
import { VenueMemory, type VenueAudit } from '../src/features/orders/venue.state.ts';
import { addTraders } from '../src/testing/traders.ts';
import { brokenBooks } from '../src/testing/venue.ts';
import { ConservationChecks, type Broken } from './conservation-checks.ts';
import { VenueCallers } from './venue-callers.ts';

/**
 * `scripts/chaos conservation`: random commands of many traders and of staff, hundreds at once, through the services that the routes use, on the real app with a real Postgres. Money must
 * be conserved to the last unit: in the middle of it, whenever it is quiet, and at the end, in SQL and in the engine's memory. `conservation_errors` counts everything that
 * does not add up. `--seed N` repeats the commands of an earlier run, as far as they do not depend on who was first.
 */
const SECRETS = { ENCRYPTION_KEY: 'chaos-encryption-key-0123456789abcdef', JWT_SECRET: 'chaos-jwt-secret-0123456789abcdef-0123' };
const TRADERS = 120;
const FUNDS: Readonly<Record<string, string>> = { USDT: '50000', BTC: '2', ETH: '20' };
/** The prices of the random commands are some dozens of ticks apart: bands and breakers that they reach now and then. */
const MARKETS = [
  { ...BTCUSDT, bandRate: 800n, stopProtectionRate: 130n, breakerRate: 1_000n, breakerWindowMs: 1_000 },
  { ...ETHUSDT, bandRate: 40_000n, stopProtectionRate: 2_000n, breakerRate: 50_000n, breakerWindowMs: 1_000 },
  { ...ETHBTC, stopProtectionRate: 60_000n },
];
const AT_ONCE = 500;
const QUERY_MS = 120_000;
const SHOWN_MAX = 10;
const CONFIRM = `update trading.withdrawals set status = 'mail_confirmed' where id = $1 and status = 'requested' and funds = 'taken'`;
const NO_SYNC = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

export async function main(args: string[]): Promise<void> {
  const commands = args.includes('--short') ? 3_000 : args.includes('--full') ? 1_000_000 : 100_000;
  const seed = args.includes('--seed') ? Number(args[args.indexOf('--seed') + 1]) : randomInt(2 ** 31);
  const started = performance.now();
  console.log(`seed ${seed}`);
  const directory = await mkdtemp(join(tmpdir(), 'chaos-conservation-'));
  // Nothing is killed here, so nothing needs to be safe on disk.
  const cluster = await startCluster({ dataDirectory: join(directory, 'data'), settings: NO_SYNC });
  try {
    const outcome = await trade(await prepare(cluster.url('postgres')), commands, seed);
    for (const broken of outcome.broken.slice(0, SHOWN_MAX)) console.log(JSON.stringify(broken));
    console.log(JSON.stringify({ bench: 'chaos conservation', counts: outcome.counts, notes: { seed, ...outcome.notes, seconds: Math.round((performance.now() - started) / 1000) } }));
    if (outcome.counts.conservation_errors > 0) process.exitCode = 1;
  } finally {
    await cluster.stop('immediate');
    await rm(directory, { recursive: true, force: true });
  }
}

interface Outcome {
  readonly counts: Readonly<Record<'commands' | 'orders' | 'trades' | 'refused' | 'conservation_errors', number>>;
  readonly notes: object;
  readonly broken: readonly Broken[];
}

async function prepare(ownerUrl: string): Promise<Record<string, string>> {
  const app = appUrl(ownerUrl, undefined, SECRETS.ENCRYPTION_KEY);
  await ensureRoles(ownerUrl, app);
  await migrate(ownerUrl);
  return { ...SECRETS, DATABASE_URL: ownerUrl, DATABASE_APP_URL: app, DATABASE_POOL_MAX: '24', LOG_LEVEL: 'error', LIMIT_WITHDRAWAL_USDT_PER_DAY_TIER_1: '10000000', LIMIT_WITHDRAWAL_USDT_PER_DAY_TIER_2: '10000000', LIMIT_WITHDRAWAL_USDT_PER_DAY_TIER_3: '10000000' };
}

async function trade(env: Record<string, string>, commands: number, seed: number): Promise<Outcome> {
  const owner = new pg.Client({ connectionString: env['DATABASE_URL'] });
  await owner.connect();
  const app = await buildApp(loadConfig({ ...process.env, ...env }));
  await app.start();
  try {
    const callers = new VenueCallers(app, await openVenue(app, env['DATABASE_URL']!), seed, (id) => owner.query(CONFIRM, [id]));
    for (const [asset, amount] of Object.entries(FUNDS)) callers.inside.set(asset, amountFrom(amount) * BigInt(TRADERS));
    const checks = new ConservationChecks(owner);
    await checks.start();
    const broken = await sendAll(app, env, callers, checks, commands);
    const { rows: [counted] } = await owner.query<{ orders: number; trades: number }>('select (select count(*)::int from trading.orders) as orders, (select count(*)::int from trading.trades) as trades');
    const refused = [...callers.refusals.values()].reduce((sum, count) => sum + count, 0);
    const byName = (counts: ReadonlyMap<string, number>): object => Object.fromEntries([...counts].sort(([, one], [, other]) => other - one));
    return { counts: { commands, ...counted!, refused, conservation_errors: broken.length }, notes: { sent: byName(callers.done), refusals: byName(callers.refusals) }, broken };
  } finally {
    await app.stop();
    await owner.end();
  }
}

/** Three markets that share their assets, and traders with a little money. */
async function openVenue(app: App, databaseUrl: string): Promise<number[]> {
  for (const { haltReason: _reason, haltedAt: _at, sequence: _sequence, lastPrice: _last, breakerPrice: _price, breakerSince: _since, ...rules } of MARKETS) await app.trading!.market.createMarket(rules);
  const users = await addTraders({ databaseUrl }, TRADERS);
  for (const [asset, amount] of Object.entries(FUNDS)) await Promise.all(users.map((id) => app.trading!.account.fund(id, asset, amount, `start-${id}-${asset}`)));
  return users;
}

async function sendAll(app: App, env: Record<string, string>, callers: VenueCallers, checks: ConservationChecks, commands: number): Promise<Broken[]> {
  const broken: Broken[] = [];
  const waves = Math.ceil(commands / AT_ONCE);
  const looks = Math.min(10, Math.ceil(waves / 2));
  for (let wave = 1; wave <= waves; wave += 1) {
    const quiet = Math.floor((wave * looks) / waves) > Math.floor(((wave - 1) * looks) / waves);
    const sending = callers.wave(Math.min(AT_ONCE, commands - (wave - 1) * AT_ONCE));
    // What the books say must add up at any moment, also while orders are on their way.
    if (quiet) broken.push(...(await brokenBooks(env['DATABASE_URL']!)).map((row) => ({ check: 'books under way', row })));
    await sending;
    if (quiet) broken.push(...(await lookThrough(app, env, callers, checks, wave === waves)));
    if (quiet) console.log(`${Math.min(commands, wave * AT_ONCE)} commands, ${broken.length + callers.failures.length} errors`);
  }
  return [...broken, ...callers.failures.map((row) => ({ check: 'failure', row }))];
}

async function lookThrough(app: App, env: Record<string, string>, callers: VenueCallers, checks: ConservationChecks, atTheEnd: boolean): Promise<Broken[]> {
  const broken = (await brokenBooks(env['DATABASE_URL']!)).map((row) => ({ check: 'books', row }));
  broken.push(...(await checks.totals(callers.inside)), ...(await checks.trades(callers.tiersGiven)), ...(await brokenMemory(app, env)));
  callers.tiersGiven.clear();
  if (atTheEnd) broken.push(...(await checks.history()));
  // Tiers by what was traded, as the nightly job sets them for whom staff did not.
  await app.trading!.tiers.recalculate();
  return broken;
}

async function rebuild(pool: pg.Pool): Promise<VenueAudit> {
  const stored = await inSnapshot(pool, QUERY_MS, (sql) => EngineRepository.load(sql));
  // It refuses rows that are not what the last batch left behind, or that contradict each other.
  return VenueMemory.restore(stored).then((venue) => venue.audit(), (error: Error) => ({ problems: [error.message], stateHash: 'none' }));
}

/** The engine keeps its promises in memory, and an engine made anew from the rows would be the same to the last bit. */
async function brokenMemory(app: App, { DATABASE_APP_URL, DATABASE_URL }: Record<string, string>): Promise<Broken[]> {
  const pool = new pg.Pool({ connectionString: DATABASE_URL ?? DATABASE_APP_URL, max: 1 });
  try {
    for (;;) {
      const before = await app.trading!.engine.auditHere();
      const rebuilt = await rebuild(pool);
      const after = await app.trading!.engine.auditHere();
      // An order whose time has come may have ended between.
      if (!before || !after || before.stateHash !== after.stateHash) continue;
      const differs = rebuilt.stateHash === after.stateHash ? [] : [`the rows make ${rebuilt.stateHash}, in memory is ${after.stateHash}`];
      return [...after.problems, ...rebuilt.problems, ...differs].map((row) => ({ check: 'memory', row }));
    }
  } finally {
    await pool.end();
  }
}
