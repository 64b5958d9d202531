import { randomInt, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { buildApp } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import type { PartnerSecrets } from '../src/features/widget/partners.service.ts';
import { newExchange } from '../src/testing/builders.ts';
import { freePort } from '../src/testing/postgres.ts';
import { Caller, Testimony } from './token-callers.ts';
import { BackendVictim, DatabaseVictim, type Victim } from './victims.ts';

/**
 * `scripts/chaos tokens`: two backends on one durable Postgres under load, and kill -9 of one of the three, again and again. Whatever answer
 * a caller holds must be true when it is over: `lost` are tokens handed out that the ledger lacks, and redemptions answered 200 that it lacks;
 * `handed_out_twice` are keys that got two tokens; `redeemed_twice` are tokens for which two calls won. `--short` is the form the tests run.
 */
const CALLERS = 24;
/** Tokens that must have been handed out since the last kill, so that there is something to lose. */
const TOKENS_BETWEEN_KILLS = 100;
const PAUSE_MS_MAX = 150;
const WAIT_MS = 60_000;

export async function main(args: string[]): Promise<void> {
  const kills = args.includes('--short') ? 6 : args.includes('--full') ? 200 : 20;
  const started = performance.now();
  const directory = await mkdtemp(join(tmpdir(), 'chaos-tokens-'));
  const database = new DatabaseVictim({ dataDirectory: join(directory, 'data'), port: await freePort() });
  const nodes: BackendVictim[] = [];
  const load = { stop: false };
  try {
    await database.start();
    for (const name of ['node 1', 'node 2']) nodes.push(new BackendVictim(name, await nodeEnv(database.url)));
    // The first brings the schema, the second finds it.
    for (const node of nodes) await node.start();
    const testimony = new Testimony();
    const options = { nodes: [nodes[0]!.url, nodes[1]!.url] as const, testimony, load };
    const partners = await createPartners(await nodeEnv(database.url));
    const calling = partners.map((partner, index) => new Caller({ ...options, partner, network: `10.0.${index}` }).run());
    await killInTurn(kills, [...nodes, database], testimony);
    await until(() => [...nodes, database].every((victim) => victim.upSince() !== null), 'not all of them came back');
    load.stop = true;
    await Promise.all(calling);
    const { counts, notes } = await compare(database.url, testimony);
    const died = nodes.reduce((sum, node) => sum + node.diedByItself, 0);
    const seconds = Math.round((performance.now() - started) / 1000);
    console.log(JSON.stringify({ bench: 'chaos tokens', counts: { kills, ...counts }, notes: { ...notes, nodes_that_died_by_themselves: died, seconds } }));
    if (counts.lost + counts.handed_out_twice + counts.redeemed_twice + died > 0) process.exitCode = 1;
  } finally {
    load.stop = true;
    await Promise.all(nodes.map((node) => node.stop()));
    await database.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function nodeEnv(databaseUrl: string): Promise<Record<string, string>> {
  return {
    DATABASE_URL: databaseUrl,
    ENCRYPTION_KEY: 'chaos-encryption-key-0123456789abcdef',
    JWT_SECRET: 'chaos-jwt-secret-0123456789abcdef-0123',
    PORT: String(await freePort()),
    METRICS_PORT: '0',
    ROLES: 'widget',
    // Each user calls from an address of its own, as the proxy in front would say.
    TRUST_PROXY_HOPS: '1',
  };
}

/** One for each caller, so that none comes near its limits. Set up beside the running nodes, on the same database: what they hold, they learn by notification. */
async function createPartners(env: Record<string, string>): Promise<PartnerSecrets[]> {
  const app = await buildApp(loadConfig({ ...process.env, ...env, LOG_LEVEL: 'error' }));
  try {
    return await Promise.all(Array.from({ length: CALLERS }, () => app.widget!.partners.create(newExchange(`chaos-${randomUUID().slice(0, 8)}`), 'ES256')));
  } finally {
    await app.stop();
  }
}

/** Each of them once per round, in an order of its own: both nodes may be down at once, and a node may come back while Postgres is away. */
async function killInTurn(kills: number, victims: readonly Victim[], testimony: Testimony): Promise<void> {
  let round: Victim[] = [];
  for (let kill = 1; kill <= kills; kill += 1) {
    if (round.length === 0) round = shuffled(victims);
    const victim = round.shift()!;
    const before = testimony.acknowledged.size;
    // Anywhere in the life of a batch, but not before there is something to lose.
    await until(() => victim.upSince() !== null && testimony.acknowledged.size > before + TOKENS_BETWEEN_KILLS, `${victim.name} is not back, or no token was handed out`);
    await pause(randomInt(PAUSE_MS_MAX));
    await victim.kill();
    console.log(`kill ${kill}/${kills}: ${victim.name}, ${testimony.acknowledged.size} tokens handed out and ${testimony.redeemed.size} redeemed so far`);
  }
}

function shuffled<T>(things: readonly T[]): T[] {
  const left = [...things];
  return things.map(() => left.splice(randomInt(left.length), 1)[0]!);
}

interface Outcome {
  readonly counts: { readonly acknowledged: number; readonly lost: number; readonly handed_out_twice: number; readonly redeemed_twice: number };
  readonly notes: object;
}

/** What was said against what is on record. */
async function compare(url: string, testimony: Testimony): Promise<Outcome> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const missing = async (table: 'trade_tokens' | 'redemptions', said: ReadonlySet<string>): Promise<number> => {
      const { rows } = await client.query<{ n: number }>(`select count(*)::int as n from unnest($1::uuid[]) as said(jti) where not exists (select from widget.${table} t where t.jti = said.jti)`, [[...said]]);
      return rows[0]!.n;
    };
    const tokensLost = await missing('trade_tokens', testimony.acknowledged);
    const redemptionsLost = await missing('redemptions', testimony.redeemed);
    const { rows } = await client.query<{ n: number }>('select count(*)::int as n from widget.trade_tokens');
    const { handedOutTwice, redeemedTwice, denied, askedAgain, redeemAnswersLost, perNode } = testimony;
    return {
      counts: { acknowledged: testimony.acknowledged.size, lost: tokensLost + redemptionsLost + denied, handed_out_twice: handedOutTwice, redeemed_twice: redeemedTwice },
      notes: {
        redeemed: testimony.redeemed.size, tokens_lost: tokensLost, redemptions_lost: redemptionsLost, tokens_denied: denied,
        repeated_under_their_key: askedAgain, per_node: perNode, redeemed_but_the_answer_died: redeemAnswersLost,
        recorded_but_nobody_holds_them: rows[0]!.n - testimony.acknowledged.size,
        refusals: Object.fromEntries([...testimony.refusals].sort()),
      },
    };
  } finally {
    await client.end();
  }
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(holds: () => boolean, trouble: string): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`${trouble} within a minute`);
    await pause(5);
  }
}
