import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { tellEach } from '../../app/observers.ts';
import { firstOf, INTERVALS, startOf, withTrade, type Candle, type Interval, type PublicTrade } from '../../domain/candles.ts';
import { CANDLES_KEPT, LOOK_EVERY_MS, TRADES_KEPT, TradeTape, type TapeSource } from './tape.state.ts';

const MINUTE = INTERVALS['1m'];
const tradeAt = (id: number, minute: number, price = BigInt(id)): PublicTrade => ({ id, symbol: 'BTCUSDT', price, quantity: 1n, notional: price, takerSide: 'BUY', executedAt: minute * MINUTE });

/** Postgres, as the tape sees it: all trades, and the candles of those that were added up. */
class FakeTable implements TapeSource {
  readonly trades: PublicTrade[] = [];
  readonly asked: string[] = [];
  readonly #candles = new Map<string, Candle>();
  #stored = 0;

  async addUp(max: number): Promise<number> {
    const page = this.trades.filter(({ id }) => id > this.#stored).slice(0, max);
    for (const trade of page) {
      for (const interval of Object.keys(INTERVALS) as Interval[]) {
        const start = startOf(trade.executedAt, interval);
        const candle = this.#candles.get(`${interval} ${start}`);
        this.#candles.set(`${interval} ${start}`, candle ? withTrade(candle, trade) : firstOf(start, trade));
      }
      this.#stored = trade.id;
    }
    return page.length;
  }
  async load(candlesMax: number, tradesMax: number): ReturnType<TapeSource['load']> {
    this.asked.push('load');
    const candles = (Object.keys(INTERVALS) as Interval[]).flatMap((interval) => this.#of(interval).slice(-candlesMax).map((candle) => ({ ...candle, symbol: 'BTCUSDT', interval })));
    return { lastTradeId: this.#stored, candles, trades: this.trades.filter(({ id }) => id <= this.#stored).slice(-tradesMax) };
  }
  async tradesSince(since: number, limit: number): Promise<PublicTrade[]> {
    this.asked.push('since');
    return this.trades.filter(({ id }) => id > since).slice(0, limit);
  }
  async tradesBefore(_symbol: string, before: number, limit: number): Promise<PublicTrade[]> {
    this.asked.push('before');
    return this.trades.filter(({ id }) => id < before).slice(-limit).reverse();
  }
  async candles(_symbol: string, interval: Interval, from: number, to: number): Promise<Candle[]> {
    this.asked.push('candles');
    const all = this.#of(interval);
    return [...all.filter(({ start }) => start < from).slice(-1), ...all.filter(({ start }) => start >= from && start < to)];
  }
  #of(interval: Interval): Candle[] {
    return [...this.#candles].filter(([name]) => name.startsWith(`${interval} `)).map(([, candle]) => candle).sort((one, other) => one.start - other.start);
  }
}

test('Postgres is looked at twice a second at most, however many ask', async () => {
  const table = new FakeTable();
  let clock = 0;
  const tape = new TradeTape(table, () => clock);
  await Promise.all(Array.from({ length: 10 }, () => tape.fresh()));
  await tape.fresh();
  // The look right after a load makes up for what was committed during it.
  const first = table.asked.length;
  for (let ask = 0; ask < 10; ask += 1) await tape.fresh();
  expect(table.asked.length - first).toBeLessThanOrEqual(1);
  const before = table.asked.length;
  clock += LOOK_EVERY_MS;
  await Promise.all(Array.from({ length: 10 }, () => tape.fresh()));
  expect(table.asked.length - before).toBe(1);
});

test('what the engine tells is there at once; when something is missing before it, it is read', async () => {
  const table = new FakeTable();
  const tape = new TradeTape(table, () => 0);
  await tape.fresh();
  const tell = (...trades: PublicTrade[]): void => {
    table.trades.push(...trades);
    tape.observe({ trades });
  };
  tell(tradeAt(1, 0), tradeAt(2, 0));
  expect(tape.summary('BTCUSDT', 0)).toMatchObject({ last: 2n, day: { trades: 2 } });
  // Committed, and the node never heard of it.
  table.trades.push(tradeAt(3, 1));
  tell(tradeAt(4, 1));
  await tape.fresh();
  expect(tape.summary('BTCUSDT', MINUTE)).toMatchObject({ last: 4n, day: { trades: 4, volume: 4n } });
  // Heard twice.
  tape.observe({ trades: [tradeAt(4, 1)] });
  expect((await tape.trades('BTCUSDT', 10, Number.MAX_SAFE_INTEGER)).map(({ id }) => id)).toEqual([4, 3, 2, 1]);
  expect((await tape.candles('BTCUSDT', '1m', MINUTE, 2 * MINUTE)).find(MINUTE)).toMatchObject({ trades: 2 });
});

test('what memory no longer reaches comes from the tables, and memory stays small', async () => {
  const table = new FakeTable();
  const tape = new TradeTape(table, () => 0);
  await tape.fresh();
  const count = 3 * CANDLES_KEPT;
  for (let id = 1; id <= count; id += 1) {
    table.trades.push(tradeAt(id, id));
    tape.observe({ trades: [tradeAt(id, id)] });
  }
  await tape.store();
  await tape.fresh();
  for (const [from, to, reads] of [[count - 10, count, 0], [5, 15, 1], [count - CANDLES_KEPT - 5, count - CANDLES_KEPT + 5, 1]] as const) {
    const before = table.asked.length;
    const { find, closeBefore } = await tape.candles('BTCUSDT', '1m', from * MINUTE, to * MINUTE);
    const closes = Array.from({ length: to - from }, (_, at) => find((from + at) * MINUTE)?.close);
    expect([closeBefore, ...closes]).toEqual(Array.from({ length: to - from + 1 }, (_, at) => BigInt(from - 1 + at)));
    expect(table.asked.length - before).toBe(reads);
  }
  expect((await tape.trades('BTCUSDT', 100, count - 2 * TRADES_KEPT)).map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, at) => count - 2 * TRADES_KEPT - 1 - at));
  expect(table.asked.at(-1)).toBe('before');
});

test('whenever it begins, and whatever it missed, a tape shows what another shows', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.record({ minutes: fc.nat(3), price: fc.bigInt(1n, 100n), told: fc.boolean(), store: fc.boolean() }), { maxLength: 40 }), async (steps) => {
    const table = new FakeTable();
    const here = new TradeTape(table, () => 0);
    await here.fresh();
    let minute = 0;
    for (const [at, { minutes, price, told, store }] of steps.entries()) {
      minute += minutes;
      const trade = tradeAt(at + 1, minute, price);
      table.trades.push(trade);
      if (told) here.observe({ trades: [trade] });
      if (store) await here.store();
    }
    let clock = LOOK_EVERY_MS;
    const later = new TradeTape(table, () => clock);
    await later.fresh();
    here.observe({ trades: [tradeAt(Number.MAX_SAFE_INTEGER, minute)] });
    await here.fresh();
    clock += 1;
    const shown = async (tape: TradeTape): Promise<unknown> => {
      const { find } = await tape.candles('BTCUSDT', '1m', 0, (minute + 1) * MINUTE);
      return { day: tape.summary('BTCUSDT', minute * MINUTE), trades: await tape.trades('BTCUSDT', 100, Number.MAX_SAFE_INTEGER), candles: Array.from({ length: minute + 1 }, (_, at) => find(at * MINUTE)) };
    };
    expect(await shown(later)).toEqual(await shown(here));
  }), { numRuns: 60 });
});

test('an observer that throws is logged, and the others are told all the same', () => {
  const told: string[] = [];
  const tell = tellEach([() => { throw new Error('mine'); }, () => told.push('second')], (error, message) => told.push(`${String(error)}: ${message}`));
  tell({} as never, {} as never);
  expect(told).toEqual(['Error: mine: an observer of committed batches failed; it missed this one', 'second']);
});
