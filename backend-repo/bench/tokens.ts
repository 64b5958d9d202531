import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import type autocannon from 'autocannon';
import { closedLoop, median, NODE_FLAGS, round2, type Call, type Latencies, type Round } from './measure.ts';
import { openLoop } from './open-loop.ts';
import type { BenchUser, Contestant, Ready } from './token-server.ts';
import { prepareDatabase, startSeasonedCluster } from './seasoned-database.ts';

/**
 * `scripts/bench tokens`: what a token costs, as ratios to peers that run in the same rounds, in turn, on the same Node and the same durable
 * Postgres. Closed loop with 64 connections for the ratios, 2,000 users of 20 partners within the contract's limits; open loop at 500/s for latency. `--short` is the form the tests run.
 */
const CONTESTANTS: readonly Contestant[] = ['echo', 'hs256', 'es256', 'uncommitted', 'insert', 'statement'];

interface Server {
  readonly name: Contestant;
  readonly child: ChildProcess;
  readonly ready: Ready;
}

export async function main(args: string[]): Promise<void> {
  const short = args.includes('--short');
  const rounds = short ? 1 : 5;
  const seconds = short ? 1 : 3;
  const directory = await mkdtemp(join(tmpdir(), 'bench-tokens-'));
  const cluster = await startSeasonedCluster(join(directory, 'data'), short);
  const servers: Server[] = [];
  try {
    const env = await prepareDatabase(cluster.url('postgres'), { ROLES: 'widget', LOG_LEVEL: 'warn', METRICS_PORT: '0', NODE_ENV: 'production' });
    for (const name of CONTESTANTS) servers.push(await startServer(name, env, servers.find((server) => server.name === 'hs256')?.ready.users ?? []));
    const results = new Map<Contestant, Round[]>(CONTESTANTS.map((name) => [name, []]));
    for (const server of servers) await closedLoop(server.child, server.ready.url, loadOf(server), 1, cluster.directory);
    for (let round = 0; round < rounds; round += 1) {
      for (const server of servers) results.get(server.name)!.push(await closedLoop(server.child, server.ready.url, loadOf(server), seconds, cluster.directory));
      console.log(`round ${round + 1}/${rounds}: ${CONTESTANTS.map((name) => `${name} ${Math.round(results.get(name)!.at(-1)!.perSecond)}/s`).join(', ')}`);
    }
    const openLoops: Latencies[] = [];
    const es256 = servers.find(({ name }) => name === 'es256')!;
    for (let run = 0; run < (short ? 1 : 3); run += 1) openLoops.push(await openLoop(es256.ready.url, (index) => tokenRequest(es256.ready.users, 1_000_000 + index), 500, short ? 2 : 10));
    report(results, openLoops);
  } finally {
    // One that died has no channel any more, and what it died of is what must be heard.
    for (const { child } of servers) if (child.connected) child.send('stop');
    await cluster.stop('immediate');
    await rm(directory, { recursive: true, force: true });
  }
}

function report(results: Map<Contestant, Round[]>, openLoops: Latencies[]): void {
  const rate = (name: Contestant): number => median(results.get(name)!.map(({ perSecond }) => perSecond));
  // Round by round, so that what slows the machine down slows both sides of a ratio down.
  const ratio = (one: Contestant, other: Contestant): number =>
    round2(median(results.get(one)!.map(({ perSecond }, index) => perSecond / results.get(other)![index]!.perSecond)));
  const micros = (pick: (round: Round) => number): Record<string, number> =>
    Object.fromEntries(CONTESTANTS.map((name) => [name, Math.round(median(results.get(name)!.map(pick)))]));
  const p = (pick: (latencies: Latencies) => number): number => round2(median(openLoops.map(pick)));
  const line = {
    bench: 'tokens',
    ratios: {
      vs_insert_per_request: ratio('hs256', 'insert'),
      vs_one_statement_per_request: ratio('hs256', 'statement'),
      vs_same_route_uncommitted: ratio('hs256', 'uncommitted'),
      hs256_vs_express_echo: ratio('hs256', 'echo'),
      es256_vs_express_echo: ratio('es256', 'echo'),
    },
    latency_ms: { p50: p((l) => l.p50), p99: p((l) => l.p99), p999: p((l) => l.p999) },
    counts: {
      per_second: Object.fromEntries(CONTESTANTS.map((name) => [name, Math.round(rate(name))])),
      errors: [...results.values()].flat().reduce((sum, { errors }) => sum + errors, 0) + openLoops.reduce((sum, { errors }) => sum + errors, 0),
    },
    cpu_micros_per_request: { node: micros((r) => r.nodeMicros), postgres: micros((r) => r.postgresMicros) },
    notes: `Node ${process.version}, 64 connections, 2,000 users of 20 partners, medians of ${results.get('echo')!.length} interleaved rounds; open loop 500/s of ES256 tokens, median of ${openLoops.length}`,
  };
  console.log(JSON.stringify(line));
  // Speed depends on the machine; an answer that is no token never does.
  if (line.counts.errors > 0) process.exitCode = 1;
}

async function startServer(name: Contestant, env: Record<string, string>, users: readonly BenchUser[]): Promise<Server> {
  // `--profile`: a CPU profile of each server, into the folder below.
  const profiling = process.argv.includes('--profile') ? ['--cpu-prof', `--cpu-prof-dir=${join(tmpdir(), 'bench-profile', name)}`] : [];
  const child = fork(new URL('./token-server.ts', import.meta.url), [name], { env: { ...process.env, ...env }, execArgv: [...NODE_FLAGS, ...profiling] });
  const [ready] = (await Promise.race([once(child, 'message'), once(child, 'exit').then(() => Promise.reject(new Error(`${name} did not start`)))])) as [Ready];
  return { name, child, ready: { url: ready.url, users: ready.users.length > 0 ? ready.users : users } };
}

type Load = NonNullable<autocannon.Options['requests']>[number];

/** Every request is a new order of one of 2,000 users under a new key. The echo gets bodies of the same size. */
function loadOf({ name, ready }: Server): Load {
  let count = 0;
  return {
    setupRequest: (shape) => {
      count += 1;
      const { path, headers, body } = name === 'echo' ? { path: '/echo', headers: {}, body: orderBody({ exchangeId: 'bench-00000000', exchangeUserId: 'user-1', sessionToken: '' }, count) } : tokenRequest(ready.users, count);
      return { ...shape, method: 'POST', path, headers: { 'content-type': 'application/json', ...headers }, body };
    },
  };
}

function tokenRequest(users: readonly BenchUser[], count: number): Call {
  const user = users[count % users.length]!;
  return {
    path: '/api/app/widget/generate-trade-token',
    headers: { authorization: `Bearer ${user.sessionToken}`, 'idempotency-key': randomUUID() },
    body: orderBody(user, count),
  };
}

function orderBody({ exchangeId, exchangeUserId }: BenchUser, count: number): string {
  const trade = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: `0.${String(1 + (count % 9_999)).padStart(4, '0')}`, price: '64000.5', clientOrderId: `bench-${count}` };
  return JSON.stringify({ exchangeId, exchangeUserId, trade });
}
