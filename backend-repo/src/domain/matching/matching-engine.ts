import type { Units } from '../money.ts';
import { credit, debit, setFeeRates } from './account-commands.ts';
import { amend } from './amending.ts';
import { cancel, cancelAll, expire } from './ending.ts';
import { fillVenue, hashOf, stateOf } from './engine-state.ts';
import { problemsOf } from './invariants.ts';
import { type LiveOrder, orderState } from './live-order.ts';
import { place } from './placing.ts';
import { followUp, setStatus } from './sending.ts';
import type { Command, ReopenMarketCommand, SetFeeRatesCommand, SetMarketStatusCommand } from './commands.ts';
import type { BalanceState, BatchChanges, EngineState, OrderBookDepth, OrderId, OrderState, Outcome, Refusal, UserId } from './types.ts';
import { Venue } from './venue.ts';

const NOTHING_ENDED: readonly OrderState[] = [];

/**
 * The whole venue in memory: all markets, all balances they settle in (design 5.9). Commands in, events out, the same every time: no clock, no
 * random numbers. Order and trade ids are counters of the state; only an accepted order and a trade use one.
 *
 * How to run it: `restore` from rows → `apply` some commands, keeping each outcome → `takeChanges`, write them in one statement → hand the
 * outcomes out. While it is `restless`, and while `nextExpiry` has come, apply `wake` and `expire` first. When the commit fails or nobody knows, throw the engine away and restore a new one from the rows. Also throw it away when
 * `apply` throws: a refusal is a result, so an exception is a bug. `depth`, `snapshot`, `openOrder` and `balancesOf` show commands that
 * are not committed yet: call them between batches.
 */
export class MatchingEngine {
  private readonly venue: Venue;

  private constructor(venue: Venue) {
    this.venue = venue;
  }

  /**
   * An engine from its rows. Throws with a sentence when they contradict each other (a locked balance that is not the sum of what its orders
   * hold, a crossed book, a market whose rules do not hold): then nothing may trade until somebody has looked.
   */
  static restore(state: EngineState): MatchingEngine {
    const venue = new Venue(state);
    fillVenue(venue, state);
    const problems = problemsOf(venue);
    if (problems.length > 0) throw new Error(`the stored state contradicts itself: ${problems.slice(0, 5).join('; ')}`);
    return new MatchingEngine(venue);
  }

  /** Carries out one command, or refuses it and changes nothing. */
  apply(command: Command): Outcome {
    const { venue } = this;
    if (venue.restless !== null && command.kind !== 'wake' && command.kind !== 'expire') throw new Error(`stops of ${venue.restless.symbol} are due: wake them before ${command.kind}`);
    venue.beginCommand();
    const { events } = venue;
    const answer = this.carryOut(command);
    if (answer !== null && 'code' in answer) {
      const userId = 'userId' in command ? command.userId : null;
      events.push({ type: 'refused', command: command.kind, userId, refusal: answer, time: command.time });
      return { refusal: answer, order: null, ended: NOTHING_ENDED, events };
    }
    venue.endCommand();
    if (answer === null) return { refusal: null, order: null, ended: NOTHING_ENDED, events };
    if (Array.isArray(answer)) return { refusal: null, order: null, ended: answer.map(orderState), events };
    return { refusal: null, order: orderState(answer), ended: NOTHING_ENDED, events };
  }

  /** Stops are due that the last command left asleep: a `wake` is to be applied, before anything but an `expire`. */
  get restless(): boolean {
    return this.venue.restless !== null;
  }

  /** Orders and trades that were made or changed since the last `takeChanges`. */
  get changes(): number {
    return this.venue.batch.size;
  }

  /** The net changes of all commands since the last call; the next batch begins. */
  takeChanges(): BatchChanges {
    return this.venue.batch.takeChanges(this.venue.ledger, this.venue);
  }

  /** When the next GTD order is due: an `expire` command is to be applied at this time, before any other. `null`: there is none. */
  nextExpiry(): number | null {
    return this.venue.expiries.first?.expiresAt ?? null;
  }

  /** The state as rows; `restore` of it gives an engine that answers every further command alike. */
  snapshot(): EngineState {
    return stateOf(this.venue);
  }

  /** SHA-256 over the canonical state, in hex. Equal states have equal hashes, however they came about. Linear in balances and open orders. */
  stateHash(): string {
    return hashOf(stateOf(this.venue));
  }

  /** The best price levels of a market, or `null` when there is no such market. */
  depth(symbol: string, levels: number): OrderBookDepth | null {
    const market = this.venue.markets.get(symbol);
    if (market === undefined) return null;
    const side = (bid: boolean): [Units, Units][] => market.book.depth(bid, levels).map(([ticks, lots]) => [BigInt(ticks) * market.tick, BigInt(lots) * market.lot]);
    return { symbol, sequence: market.sequence, bids: side(true), asks: side(false) };
  }

  /** An order that is open (PENDING or PARTIAL), else `null`. */
  openOrder(id: OrderId): OrderState | null {
    const order = this.venue.orders.get(id);
    return order === undefined ? null : orderState(order);
  }

  /** A user's balances, by asset. */
  balancesOf(userId: UserId): BalanceState[] {
    return this.venue.ledger.balancesOf(userId).map(({ asset, available, locked }) => ({ userId, asset, available, locked }));
  }

  /** Every broken promise as a sentence: conservation, holds, negative balances, crossed books, queues, stops, slots. Empty when all is well. Slow. */
  checkInvariants(): string[] {
    return problemsOf(this.venue);
  }

  /** The order the command was about, the orders that it ended, or `null` where it was about none. */
  private carryOut(command: Command): LiveOrder | LiveOrder[] | Refusal | null {
    switch (command.kind) {
      case 'place':
        return place(this.venue, command);
      case 'cancel':
        return cancel(this.venue, command);
      case 'amend':
        return amend(this.venue, command);
      case 'cancel-all':
        return cancelAll(this.venue, command);
      case 'expire':
        return expire(this.venue, command);
      case 'wake':
        if (this.venue.restless !== null) followUp(this.venue, this.venue.restless, command.time);
        return null;
      case 'credit':
        return credit(this.venue.ledger, command);
      case 'debit':
        return debit(this.venue.ledger, command);
      case 'set-fee-rates':
        return this.setFeeRates(command);
      case 'set-market-status':
        return this.setMarketStatus(command);
      case 'reopen-market':
        return this.reopenMarket(command);
    }
  }

  private setFeeRates(command: SetFeeRatesCommand): Refusal | null {
    const account = setFeeRates(this.venue.ledger, command);
    if ('code' in account) return account;
    this.venue.batch.ratesChanged(account);
    return null;
  }

  private setMarketStatus({ symbol, status, time }: SetMarketStatusCommand): Refusal | null {
    const market = this.venue.markets.get(symbol);
    if (market === undefined) return { code: 'UNKNOWN_SYMBOL', field: 'symbol', symbol };
    setStatus(this.venue, market, status, 'STAFF', time);
    followUp(this.venue, market, time);
    return null;
  }

  private reopenMarket({ symbol, haltedAt, time }: ReopenMarketCommand): Refusal | null {
    const market = this.venue.markets.get(symbol);
    if (market === undefined) return { code: 'UNKNOWN_SYMBOL', field: 'symbol', symbol };
    if (market.haltReason !== 'CIRCUIT_BREAKER' || market.haltedAt !== haltedAt) return { code: 'HALT_OVER', field: 'symbol', symbol };
    setStatus(this.venue, market, 'open', 'CIRCUIT_BREAKER', time);
    followUp(this.venue, market, time);
    return null;
  }
}
