import { expect, test } from '@jest/globals';
import { LIVELY_MARKETS, randomCommand } from './random-commands-for-tests.ts';
import { type Answer, engineSubject, referenceSubject } from './subjects-for-tests.ts';
import type { AmendableTerms, Command } from './commands.ts';
import type { UserId } from './types.ts';
import { ANN, asText, BOB, BTCUSDT, CAT, deposit, ETHBTC, ETHUSDT, HOUSE, numbersFrom } from './venue-for-tests.ts';

// The long form: DIFFERENTIAL_COMMANDS=20000.
const SEEDS = Number(process.env.DIFFERENTIAL_SEEDS ?? 100);
const COMMANDS_PER_SEED = Number(process.env.DIFFERENTIAL_COMMANDS ?? 800);
const COMPARE_STATE_EVERY = 25;
const RESTART_EVERY = 150;
const LONG_FORM_MS = 3_600_000;

/** Outcomes by name. The streams are only worth something if they visit every one of them often. */
const VISITED = {
  status: ['PENDING', 'PARTIAL', 'FILLED'],
  reasons: ['USER_REQUEST', 'NO_LIQUIDITY', 'PRICE_BAND', 'SELF_TRADE', 'IMMEDIATE_OR_CANCEL', 'FILL_OR_KILL', 'EXPIRED'],
  events: ['trade', 'woken', 'halted', 'traded when woken', 'reopened', 'amended as judged'],
  refusals: [
    ['MARKET_HALTED', 'MARKET_POST_ONLY', 'FIELD_REQUIRED', 'FIELD_NOT_ALLOWED', 'PRICE_TOO_LOW', 'PRICE_TOO_HIGH', 'PRICE_NOT_ON_TICK', 'PRICE_OUTSIDE_BAND'],
    ['QUANTITY_TOO_SMALL', 'QUANTITY_TOO_LARGE', 'QUANTITY_NOT_ON_LOT', 'EXPIRY_IN_THE_PAST', 'WOULD_TAKE', 'FILL_OR_KILL', 'STOP_WOULD_TRIGGER'],
    ['TOO_MANY_OPEN_ORDERS', 'ORDER_TOO_LARGE', 'POSITION_TOO_LARGE', 'NOTIONAL_TOO_SMALL', 'NO_LIQUIDITY', 'INSUFFICIENT_BALANCE', 'ORDER_NOT_OPEN', 'ORDER_CHANGED', 'HALT_OVER'],
  ].flat(),
};
const AT_LEAST = 20;
const QUIET_MARKETS = [BTCUSDT, ETHUSDT, ETHBTC];
/** Enough for some orders of everybody, not for all. */
const FUNDS: readonly Command[] = [HOUSE, ANN, BOB, CAT].flatMap((userId) => [deposit(userId, 'BTC', '3'), deposit(userId, 'ETH', '40'), deposit(userId, 'USDT', '120000')]);

class Counts {
  private readonly counts = new Map<string, number>();

  add(command: Command, { refusal, order, log, cancelled }: Answer): void {
    if (refusal !== null) this.one(`refused ${refusal.split(' ')[0]}`);
    if (command.kind === 'reopen-market' && refusal === null) this.one('reopened');
    if (command.kind === 'amend' && command.judged !== null && refusal === null) this.one('amended as judged');
    if (order !== null) this.one(`${command.kind} ${order.status}`);
    for (const line of cancelled) this.one(`cancelled ${line.split(' ')[1]}`);
    for (const line of log) this.one(/takes/.test(line) ? 'trade' : (line.split(' ')[1] as string));
    if (log.some((line, index) => /woken/.test(line) && log[index + 1]?.startsWith(`${line.split(' ')[0]} takes`))) this.one('traded when woken');
  }

  /** What was visited less often than it must be. */
  rare(): string[] {
    const wanted = [...VISITED.events, ...VISITED.status.flatMap((status) => [`place ${status}`, `amend ${status}`])];
    wanted.push(...VISITED.reasons.map((reason) => `cancelled ${reason}`), ...VISITED.refusals.map((code) => `refused ${code}`));
    return wanted.filter((name) => (this.counts.get(name) ?? 0) < AT_LEAST).map((name) => `${name}: ${this.counts.get(name) ?? 0}`);
  }

  toString(): string {
    return [...this.counts].sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, count]) => `${name}: ${count}`).join('\n');
  }

  private one(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }
}

/** Every other amendment was judged by what its order was when it was placed: right of many, and of many no longer. */
function judgedAsPlaced(next: (below: number) => number, command: Command, placed: ReadonlyMap<number, AmendableTerms>): Command {
  if (command.kind !== 'amend' || next(2) === 0) return command;
  return { ...command, judged: placed.get(command.orderId) ?? null };
}

/** Puts one stream to both. Throws at the first difference. */
function compareStream(seed: number, counts: Counts): void {
  // Without band and breaker prices wander further, and more stops wake.
  const markets = seed % 4 === 0 ? QUIET_MARKETS : LIVELY_MARKETS;
  const [engine, reference] = [engineSubject(markets), referenceSubject(markets)];
  const next = numbersFrom(seed);
  const owners: UserId[] = [];
  const placed = new Map<number, AmendableTerms>();
  for (const command of FUNDS) expect(engine.apply(command)).toEqual(reference.apply(command));
  let halt: { symbol: string; haltedAt: number } | null = null;
  let time = 0;
  for (let number = 1; number <= COMMANDS_PER_SEED; number += 1) {
    time += next(4);
    const command = judgedAsPlaced(next, randomCommand(next, time, owners, halt), placed);
    const [answer, expected] = [engine.apply(command), reference.apply(command)];
    const where = (): string => `seed ${seed}, command ${number} ${asText(command)}`;
    if (asText(answer) !== asText(expected)) throw new Error(`${where()}:\nengine    ${asText(answer)}\nreference ${asText(expected)}`);
    if (command.kind === 'place' && answer.order !== null) {
      owners.push(command.userId);
      const { price, stopPrice, stopLimitPrice } = command;
      placed.set(answer.order.id, { quantity: answer.order.quantity, price, stopPrice, stopLimitPrice });
    }
    const halted = answer.log.findLast((line) => line.endsWith(' halted'));
    if (halted !== undefined) halt = { symbol: halted.split(' ')[0] as string, haltedAt: time };
    counts.add(command, answer);
    if (number % RESTART_EVERY === 0) engine.restart();
    if (number % COMPARE_STATE_EVERY > 0) continue;
    const [is, should] = [engine.state(), reference.state()];
    if (is !== should) throw new Error(`${where()}, or one of the ${COMPARE_STATE_EVERY - 1} before:\nengine    ${is}\nreference ${should}`);
  }
  expect([engine.problems(), reference.problems()]).toEqual([[], []]);
}

test(
  `the engine answers ${SEEDS} random streams of ${COMMANDS_PER_SEED} commands as the naive reference venue does`,
  () => {
    const counts = new Counts();
    for (let seed = 1; seed <= SEEDS; seed += 1) compareStream(seed, counts);
    expect(counts.rare()).toEqual([]);
  },
  LONG_FORM_MS,
);
