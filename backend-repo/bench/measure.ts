import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import autocannon from 'autocannon';
import packageJson from '../package.json' with { type: 'json' };

/** What the benchmarks of the HTTP routes measure with. */
export const CONNECTIONS = 64;

/** What `npm start` gives Node, and so what each contestant gets. */
export const NODE_FLAGS: readonly string[] = (packageJson.scripts.start.match(/--\S+/g) ?? []);

export interface Call {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** CPU that a contestant has used so far, as it tells over IPC. */
export async function cpuOf(child: ChildProcess): Promise<number> {
  child.send('cpu');
  const [{ cpuMs }] = (await once(child, 'message')) as [{ cpuMs: number }];
  return cpuMs;
}

const TICK_MS = 10;

/** CPU of the cluster's processes so far, where /proc tells; 0 elsewhere. */
export async function postgresCpuMs(clusterDirectory: string): Promise<number> {
  const postmaster = (await readFile(join(clusterDirectory, 'postmaster.pid'), 'utf8')).split('\n')[0]!;
  const pids = await readdir('/proc').catch(() => []);
  let ticks = 0;
  for (const pid of pids) {
    const text = /^\d+$/.test(pid) ? await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '') : '';
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    if (pid === postmaster || fields[1] === postmaster) ticks += Number(fields[11]) + Number(fields[12]);
    // Of the backends that ended meanwhile.
    if (pid === postmaster) ticks += Number(fields[13]) + Number(fields[14]);
  }
  return ticks * TICK_MS;
}

/** Of one closed loop. CPU in microseconds a request, of the server and of Postgres. */
export interface Round {
  readonly perSecond: number;
  readonly nodeMicros: number;
  readonly postgresMicros: number;
  readonly errors: number;
}

export type LoadShape = NonNullable<autocannon.Options['requests']>[number];

/** As many requests as are answered: each connection sends its next when it has its answer. */
export async function closedLoop(child: ChildProcess, url: string, load: LoadShape, seconds: number, clusterDirectory: string): Promise<Round> {
  const [cpuBefore, postgresBefore] = [await cpuOf(child), await postgresCpuMs(clusterDirectory)];
  const result = await autocannon({ url, connections: CONNECTIONS, duration: seconds, requests: [load] });
  const perRequest = (milliseconds: number): number => (milliseconds * 1000) / Math.max(1, result['2xx']);
  return {
    perSecond: result['2xx'] / result.duration,
    nodeMicros: perRequest((await cpuOf(child)) - cpuBefore),
    postgresMicros: perRequest((await postgresCpuMs(clusterDirectory)) - postgresBefore),
    errors: result.errors + result.non2xx,
  };
}

export interface Latencies {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly errors: number;
}

export const median = (values: readonly number[]): number => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
export const round2 = (value: number): number => Math.round(value * 100) / 100;
