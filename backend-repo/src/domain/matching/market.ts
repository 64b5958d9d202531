import { UNITS_PER_ONE, type Units } from '../money.ts';
import type { Account, Balance, Ledger } from './ledger.ts';
import type { LiveOrder } from './live-order.ts';
import { OrderBook } from './order-book.ts';
import { ANY_PRICE } from './order-codes.ts';
import { steps } from './reach.ts';
import type { HaltReason, MarketProgress, MarketRules, MarketState, MarketStatus } from './types.ts';

/** What a user has to do with one market: the two balances, and how much the open BUY orders there would bring. */
export interface Seat {
  readonly account: Account;
  readonly market: Market;
  /** The owner's number in the market's book. */
  readonly owner: number;
  readonly base: Balance;
  readonly quote: Balance;
  /** Open lots of the user's BUY orders. */
  buyingLots: number;
}

/** One market inside the engine: its rules, also as numbers, its book, and how it goes. Prices are in ticks, 0 for none. */
export class Market {
  readonly symbol: string;
  readonly book = new OrderBook();
  readonly rules: MarketRules;
  readonly tick: Units;
  readonly lot: Units;
  /** What one lot costs at one tick, in quote units. Whole, by the rule about tick × lot. */
  readonly stepNotional: Units;
  /** The house's balances, which receive the fees. */
  readonly houseBase: Balance;
  readonly houseQuote: Balance;
  /** The open order in each of the book's slots. */
  readonly orderAt: LiveOrder[] = [];
  /** Open lots of each side, sleeping and hidden ones included. */
  buyingLots = 0;
  sellingLots = 0;
  status: MarketStatus;
  haltReason: HaltReason | null;
  haltedAt: number | null;
  sequence: number;
  lastTicks: number;
  breakerTicks: number;
  breakerSince: number | null;
  /** The current command has changed its book. */
  bookChanged = false;
  private bandFor = -1;
  private bandBuying = 0;
  private bandSelling = 0;
  private owners = 0;

  constructor(state: MarketState, ledger: Ledger, house: Account) {
    const { haltReason, haltedAt, sequence, lastPrice, breakerPrice, breakerSince, ...rules } = state;
    this.symbol = rules.symbol;
    this.rules = rules;
    this.tick = rules.tick;
    this.lot = rules.lot;
    this.stepNotional = (rules.tick * rules.lot) / UNITS_PER_ONE;
    this.houseBase = ledger.balance(house, rules.baseAsset);
    this.houseQuote = ledger.balance(house, rules.quoteAsset);
    this.status = rules.status;
    this.haltReason = haltReason;
    this.haltedAt = haltedAt;
    this.sequence = sequence;
    this.lastTicks = this.ticksOf(lastPrice);
    this.breakerTicks = this.ticksOf(breakerPrice);
    this.breakerSince = breakerSince;
  }

  get lastPrice(): Units | null {
    return this.priceOf(this.lastTicks);
  }

  get progress(): MarketProgress {
    const { symbol, status, haltReason, haltedAt, sequence, lastPrice, breakerTicks, breakerSince } = this;
    return { symbol, status, haltReason, haltedAt, sequence, lastPrice, breakerPrice: this.priceOf(breakerTicks), breakerSince };
  }

  ticksOf(price: Units | null): number {
    return price === null ? 0 : Number(price / this.tick);
  }

  /** `null` for 0. */
  priceOf(ticks: number): Units | null {
    return ticks === 0 ? null : BigInt(ticks) * this.tick;
  }

  lotsOf(quantity: Units): number {
    return Number(quantity / this.lot);
  }

  /** price × quantity in quote units: exact, never rounded. */
  notionalOf(ticks: number, lots: number): Units {
    return steps(ticks, lots) * this.stepNotional;
  }

  /** What these lots hold: quote at this price for a BUY, base for a SELL. */
  holdOf(buying: boolean, ticks: number, lots: number): Units {
    return buying ? this.notionalOf(ticks, lots) : BigInt(lots) * this.lot;
  }

  /** The user's seat here; made when there is none. */
  seat(account: Account, ledger: Ledger): Seat {
    const known = account.seats.get(this);
    if (known !== undefined) return known;
    const { baseAsset, quoteAsset } = this.rules;
    const seat = { account, market: this, owner: this.owners, base: ledger.balance(account, baseAsset), quote: ledger.balance(account, quoteAsset), buyingLots: 0 };
    this.owners += 1;
    account.seats.set(this, seat);
    return seat;
  }

  /** The furthest price at which an order may take now, in ticks; any price when there is no band, or nothing to measure it from. */
  bandLimit(buying: boolean): number {
    const from = this.bandReference(buying);
    if (this.rules.bandRate === null || from === 0) return buying ? ANY_PRICE.buying : ANY_PRICE.selling;
    if (this.bandFor !== from) {
      this.bandFor = from;
      this.bandBuying = ticksAway(from, this.rules.bandRate, true);
      this.bandSelling = ticksAway(from, -this.rules.bandRate, false);
    }
    return buying ? this.bandBuying : this.bandSelling;
  }

  /**
   * The last price, once there was a trade since the market was opened. Before it the best price of those who wait on the other side: a price that somebody drove away with
   * a few small trades, until the breaker halted the market, would keep everybody else out of it for good.
   */
  private bandReference(buying: boolean): number {
    const isFirstSinceOpening = this.rules.breakerRate !== null && this.breakerSince === null;
    return isFirstSinceOpening && this.lastTicks !== 0 ? (this.book.bestTicks(!buying) ?? 0) : this.lastTicks;
  }

  /** Where a woken STOP stops trading, in ticks: past its stop price by the protection rate, within the market's prices. */
  protectionTicks(buying: boolean, stopTicks: number): number {
    const { stopProtectionRate, minPrice, maxPrice } = this.rules;
    const ticks = ticksAway(stopTicks, buying ? stopProtectionRate : -stopProtectionRate, buying);
    return Math.min(Math.max(ticks, this.ticksOf(minPrice)), this.ticksOf(maxPrice));
  }
}

/** ticks × (1 + rate), rounded down or up, never below 0. */
function ticksAway(ticks: number, rate: bigint, down: boolean): number {
  const exact = BigInt(ticks) * (UNITS_PER_ONE + rate);
  if (exact <= 0n) return 0;
  return Number(down ? exact / UNITS_PER_ONE : (exact + UNITS_PER_ONE - 1n) / UNITS_PER_ONE);
}
