import { describe, expect, test } from '@jest/globals';
import type { LeaseHolder } from '../../db/lease.ts';
import { PLAIN_ORDER, type VenueAnswer, type VenueCommand } from '../../domain/venue-command.ts';
import { AppError, type ErrorCode } from '../../errors.ts';
import type { EngineRun } from './engine-run.state.ts';
import { EngineHost, LOADING_LEASE_MS, type EngineHostDeps } from './engine.state.ts';

const ORDER: VenueCommand = {
  kind: 'place', ...PLAIN_ORDER, userId: 1, symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: 1n, price: 1n, clientOrderId: 'mine', fingerprint: 'f', tradeTokenJti: null,
};
const OTHER: LeaseHolder = { epoch: 1, address: 'http://other', mine: false, until: 1 };

type Fakes = Partial<Omit<EngineHostDeps, 'lease'>> & { lease?: Partial<EngineHostDeps['lease']>; troubles?: string[] };

/** A node on its own: the lease is somebody else's, unless the test says otherwise. */
function host({ lease, troubles = [], ...deps }: Fakes): EngineHost {
  return new EngineHost({
    lease: { claim: async () => null, renew: async () => true, release: async () => undefined, holder: async () => OTHER, ...lease },
    load: async () => null,
    forward: () => Promise.reject(new AppError('ENGINE_UNAVAILABLE')),
    address: 'http://here',
    leaseMs: 3_000,
    renewMs: 1_000,
    clock: () => 0,
    random: () => 0,
    onEpoch: () => undefined,
    onTrouble: (_error, message) => void troubles.push(message),
    ...deps,
  });
}

describe('an order that is forwarded twice, because nobody knows what became of the first attempt,', () => {
  const outcome = async (...answers: (ErrorCode | VenueAnswer)[]): Promise<unknown> => {
    const forward = (): Promise<VenueAnswer> => {
      const next = answers.shift()!;
      return typeof next === 'string' ? Promise.reject(new AppError(next)) : Promise.resolve(next);
    };
    return host({ forward }).submit(ORDER).catch((error: AppError) => error.code);
  };

  test.each(['ENGINE_UNAVAILABLE', 'OVERLOADED', 'ORDER_OUTCOME_UNKNOWN'] as const)('is of unknown outcome still when the second is answered %s', async (second) => {
    expect(await outcome('ORDER_OUTCOME_UNKNOWN', second)).toBe('ORDER_OUTCOME_UNKNOWN');
  });

  test('is what the second attempt says it is', async () => {
    expect(await outcome('ORDER_OUTCOME_UNKNOWN', { kind: 'repeated', orderId: 7 })).toEqual({ kind: 'repeated', orderId: 7 });
  });
});

describe('the lease', () => {
  const RUN = { drained: async () => undefined, end: () => undefined } as unknown as EngineRun;

  test('lasts longer while the venue is loaded, and is short again before anything is served', async () => {
    const asked: (readonly [what: string, milliseconds: number | undefined])[] = [];
    const node = host({
      lease: {
        claim: async (milliseconds) => (asked.push(['claim', milliseconds]), 1),
        renew: async (_epoch, milliseconds) => (asked.push(['renew', milliseconds]), true),
      },
      load: async () => (asked.push(['load', undefined]), RUN),
    });
    await node.start();
    expect(node.ready).toBe(true);
    await node.stop();
    expect(asked).toEqual([['claim', LOADING_LEASE_MS], ['load', undefined], ['renew', undefined]]);
  });

  test('is made short last, though a renewal for the load is still on its way when the load ends', async () => {
    const landed: string[] = [];
    const [asked, arrives] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const node = host({
      renewMs: 1,
      lease: {
        claim: async () => 1,
        renew: async (_epoch, milliseconds) => {
          asked.resolve();
          if (milliseconds === LOADING_LEASE_MS) await arrives.promise;
          landed.push(milliseconds === LOADING_LEASE_MS ? 'long' : 'short');
          return true;
        },
      },
      load: async () => {
        await asked.promise;
        setTimeout(arrives.resolve, 10);
        return RUN;
      },
    });
    await node.start();
    expect([node.ready, landed.at(-1), landed.includes('long')]).toEqual([true, 'short', true]);
    await arrives.promise;
    await node.stop();
    expect(landed.at(-1)).toBe('short');
  });

  test('is given back when the venue cannot be loaded, so that another node may try', async () => {
    let released = 0;
    const node = host({ lease: { claim: async () => 1, release: async () => void (released += 1) }, load: () => Promise.reject(new Error('the rows contradict each other')) });
    await node.start();
    expect([released, node.ready]).toEqual([1, false]);
    await node.stop();
  });

  test('that another node took while the venue was loaded is not served under', async () => {
    const ends: string[] = [];
    const node = host({
      lease: { claim: async () => 1, renew: async () => false, holder: async () => null },
      load: async () => ({ ...RUN, end: ({ why }) => void ends.push(why) }) as EngineRun,
    });
    await node.start();
    expect([node.ready, ends]).toEqual([false, ['replaced']]);
    await node.stop();
  });
});

test('a node that could not renew its lease for as long as it lasts shows its book no more, because another may have a newer one', async () => {
  let clock = 0;
  const book = { symbol: 'BTCUSDT', sequence: 1, bids: [], asks: [] };
  const run = { drained: async () => undefined, end: () => undefined, depth: async () => book } as unknown as EngineRun;
  let renewals = 0;
  const node = host({
    clock: () => clock,
    // The first renewal answers; the database hangs from then on.
    lease: { claim: async () => 1, renew: () => ((renewals += 1) === 1 ? Promise.resolve(true) : new Promise(() => undefined)), holder: async () => null },
    load: async () => run,
  });
  await node.start();
  clock = 2_999;
  expect(await node.depthHere('BTCUSDT', 1)).toEqual(book);
  clock = 3_000;
  expect(await node.depthHere('BTCUSDT', 1)).toBeNull();
  await node.stop();
});

describe('another node under our own address', () => {
  const look = async (...holders: LeaseHolder[]): Promise<string[]> => {
    const troubles: string[] = [];
    const node = host({ troubles, lease: { holder: async () => holders.shift()! } });
    while (holders.length > 0) await node.requireReady().catch(() => undefined);
    return troubles;
  };
  const twin = { ...OTHER, address: 'http://here' };

  test('is complained about, once', async () => {
    expect(await look(twin, { ...twin, until: 2 }, { ...twin, until: 3 })).toEqual([expect.stringContaining('set NODE_ADDRESS')]);
  });

  test('is no complaint when that is what this node left behind when it died, which renews nothing', async () => {
    expect(await look(twin, twin, twin)).toEqual([]);
  });
});
