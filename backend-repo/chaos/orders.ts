import { randomInt } from 'node:crypto';
import { allAreUp, killInTurn, onTwoNodes, until, type Scene } from './killing.ts';
import { MoneyWatch } from './money-watch.ts';
import { OrderCaller } from './order-callers.ts';
import { PublicRecord, readersOf } from './order-readers.ts';
import { compareOrders, compareSeen, missingFunds } from './order-records.ts';
import { OrderTestimony } from './order-testimony.ts';
import { confirmByMail, engineNode, FUNDS, openVenue, rebuildOnEach } from './order-venue.ts';
import type { Victim } from './victims.ts';

/**
 * `scripts/chaos orders`: two backends on one durable Postgres, one with the engine and one that forwards, under load from many traders, and kill -9 of one of the
 * three, again and again; now and then the engine's node stands still until it has been replaced, and goes on. What traders and staff were answered and everybody could
 * see must be true when it is over: `lost` was acknowledged and is not on record, or less of it is; `duplicated` are names with two orders; `uncommitted_seen` was
 * shown and is not on record, or went backwards; `conservation_errors` is money that was not where it should be, at any moment. `--short` is the form the tests run.
 */
interface Form {
  readonly kills: number;
  readonly tradersPerCaller: number;
  /** Commands that must have been acknowledged since the last kill, so that there is something to lose. */
  readonly between: number;
  /** The engine's node stands still before one kill in so many. */
  readonly stallEvery: number;
  readonly env: Readonly<Record<string, string>>;
}

const SHORT_LEASE = { ENGINE_LEASE_MS: '900', ENGINE_RENEW_MS: '300' };
const FORMS = {
  short: { kills: 3, tradersPerCaller: 3, between: 120, stallEvery: 2, env: SHORT_LEASE },
  plain: { kills: 10, tradersPerCaller: 25, between: 300, stallEvery: 2, env: {} },
  full: { kills: 50, tradersPerCaller: 25, between: 300, stallEvery: 2, env: {} },
} as const satisfies Record<string, Form>;

const CALLERS = 24;
const LEASE_MS = 3_000;

export async function main(args: string[]): Promise<void> {
  const form: Form = args.includes('--short') ? FORMS.short : args.includes('--full') ? FORMS.full : FORMS.plain;
  const started = performance.now();
  await onTwoNodes('orders', form.env, async (scene) => {
    const { database, nodes, victims, load } = scene;
    const [testimony, record] = [new OrderTestimony(), new PublicRecord()];
    const { traders, staff } = await openVenue(await scene.newEnv(), CALLERS * form.tradersPerCaller);
    const options = { staff, nodes: [nodes[0].url, nodes[1].url] as const, testimony, load, confirmByMail: (id: string) => confirmByMail(database.url, id) };
    const callers = Array.from({ length: CALLERS }, (_, index) => new OrderCaller({ ...options, traders: traders.filter((_trader, at) => at % CALLERS === index) }));
    const watch = { stop: false };
    const readers = readersOf(nodes, record);
    const money = new MoneyWatch(database.url);
    const calling = Promise.all(callers.map((caller) => caller.run()));
    const watching = Promise.all([...readers.map((reader) => reader.run(watch)), money.run(watch)]);
    // What goes wrong in them is thrown where they are awaited.
    for (const work of [calling, watching]) work.catch(() => undefined);
    const done: Done = { kills: 0, stalls: 0, rebuilt: 0, trouble: null };
    try {
      await kill(form, scene, testimony, done);
      await allAreUp(victims);
      load.stop = true;
      await calling;
      done.rebuilt = await rebuildOnEach(scene);
    } catch (error) {
      // A venue that does not come back is bad enough; what it lost is still counted.
      done.trouble = String(error);
    }
    load.stop = true;
    for (const reader of readers) await reader.look();
    watch.stop = true;
    await watching;
    await money.check();
    await report(scene, { testimony, record, money, done, funds: traders.length, seconds: Math.round((performance.now() - started) / 1000) });
  });
}

async function kill({ kills, between, stallEvery, env }: Form, scene: Scene, testimony: OrderTestimony, done: Done): Promise<void> {
  const leaseMs = Number(env['ENGINE_LEASE_MS'] ?? LEASE_MS);
  let kind = '';
  const beforeKill = async (victim: Victim): Promise<void> => {
    if (randomInt(stallEvery) === 0) {
      await (await engineNode(scene))?.stall(leaseMs + randomInt(leaseMs));
      done.stalls += 1;
    }
    const engine = await engineNode(scene);
    kind = victim === scene.database ? 'postgres' : victim === engine ? 'engine_node' : 'other_node';
  };
  const { perCommand } = testimony;
  await killInTurn({
    kills,
    victims: scene.victims,
    progress: () => testimony.acknowledged,
    between,
    describe: () => `${testimony.acknowledged} commands acknowledged, ${perCommand.get('place') ?? 0} of them orders,`,
    beforeKill,
    afterKill: () => {
      done.kills += 1;
      testimony.interrupted(kind);
    },
  });
  await until(() => !testimony.isInterrupted, 'the engine did not come back');
}

interface Done {
  kills: number;
  stalls: number;
  /** Nodes that made the venue from its rows at the end. */
  rebuilt: number;
  /** Why the run ended early. */
  trouble: string | null;
}

interface Findings {
  readonly testimony: OrderTestimony;
  readonly record: PublicRecord;
  readonly money: MoneyWatch;
  readonly done: Done;
  /** Traders that were given money. */
  readonly funds: number;
  readonly seconds: number;
}

async function report({ database, nodes }: Scene, { testimony, record, money, done, funds, seconds }: Findings): Promise<void> {
  money.add(await missingFunds(database.url, Object.fromEntries(Object.entries(FUNDS).map(([asset, amount]) => [asset, amount * funds]))));
  const orders = await compareOrders(database.url, testimony);
  const seen = { ...(await compareSeen(database.url, record)), ...orders.readAhead, contradictions: record.contradictions, went_backwards: record.wentBackwards };
  for (const example of record.examples.slice(0, 10)) console.log(`seen: ${example}`);
  const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, count) => total + count, 0);
  const counts = {
    kills: done.kills,
    acknowledged: testimony.acknowledged,
    lost: sum(orders.lost),
    duplicated: sum(orders.duplicated) + testimony.duplicated,
    uncommitted_seen: sum(seen),
    conservation_errors: money.errors,
  };
  const died = nodes.reduce((total, node) => total + node.diedByItself, 0);
  const notes = {
    lost: orders.lost, duplicated: orders.duplicated, uncommitted_seen: seen, ...orders.notes,
    orders: testimony.claims.size, public_trades_seen: record.trades.size, public_looks: record.looks, money_checks: money.checks,
    engine_back_ms: testimony.outageSummary(), nodes_stood_still: done.stalls, nodes_rebuilt_from_the_records: done.rebuilt, nodes_that_died_by_themselves: died,
    commands: Object.fromEntries([...testimony.perCommand].sort()), per_node: testimony.perNode, told_of_the_first: testimony.toldOfTheFirst, unanswered: testimony.unanswered,
    trouble: done.trouble, refusals: Object.fromEntries([...testimony.refusals].sort()), seconds,
  };
  console.log(JSON.stringify({ bench: 'chaos orders', counts, notes }));
  if (counts.lost + counts.duplicated + counts.uncommitted_seen + counts.conservation_errors + died > 0 || done.rebuilt < nodes.length || testimony.unanswered > 0) process.exitCode = 1;
}
