/**
 * The venue written a second time for the differential test, with other means: one plain array of open orders that is sorted for each match,
 * exact fractions instead of steps, totals instead of holds (what is locked is added up from the open orders whenever somebody asks).
 * Slow, and meant to be obviously right. It imports nothing of the engine but types and the default rates.
 */
import { type Command, type CancelReason, MAKER_RATE_DEFAULT, type MarketState, type MarketStatus, type PlaceCommand, TAKER_RATE_DEFAULT } from './types.ts';

const ONE = 100_000_000n;

interface ReferenceOrder {
  id: number;
  userId: number;
  symbol: string;
  side: 'BUY' | 'SELL';
  price: bigint;
  open: bigint;
  filled: bigint;
}

/** What happened, in words that the test can also make from the engine's outcome. */
export interface ReferenceAnswer {
  refusal: string | null;
  status: string | null;
  reason: CancelReason | null;
  filled: bigint;
  trades: string[];
}

export class ReferenceVenue {
  private readonly house: number;
  private readonly markets: MarketState[];
  private readonly status = new Map<string, MarketStatus>();
  private readonly rates = new Map<number, { maker: bigint; taker: bigint }>();
  /** `user asset` → everything the user has of it, held or not. */
  private readonly totals = new Map<string, bigint>();
  private open: ReferenceOrder[] = [];
  lastOrderId = 0;

  constructor(house: number, markets: readonly MarketState[]) {
    this.house = house;
    this.markets = [...markets];
  }

  apply(command: Command): ReferenceAnswer {
    switch (command.kind) {
      case 'place':
        return this.place(command);
      case 'cancel': {
        const order = this.open.find(({ id, userId }) => id === command.orderId && userId === command.userId);
        if (!order) return refused('ORDER_NOT_OPEN');
        this.open = this.open.filter((other) => other !== order);
        return { refusal: null, status: 'CANCELLED', reason: 'USER_REQUEST', filled: order.filled, trades: [] };
      }
      case 'credit':
        if (command.amount <= 0n) return refused('AMOUNT_NOT_POSITIVE');
        this.add(command.userId, command.asset, command.amount);
        return done();
      case 'debit':
        if (command.amount <= 0n) return refused('AMOUNT_NOT_POSITIVE');
        if (this.available(command.userId, command.asset) < command.amount) return refused('INSUFFICIENT_BALANCE');
        this.add(command.userId, command.asset, -command.amount);
        return done();
      case 'set-fee-rates':
        this.rates.set(command.userId, { maker: command.makerRate, taker: command.takerRate });
        return done();
      case 'set-market-status':
        this.status.set(command.symbol, command.status);
        return done();
    }
  }

  locked(userId: number, asset: string): bigint {
    let sum = 0n;
    for (const order of this.open) {
      const { baseAsset, quoteAsset } = this.market(order.symbol);
      if (order.userId !== userId) continue;
      if (order.side === 'SELL' && baseAsset === asset) sum += order.open;
      if (order.side === 'BUY' && quoteAsset === asset) sum += (order.price * order.open) / ONE;
    }
    return sum;
  }

  available(userId: number, asset: string): bigint {
    return (this.totals.get(`${userId} ${asset}`) ?? 0n) - this.locked(userId, asset);
  }

  /** Price and quantity of each level, best first. */
  depth(symbol: string, side: 'BUY' | 'SELL'): [bigint, bigint][] {
    const levels: [bigint, bigint][] = [];
    for (const order of this.queue(symbol, side)) {
      const last = levels.at(-1);
      if (last && last[0] === order.price) last[1] += order.open;
      else levels.push([order.price, order.open]);
    }
    return levels;
  }

  private place(command: PlaceCommand): ReferenceAnswer {
    const { symbol, side, quantity, price, userId } = command;
    const market = this.market(symbol);
    const refusal = this.ruleBroken(market, command);
    if (refusal !== null) return refused(refusal);
    const plan = this.plan(command);
    if (price === null && this.queue(symbol, side === 'BUY' ? 'SELL' : 'BUY').length === 0) return refused('NO_LIQUIDITY');
    const best = this.queue(symbol, side === 'BUY' ? 'SELL' : 'BUY')[0];
    if (price === null && best && (best.price * quantity) / ONE < market.minNotional) return refused('NOTIONAL_TOO_SMALL');
    const cost = price === null ? plan.fills.reduce((sum, fill) => sum + (fill.maker.price * fill.quantity) / ONE, 0n) : (price * quantity) / ONE;
    const needed = side === 'BUY' ? cost : quantity;
    if (this.available(userId, side === 'BUY' ? market.quoteAsset : market.baseAsset) < needed) return refused('INSUFFICIENT_BALANCE');

    this.lastOrderId += 1;
    const id = this.lastOrderId;
    const trades = plan.fills.map((fill) => this.trade(command, id, fill.maker, fill.quantity));
    this.open = this.open.filter((order) => order.open > 0n);
    const filled = quantity - plan.left;
    if (plan.left === 0n) return { refusal: null, status: 'FILLED', reason: null, filled, trades };
    if (plan.metOwn) return { refusal: null, status: 'CANCELLED', reason: 'SELF_TRADE', filled, trades };
    if (price === null) return { refusal: null, status: 'CANCELLED', reason: 'NO_LIQUIDITY', filled, trades };
    this.open.push({ id, userId, symbol, side, price, open: plan.left, filled });
    return { refusal: null, status: filled === 0n ? 'PENDING' : 'PARTIAL', reason: null, filled, trades };
  }

