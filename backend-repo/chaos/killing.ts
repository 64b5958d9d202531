import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../src/testing/postgres.ts';
import { pause } from './pause.ts';
import { BackendVictim, DatabaseVictim, type Victim } from './victims.ts';

/** What chaos runs share: two backends on one durable Postgres, and kill -9 of one of the three, again and again. */
const PAUSE_MS_MAX = 150;
const WAIT_MS = 60_000;

export interface Scene {
  readonly database: DatabaseVictim;
  readonly nodes: readonly [BackendVictim, BackendVictim];
  /** The nodes and Postgres. */
  readonly victims: readonly Victim[];
  /** Callers look at it before each call. */
  readonly load: { stop: boolean };
  /** Of one more node, on ports of its own. */
  readonly newEnv: () => Promise<Record<string, string>>;
}

export async function onTwoNodes(name: string, env: Readonly<Record<string, string>>, work: (scene: Scene) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), `chaos-${name}-`));
  const database = new DatabaseVictim({ dataDirectory: join(directory, 'data'), port: await freePort() });
  const nodes: BackendVictim[] = [];
  const load = { stop: false };
  const newEnv = async (): Promise<Record<string, string>> => ({ ...SECRETS, DATABASE_URL: database.url, PORT: String(await freePort()), ...env });
  try {
    await database.start();
    for (const label of ['node 1', 'node 2']) nodes.push(new BackendVictim(label, { ...(await newEnv()), METRICS_PORT: String(await freePort()) }));
    // The first brings the schema, the second finds it.
    for (const node of nodes) await node.start();
    const [first, second] = nodes as [BackendVictim, BackendVictim];
    await work({ database, nodes: [first, second], victims: [first, second, database], load, newEnv });
  } finally {
    load.stop = true;
    await Promise.all(nodes.map((node) => node.stop()));
    await database.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

const SECRETS = {
  ENCRYPTION_KEY: 'chaos-encryption-key-0123456789abcdef',
  JWT_SECRET: 'chaos-jwt-secret-0123456789abcdef-0123',
  METRICS_PORT: '0',
  // Each user calls from an address of its own, as the proxy in front would say.
  TRUST_PROXY_HOPS: '1',
};

export interface KillPlan {
  readonly kills: number;
  readonly victims: readonly Victim[];
  /** What the callers have been told so far, and how much more of it there must be before the next kill, so that there is something to lose. */
  readonly progress: () => number;
  readonly between: number;
  readonly describe: () => string;
  readonly beforeKill?: (victim: Victim) => Promise<void>;
  readonly afterKill?: (victim: Victim) => void;
}

/** Each of them once per round, in an order of its own: both nodes may be down at once, and a node may come back while Postgres is away. */
export async function killInTurn({ kills, victims, progress, between, describe, beforeKill, afterKill }: KillPlan): Promise<void> {
  let round: Victim[] = [];
  for (let kill = 1; kill <= kills; kill += 1) {
    if (round.length === 0) round = shuffled(victims);
    const victim = round.shift()!;
    const before = progress();
    // Anywhere in the life of a batch, but not before there is something to lose.
    await until(() => victim.upSince() !== null && progress() > before + between, `${victim.name} is not back, or nothing was answered`);
    await pause(randomInt(PAUSE_MS_MAX));
    await beforeKill?.(victim);
    await victim.kill();
    afterKill?.(victim);
    console.log(`kill ${kill}/${kills}: ${victim.name}, ${describe()} so far`);
  }
}

export const allAreUp = (victims: readonly Victim[]): Promise<void> => until(() => victims.every((victim) => victim.upSince() !== null), 'not all of them came back');

export function shuffled<T>(things: readonly T[]): T[] {
  const left = [...things];
  return things.map(() => left.splice(randomInt(left.length), 1)[0]!);
}



/** @throws Error with the trouble when it does not hold within a minute */
export async function until(holds: () => boolean | Promise<boolean>, trouble: string): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`${trouble} within a minute`);
    await pause(5);
  }
}
