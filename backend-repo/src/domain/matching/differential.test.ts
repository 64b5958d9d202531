import { expect, test } from '@jest/globals';
import { MatchingEngine } from './matching-engine.ts';
import { type ReferenceAnswer, ReferenceVenue } from './reference-venue.ts';
import type { Outcome, UserId } from './types.ts';
import { randomCommand } from './random-commands-for-tests.ts';
import { asText, BTCUSDT, emptyState, ETHBTC, ETHUSDT, HOUSE, numbersFrom } from './venue-for-tests.ts';

const SEEDS = 50;
const COMMANDS_PER_SEED = 2_000;
const COMPARE_STATE_EVERY = 50;
const MARKETS = [BTCUSDT, ETHUSDT, ETHBTC];

function inReferenceWords({ refusal, order, events }: Outcome): ReferenceAnswer {
  if (refusal !== null) return { refusal: refusal.code, status: null, reason: null, filled: 0n, trades: [] };
  const trades = events.flatMap((event) => {
    if (event.type !== 'trade') return [];
    const { takerSide, buyerOrderId, sellerOrderId, quantity, price, notional, buyerFee, sellerFee } = event.trade;
    const [taker, maker] = takerSide === 'BUY' ? [buyerOrderId, sellerOrderId] : [sellerOrderId, buyerOrderId];
    return [`${taker} takes ${quantity} of ${maker} at ${price} for ${notional}, fees ${buyerFee} ${sellerFee}`];
  });
  return { refusal: null, status: order?.status ?? null, reason: order?.reason ?? null, filled: order?.filledQuantity ?? 0n, trades };
}

function engineStateText(engine: MatchingEngine): string {
  const books = MARKETS.map(({ symbol }) => {
    const depth = engine.depth(symbol, 1_000);
    return [depth?.bids, depth?.asks];
  });
  const balances = [HOUSE, 2, 3, 4, 5, 6].flatMap((userId) =>
    ['BTC', 'ETH', 'USDT'].map((asset) => {
      const row = engine.balancesOf(userId).find((balance) => balance.asset === asset);
      return [row?.available ?? 0n, row?.locked ?? 0n];
    }),
  );
  return asText({ books, balances });
}

function referenceStateText(reference: ReferenceVenue): string {
  const books = MARKETS.map(({ symbol }) => [reference.depth(symbol, 'BUY'), reference.depth(symbol, 'SELL')]);
  const balances = [HOUSE, 2, 3, 4, 5, 6].flatMap((userId) => ['BTC', 'ETH', 'USDT'].map((asset) => [reference.available(userId, asset), reference.locked(userId, asset)]));
  return asText({ books, balances });
}

test(`the engine answers ${SEEDS} random streams of ${COMMANDS_PER_SEED} commands as the naive reference venue does`, () => {
  const seen = new Map<string, number>();
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const engine = MatchingEngine.restore(emptyState());
    const reference = new ReferenceVenue(HOUSE, MARKETS);
    const next = numbersFrom(seed);
    const owners: UserId[] = [];
    for (let time = 1; time <= COMMANDS_PER_SEED; time += 1) {
      const command = randomCommand(next, time, owners);
      const answer = engine.apply(command);
      if (command.kind === 'place' && answer.order !== null) owners.push(command.userId);
      const outcome = inReferenceWords(answer);
      const expected = reference.apply(command);
      if (asText(outcome) !== asText(expected)) throw new Error(`seed ${seed}, command ${time} ${asText(command)}: engine ${asText(outcome)}, reference ${asText(expected)}`);
      const kind = outcome.refusal ?? outcome.reason ?? outcome.status ?? command.kind;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
      if (time % COMPARE_STATE_EVERY === 0 && engineStateText(engine) !== referenceStateText(reference)) throw new Error(`seed ${seed}: balances or books differ after command ${time}`);
    }
    expect(engine.checkInvariants()).toEqual([]);
  }
  // The streams are only worth something if they visit every outcome often.
  const visited = ['FILLED', 'PARTIAL', 'PENDING', 'USER_REQUEST', 'NO_LIQUIDITY', 'SELF_TRADE', 'INSUFFICIENT_BALANCE', 'ORDER_NOT_OPEN', 'MARKET_HALTED', 'PRICE_NOT_ON_TICK'];
  for (const kind of visited) expect([kind, (seen.get(kind) ?? 0) >= 50]).toEqual([kind, true]);
});
