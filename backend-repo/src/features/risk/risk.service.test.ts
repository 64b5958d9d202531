import { expect, test } from '@jest/globals';
import type { Finding } from '../../domain/risk/finding.ts';
import type { MovedMoney } from '../../domain/risk/money-velocity.ts';
import { RISK_THRESHOLDS } from '../../domain/risk/thresholds.ts';
import { hours, NOON, repeat, Tape } from '../../domain/risk/tape-for-tests.ts';
import { RiskService, type RiskDeps } from './risk.service.ts';
import { RiskMemory, type PastVolume } from './risk.state.ts';

const ANN = 1;

interface Watched {
  readonly service: RiskService;
  readonly memory: RiskMemory;
  readonly recorded: Finding[][];
  readonly troubles: string[];
  readonly moved: MovedMoney[];
  rests: number[];
  broken: boolean;
}

function watch(change: Partial<RiskDeps> = {}, past: readonly PastVolume[] = []): Watched {
  const memory = new RiskMemory(3_600_000);
  const watched: Omit<Watched, 'service'> = { memory, recorded: [], troubles: [], moved: [], rests: [], broken: false };
  const service = new RiskService({
    memory,
    watch: {
      record: (findings) => {
        if (watched.broken) return Promise.reject(new Error('the database is away'));
        watched.recorded.push([...findings]);
        return Promise.resolve([]);
      },
      tell: () => Promise.reject(new Error('not asked')),
      isUser: () => Promise.reject(new Error('not asked')),
      movedMoney: () => (watched.broken ? Promise.reject(new Error('the database is away')) : Promise.resolve([...watched.moved])),
      pastVolumes: () => (watched.broken ? Promise.reject(new Error('the database is away')) : Promise.resolve([...past])),
    },
    thresholds: RISK_THRESHOLDS,
    asStaff: () => Promise.reject(new Error('not asked')),
    count: () => undefined,
    newReference: () => 'reference',
    now: () => NOON + 60_000,
    clock: () => 0,
    later: (work) => work(),
    breath: () => Promise.resolve(),
    rest: (milliseconds) => Promise.resolve(watched.rests.push(milliseconds)),
    onTrouble: (_, message) => watched.troubles.push(message),
    ...change,
  });
  return Object.assign(watched, { service });
}

function selfTrades(times: number): Tape {
  const tape = new Tape();
  repeat(times, () => void tape.meet(ANN, 'SELL', '1', '100', ANN));
  return tape;
}
const kinds = (watched: Watched): string[][] => watched.recorded.map((findings) => findings.map(({ kind, severity }) => `${kind} ${severity}`));

test('what is recorded is not recorded again, until it is worse', async () => {
  const watched = watch();
  watched.memory.observe(selfTrades(2));
  await watched.service.look();
  await watched.service.look();
  watched.memory.observe(selfTrades(1));
  await watched.service.look();
  watched.memory.observe(selfTrades(2));
  await watched.service.look();
  expect(kinds(watched)).toEqual([['wash_trading MEDIUM'], ['wash_trading HIGH']]);
});

test('one trader’s order rate, seen on two markets, is one finding', async () => {
  const watched = watch();
  const tape = new Tape();
  repeat(60, () => void tape.place(ANN, 'BUY', '1', '100'));
  watched.memory.observe(tape);
  watched.memory.observe({ orders: [{ ...tape.orders[0]!, symbol: 'ETHUSDT' }], trades: [] });
  await watched.service.look();
  expect(kinds(watched)).toEqual([['order_rate LOW']]);
});

test('while the database is away, findings wait, and each is recorded once then', async () => {
  const watched = watch();
  watched.memory.observe(selfTrades(2));
  watched.broken = true;
  await expect(watched.service.look()).rejects.toThrow('away');
  await expect(watched.service.look()).rejects.toThrow('away');
  watched.memory.clear();
  watched.broken = false;
  await Promise.all([watched.service.look(), watched.service.look()]);
  expect(kinds(watched)).toEqual([['wash_trading MEDIUM']]);
});

test('the engine is left alone for four milliseconds whenever one was judged', async () => {
  let clock = 0;
  const watched = watch({ clock: () => (clock += 0.3) });
  const tape = new Tape();
  repeat(100, (user) => void tape.place(user + 1, 'BUY', '1', '100'));
  watched.memory.observe(tape);
  await watched.service.look();
  expect([watched.rests.length > 20, watched.rests.length < 40]).toEqual([true, true]);
  expect(new Set(watched.rests)).toEqual(new Set([4]));
});

test('a node that takes the engine over begins with what is on record of the day, and with nothing of what it saw before', async () => {
  const day = Array.from({ length: 24 }, () => '5000');
  const past = hours(day, '0').flatMap(({ start, notional }) => [{ symbol: 'BTCUSDT', userId: null, start, notional }]);
  const watched = watch({}, past);
  watched.memory.observe(selfTrades(5));
  await watched.service.takeOver();
  const tape = new Tape();
  tape.meet(ANN, 'SELL', '200', '100', 2);
  watched.memory.observe(tape);
  await watched.service.look();
  expect(kinds(watched)).toEqual([['unusual_volume LOW', 'unusual_volume LOW']]);
});

test('when what is on record cannot be read, it watches all the same', async () => {
  const watched = watch();
  watched.broken = true;
  await watched.service.takeOver();
  watched.broken = false;
  watched.memory.observe(selfTrades(2));
  await watched.service.look();
  expect([watched.troubles.length, kinds(watched)]).toEqual([1, [['wash_trading MEDIUM']]]);
});

test('a batch is watched after whatever waits has gone first', () => {
  const later: (() => void)[] = [];
  const watched = watch({ later: (work) => later.push(work) });
  let asked = 0;
  watched.service.observe({ newOrders: [{ symbol: 'BTCUSDT', status: 'PENDING' } as never], updatedOrders: [], trades: [] }, () => ((asked += 1), null));
  expect([asked, later.length]).toEqual([0, 1]);
  later[0]!();
  expect([asked, [...watched.memory.due(NOON)].length]).toEqual([1, 1]);
});

test('a batch that cannot be understood does not reach the engine as an error', () => {
  const watched = watch();
  expect(() => watched.service.observe({ newOrders: [null as never], updatedOrders: [], trades: [] }, () => null)).not.toThrow();
  expect(watched.troubles).toEqual(['a batch was not watched']);
});
