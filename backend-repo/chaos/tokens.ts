import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { buildApp } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import type { PartnerSecrets } from '../src/features/widget/partners.service.ts';
import { newExchange } from '../src/testing/builders.ts';
import { allAreUp, killInTurn, onTwoNodes } from './killing.ts';
import { Caller, Testimony } from './token-callers.ts';

/**
 * `scripts/chaos tokens`: two backends on one durable Postgres under load, and kill -9 of one of the three, again and again. Whatever answer
 * a caller holds must be true when it is over: `lost` are tokens handed out that the ledger lacks, and redemptions answered 200 that it lacks;
 * `handed_out_twice` are keys that got two tokens; `redeemed_twice` are tokens for which two calls won. `--short` is the form the tests run.
 */
const CALLERS = 24;
/** Tokens that must have been handed out since the last kill, so that there is something to lose. */
const TOKENS_BETWEEN_KILLS = 100;

export async function main(args: string[]): Promise<void> {
  const kills = args.includes('--short') ? 6 : args.includes('--full') ? 200 : 20;
  const started = performance.now();
  await onTwoNodes('tokens', { ROLES: 'widget' }, async ({ database, nodes, victims, load, newEnv }) => {
    const testimony = new Testimony();
    const options = { nodes: [nodes[0].url, nodes[1].url] as const, testimony, load };
    const partners = await createPartners(await newEnv());
    const calling = partners.map((partner, index) => new Caller({ ...options, partner, network: `10.0.${index}` }).run());
    const describe = (): string => `${testimony.acknowledged.size} tokens handed out and ${testimony.redeemed.size} redeemed`;
    await killInTurn({ kills, victims, progress: () => testimony.acknowledged.size, between: TOKENS_BETWEEN_KILLS, describe });
    await allAreUp(victims);
    load.stop = true;
    await Promise.all(calling);
    const { counts, notes } = await compare(database.url, testimony);
    const died = nodes.reduce((sum, node) => sum + node.diedByItself, 0);
    const seconds = Math.round((performance.now() - started) / 1000);
    console.log(JSON.stringify({ bench: 'chaos tokens', counts: { kills, ...counts }, notes: { ...notes, nodes_that_died_by_themselves: died, seconds } }));
    if (counts.lost + counts.handed_out_twice + counts.redeemed_twice + died > 0) process.exitCode = 1;
  });
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