  private ruleBroken(market: MarketState, { price, quantity }: PlaceCommand): string | null {
    if (this.status.get(market.symbol) === 'halted') return 'MARKET_HALTED';
    if (price !== null && price < market.minPrice) return 'PRICE_TOO_LOW';
    if (price !== null && price > market.maxPrice) return 'PRICE_TOO_HIGH';
    if (price !== null && price % market.tick !== 0n) return 'PRICE_NOT_ON_TICK';
    if (quantity < market.minQuantity) return 'QUANTITY_TOO_SMALL';
    if (quantity > market.maxQuantity) return 'QUANTITY_TOO_LARGE';
    if (quantity % market.lot !== 0n) return 'QUANTITY_NOT_ON_LOT';
    if (price !== null && price * quantity < market.minNotional * ONE) return 'NOTIONAL_TOO_SMALL';
    return null;
  }

  /** Whom the order would meet, without meeting them yet. */
  private plan({ symbol, side, price, quantity, userId }: PlaceCommand): { fills: { maker: ReferenceOrder; quantity: bigint }[]; left: bigint; metOwn: boolean } {
    const fills: { maker: ReferenceOrder; quantity: bigint }[] = [];
    let left = quantity;
    for (const maker of this.queue(symbol, side === 'BUY' ? 'SELL' : 'BUY')) {
      if (left === 0n) break;
      if (price !== null && (side === 'BUY' ? maker.price > price : maker.price < price)) break;
      if (maker.userId === userId) return { fills, left, metOwn: true };
      const taken = maker.open < left ? maker.open : left;
      fills.push({ maker, quantity: taken });
      left -= taken;
    }
    return { fills, left, metOwn: false };
  }

  private trade(taker: PlaceCommand, takerId: number, maker: ReferenceOrder, quantity: bigint): string {
    const { baseAsset, quoteAsset } = this.market(maker.symbol);
    maker.open -= quantity;
    maker.filled += quantity;
    const notional = (maker.price * quantity) / ONE;
    const [buyer, seller] = taker.side === 'BUY' ? [taker.userId, maker.userId] : [maker.userId, taker.userId];
    const rate = (userId: number): bigint => {
      const own = this.rates.get(userId) ?? { maker: MAKER_RATE_DEFAULT, taker: TAKER_RATE_DEFAULT };
      return userId === taker.userId ? own.taker : own.maker;
    };
    const buyerFee = upTo(quantity * rate(buyer));
    const sellerFee = upTo(notional * rate(seller));
    this.add(buyer, baseAsset, quantity - buyerFee);
    this.add(buyer, quoteAsset, -notional);
    this.add(seller, baseAsset, -quantity);
    this.add(seller, quoteAsset, notional - sellerFee);
    this.add(this.house, baseAsset, buyerFee);
    this.add(this.house, quoteAsset, sellerFee);
    return `${takerId} takes ${quantity} of ${maker.id} at ${maker.price} for ${notional}, fees ${buyerFee} ${sellerFee}`;
  }

  private queue(symbol: string, side: 'BUY' | 'SELL'): ReferenceOrder[] {
    const worse = (a: ReferenceOrder, b: ReferenceOrder): boolean => (side === 'BUY' ? a.price < b.price : a.price > b.price);
    return this.open
      .filter((order) => order.symbol === symbol && order.side === side)
      .sort((a, b) => (a.price === b.price ? a.id - b.id : worse(a, b) ? 1 : -1));
  }

  private market(symbol: string): MarketState {
    const market = this.markets.find((candidate) => candidate.symbol === symbol);
    if (!market) throw new Error(`no market ${symbol}`);
    return market;
  }

  private add(userId: number, asset: string, amount: bigint): void {
    const key = `${userId} ${asset}`;
    this.totals.set(key, (this.totals.get(key) ?? 0n) + amount);
  }
}

/** parts × 1e-8, rounded up. */
function upTo(product: bigint): bigint {
  return product % ONE === 0n ? product / ONE : product / ONE + 1n;
}

function refused(refusal: string): ReferenceAnswer {
  return { refusal, status: null, reason: null, filled: 0n, trades: [] };
}

function done(): ReferenceAnswer {
  return { refusal: null, status: null, reason: null, filled: 0n, trades: [] };
}
