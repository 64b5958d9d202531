import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PASSWORD } from '../src/testing/builders.ts';
import { addressNumber } from '../src/testing/fuzz/sender.ts';
import { cpuOf, median, NODE_FLAGS, round2 } from './measure.ts';
import type { LoginReady } from './login-server.ts';
import { prepareDatabase, startSeasonedCluster } from './seasoned-database.ts';

/**
 * `scripts/bench login`: how many sign in per second with argon2id as we use it, and what everybody else feels of it: `/health` is asked 50 times a second
 * meanwhile, each time counted from when it was due. Limits are as shipped: each login has a person of its own, and each address signs in ten times an hour at
 * most. `--short` is the form the tests run.
 */
const AT_ONCE = 16;
const LOGINS_PER_ADDRESS = 10;
const LOOKS_PER_SECOND = 50;
const LOGINS_PER_SECOND_MIN = 20;
const HEALTH_P99_MS_MAX = 50;

interface Round {
  readonly perSecond: number;
  readonly errors: number;
  /** Of the server's processor time, threads included, per login. */
  readonly cpuMs: number;
  readonly logins: Percentiles;
  readonly health: Percentiles;
}
interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

export async function main(args: string[]): Promise<void> {
  const short = args.includes('--short');
  const [rounds, seconds] = short ? [1, 3] : [5, 10];
  const directory = await mkdtemp(join(tmpdir(), 'bench-login-'));
  const cluster = await startSeasonedCluster(join(directory, 'data'), true);
  let child: ChildProcess | null = null;
  try {
    child = fork(new URL('./login-server.ts', import.meta.url), [], { env: { ...process.env, ...(await prepareDatabase(cluster.url('postgres'), { LOG_LEVEL: 'warn', METRICS_PORT: '0', GEO_ALLOW_PRIVATE: 'true' })) }, execArgv: [...NODE_FLAGS] });
    const [ready] = (await Promise.race([once(child, 'message'), once(child, 'exit').then(() => Promise.reject(new Error('the server did not start')))])) as [LoginReady];
    const people = new People(ready);
    await signInFor(people, 1_000);
    const idle = await lookFor(ready.url, 1_000);
    const results: Round[] = [];
    for (let round = 0; round < rounds; round += 1) {
      results.push(await measure(child, ready, people, seconds * 1_000));
      console.log(`round ${round + 1}/${rounds}: ${round2(results.at(-1)!.perSecond)} logins/s, /health p99 ${round2(results.at(-1)!.health.p99)} ms`);
    }
    report(results, idle);
  } finally {
    if (child?.connected) child.send('stop');
    await cluster.stop('immediate');
    await rm(directory, { recursive: true, force: true });
  }
}

function report(results: readonly Round[], idle: Percentiles): void {
  const of = (pick: (round: Round) => number): number => round2(median(results.map(pick)));
  const rounded = (pick: (round: Round) => Percentiles): Percentiles => ({ p50: of((round) => pick(round).p50), p99: of((round) => pick(round).p99), p999: of((round) => pick(round).p999) });
  const line = {
    bench: 'login',
    ratios: { vs_target: round2(of(({ perSecond }) => perSecond) / LOGINS_PER_SECOND_MIN) },
    latency_ms: { ...rounded(({ logins }) => logins), health: rounded(({ health }) => health), health_idle: { p50: round2(idle.p50), p99: round2(idle.p99), p999: round2(idle.p999) } },
    counts: { per_second: of(({ perSecond }) => perSecond), errors: results.reduce((sum, { errors }) => sum + errors, 0) },
    cpu_ms_per_login: of(({ cpuMs }) => cpuMs),
    notes: `Node ${process.version}, ${availableParallelism()} cores for everything, ${AT_ONCE} at once, a person each; medians of ${results.length} rounds; /health ${LOOKS_PER_SECOND}/s meanwhile. Wanted: ${LOGINS_PER_SECOND_MIN}/s, p99 of /health below ${HEALTH_P99_MS_MAX} ms`,
  };
  console.log(JSON.stringify(line));
  // Speed depends on the machine; a right password that is refused never does.
  if (line.counts.errors > 0) process.exitCode = 1;
}

async function measure(child: ChildProcess, { url }: LoginReady, people: People, milliseconds: number): Promise<Round> {
  const before = await cpuOf(child);
  const started = performance.now();
  const [{ times, errors }, health] = await Promise.all([signInFor(people, milliseconds), lookFor(url, milliseconds)]);
  const took = (performance.now() - started) / 1000;
  return { perSecond: times.length / took, errors, cpuMs: ((await cpuOf(child)) - before) / times.length, logins: percentiles(times), health };
}

/** Each is asked for once, from an address that has not signed in ten times yet. */
class People {
  readonly #ready: LoginReady;
  #next = 0;
  #agent: Agent | null = null;

  constructor(ready: LoginReady) {
    this.#ready = ready;
  }

  login(): Promise<number> {
    const email = this.#ready.emails[this.#next];
    if (email === undefined) throw new Error('there are too few people');
    if (this.#next % LOGINS_PER_ADDRESS === 0) this.#agent = new Agent({ keepAlive: true, localAddress: addressNumber(this.#next / LOGINS_PER_ADDRESS) });
    this.#next += 1;
    return ask(`${this.#ready.url}/api/auth/login`, this.#agent!, JSON.stringify({ email, password: PASSWORD }));
  }
}

async function signInFor(people: People, milliseconds: number): Promise<{ times: number[]; errors: number }> {
  const end = performance.now() + milliseconds;
  const times: number[] = [];
  let errors = 0;
  const one = async (): Promise<void> => {
    while (performance.now() < end) {
      const started = performance.now();
      if ((await people.login()) === 200) times.push(performance.now() - started);
      else errors += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return { times, errors };
}

/** On their schedule whatever came back: a stall is charged to all that it delayed. */
async function lookFor(url: string, milliseconds: number): Promise<Percentiles> {
  const agent = new Agent({ keepAlive: true });
  const started = performance.now();
  const looks: Promise<number>[] = [];
  for (let due = 0; due < milliseconds; due += 1_000 / LOOKS_PER_SECOND) {
    const wait = started + due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    looks.push(ask(`${url}/health`, agent).then(() => performance.now() - started - due));
  }
  const times = await Promise.all(looks);
  agent.destroy();
  return percentiles(times);
}

function percentiles(times: readonly number[]): Percentiles {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}

function ask(url: string, agent: Agent, body?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const call = request(url, { agent, method: body === undefined ? 'GET' : 'POST', headers }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode!));
    });
    call.once('error', reject);
    call.end(body);
  });
}
