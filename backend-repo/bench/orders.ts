import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closedLoop, median, NODE_FLAGS, round2, type Call, type Latencies, type LoadShape, type Round } from './measure.ts';
import { openLoop } from './open-loop.ts';
import type { OrderContestant, OrderReady } from './order-server.ts';
import { prepareDatabase, startSeasonedCluster } from './seasoned-database.ts';

/**
 * `scripts/bench orders`: what an order costs over HTTP, from the session to the commit, as ratios to peers that run in the same rounds, in turn, on the same
 * Node and the same durable Postgres. Closed loop with 64 connections for the ratios, 4,000 traders within the contract's limits; open loop at 1,000/s for latency.
 */
const CONTESTANTS: readonly OrderContestant[] = ['echo', 'venue', 'transaction'];

interface Server {
  readonly name: OrderContestant;
  readonly child: ChildProcess;
  readonly ready: OrderReady;
}

export async function main(args: string[]): Promise<void> {
  const short = args.includes('--short');
  const [warmUp, rounds, seconds, openSeconds, echoSeconds] = short ? [1, 1, 1, 2, 1] : [6, 5, 3, 60, 20];
  const directory = await mkdtemp(join(tmpdir(), 'bench-orders-'));
  const cluster = await startSeasonedCluster(join(directory, 'data'), short);
  const servers: Server[] = [];
  try {
    const env = await prepareDatabase(cluster.url('postgres'), { LOG_LEVEL: 'warn', METRICS_PORT: '0' });
    for (const name of CONTESTANTS) servers.push(await startServer(name, env));
    const results = new Map<OrderContestant, Round[]>(CONTESTANTS.map((name) => [name, []]));
    for (const server of servers) await closedLoop(server.child, server.ready.url, loadOf(server), warmUp, cluster.directory);
    for (let round = 0; round < rounds; round += 1) {
      for (const server of servers) results.get(server.name)!.push(await closedLoop(server.child, server.ready.url, loadOf(server), seconds, cluster.directory));
      console.log(`round ${round + 1}/${rounds}: ${CONTESTANTS.map((name) => `${name} ${Math.round(results.get(name)!.at(-1)!.perSecond)}/s`).join(', ')}`);
    }
    const open = (name: OrderContestant, openFor: number): Promise<Latencies> => {
      const { ready } = servers.find((server) => server.name === name)!;
      return openLoop(ready.url, (index) => orderCall(ready, index), 1_000, openFor);
    };
    // What the machine alone costs at this rate: the echo neither computes nor waits.
    const machine = await open('echo', echoSeconds);
    report(results, await open('venue', openSeconds), machine);
  } finally {
    // One that died has no channel any more, and what it died of is what must be heard.
    for (const { child } of servers) if (child.connected) child.send('stop');
    await cluster.stop('immediate');
    await rm(directory, { recursive: true, force: true });
  }
}

function report(results: Map<OrderContestant, Round[]>, latency: Latencies, machine: Latencies): void {
  // Round by round, so that what slows the machine down slows both sides of a ratio down.
  const ratio = (one: OrderContestant, other: OrderContestant): number => round2(median(results.get(one)!.map(({ perSecond }, index) => perSecond / results.get(other)![index]!.perSecond)));
  const of = (pick: (round: Round) => number): Record<string, number> => Object.fromEntries(CONTESTANTS.map((name) => [name, Math.round(median(results.get(name)!.map(pick)))]));
  const line = {
    bench: 'orders',
    ratios: { vs_express_echo: ratio('venue', 'echo'), vs_transaction_per_order: ratio('venue', 'transaction') },
    latency_ms: inMs(latency),
    latency_ms_of_echo: inMs(machine),
    counts: { per_second: of(({ perSecond }) => perSecond), errors: [...results.values()].flat().reduce((sum, { errors }) => sum + errors, 0) + latency.errors + machine.errors },
    cpu_micros_per_request: { node: of(({ nodeMicros }) => nodeMicros), postgres: of(({ postgresMicros }) => postgresMicros) },
    notes: `Node ${process.version}, 64 connections, 4,000 traders, medians of ${results.get('echo')!.length} interleaved rounds; open loop 1,000/s`,
  };
  console.log(JSON.stringify(line));
  if (line.counts.errors > 0) process.exitCode = 1;
}

const inMs = ({ p50, p99, p999 }: Latencies): object => ({ p50: round2(p50), p99: round2(p99), p999: round2(p999) });

async function startServer(name: OrderContestant, env: Record<string, string>): Promise<Server> {
  const profiling = process.argv.includes('--profile') ? ['--cpu-prof', `--cpu-prof-dir=${join(tmpdir(), 'bench-profile', name)}`] : [];
  const child = fork(new URL('./order-server.ts', import.meta.url), [name], { env: { ...process.env, ...env }, execArgv: [...NODE_FLAGS, ...profiling] });
  const [ready] = (await Promise.race([once(child, 'message'), once(child, 'exit').then(() => Promise.reject(new Error(`${name} did not start`)))])) as [OrderReady];
  const { path, headers, body } = orderCall(ready, 0);
  const first = await fetch(ready.url + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
  if (first.status !== 201) throw new Error(`${name} answered ${first.status}: ${await first.text()}`);
  await first.body?.cancel();
  return { name, child, ready };
}

function loadOf({ ready }: Server): LoadShape {
  let count = Math.floor(Math.random() * 1_000);
  const setupRequest: LoadShape['setupRequest'] = (shape) => {
    count += 1;
    const { path, headers, body } = orderCall(ready, count);
    return { ...shape, method: 'POST', path, headers: { 'content-type': 'application/json', ...headers }, body };
  };
  return { setupRequest };
}

/** Buyers and sellers in turn, within 20 ticks of each other: about half of the orders trade at once, the rest wait for them. */
function orderCall({ tokens }: OrderReady, index: number): Call {
  const side = index % 2 === 0 ? 'BUY' : 'SELL';
  const order = { symbol: 'BTCUSDT', side, type: 'LIMIT', quantity: `0.${String(1 + ((index * 7) % 99)).padStart(4, '0')}`, price: `64000.${10 + ((index * 13) % 20)}`, clientOrderId: `bench-${index}-${process.hrtime()[1]}` };
  return { path: '/api/orders', headers: { authorization: `Bearer ${tokens[index % tokens.length]!}` }, body: JSON.stringify(order) };
}
