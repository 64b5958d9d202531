import { setImmediate as breath } from 'node:timers/promises';
import { averagePrice } from '../../domain/average-price.ts';
import { marketRulesProblem } from '../../domain/matching/market-rules.ts';
import { MatchingEngine } from '../../domain/matching/matching-engine.ts';
import type { BatchChanges, MarketRules, MarketState, OrderBookDepth, OrderId, OrderState, Outcome } from '../../domain/matching/types.ts';
import { StateDigest } from '../../domain/state-digest.ts';
import { keyOf, tokenOf, type CommandKey, type PlaceOrder, type VenueAnswer, type VenueCommand } from '../../domain/venue-command.ts';
import type { NewOrderKey, TokenReport, VenueBatch } from './engine-batch.repository.ts';
import type { Known, KnownKey, StoredVenue } from './engine.repository.ts';

/** More than are placed in the time a look into the database takes; what is older is found there. */
const RECENT_KEYS_MAX = 100_000;

/** Orders and trades: about a quarter of a second of Postgres's time. One command goes beyond it by what it may do at most. */
const BATCH_CHANGES_MAX = 2_000;

/** What an engine says of itself: its broken promises as sentences, and the hash of its state. */
export interface VenueAudit {
  readonly problems: readonly string[];
  readonly stateHash: string;
}

/**
 * The venue in memory: the matching engine, and beside it what the database needs to know of a batch. When a batch does not reach the
 * database this object is worth nothing any more: it is thrown away, and a new one is made from the rows.
 */
export class VenueMemory {
  #engine: MatchingEngine;
  readonly #digest: StateDigest;
  /** Trade tokens of open orders. */
  readonly #tokens: Map<OrderId, string>;
  readonly #recentKeys = new Map<string, KnownKey>();
  /** Why each token was rejected lately, which the database may not show yet. */
  readonly #recentRejections = new Map<string, string>();
  #newMarkets: MarketRules[] = [];
  #keys: NewOrderKey[] = [];
  #reports = new Map<string, TokenReport>();

  private constructor(engine: MatchingEngine, digest: StateDigest, tokens: ReadonlyMap<OrderId, string>) {
    this.#engine = engine;
    this.#digest = digest;
    this.#tokens = new Map(tokens);
  }

  /** @throws Error when the rows are not what the last batch left behind, or contradict each other: then nothing may trade */
  static async restore({ state, digest: stored, tokens }: StoredVenue): Promise<VenueMemory> {
    // Each step over a large venue takes seconds: the node answers, and renews its lease, in between.
    await breath();
    const digest = new StateDigest(state);
    await breath();
    if (stored !== null && stored !== digest.value) {
      throw new Error(`the stored venue is not what its last batch left behind: digest ${digest.value} instead of ${stored}. Compare trading.* with a backup before anybody trades.`);
    }
    return new VenueMemory(MatchingEngine.restore(state), digest, tokens);
  }

  /**
   * @param known what the database says of the command's key and token
   * @param time milliseconds since 1970
   */
  carryOut(command: VenueCommand, known: Known, time: number): VenueAnswer {
    const key = keyOf(command);
    const earlier = key && (this.#recentKeys.get(placeOf(key)) ?? known.key);
    if (key && earlier) return this.#answerAgain(command, key, earlier, time);
    const jti = tokenOf(command);
    const refusal = jti === null ? null : (this.#recentRejections.get(jti) ?? known.rejection);
    if (jti !== null && refusal !== null) return { kind: 'token-rejected', jti, refusal };
    if (command.kind === 'create-market') return this.#createMarket(command.rules);
    const outcome = this.#engine.apply({ ...command, time });
    if (command.kind === 'place') this.#notePlaced(command, outcome, time);
    if (outcome.refusal) return { kind: 'refused', refusal: outcome.refusal };
    if (key) this.#remember(key, outcome.order?.id ?? 0);
    return { kind: 'done', order: outcome.order, ended: outcome.ended };
  }

  /** When the next order with an end of its own is due, in milliseconds since 1970; `null` when there is none. */
  get nextExpiry(): number | null {
    return this.#engine.nextExpiry();
  }

  /** Orders are due to end, or stops to wake, before anything else may happen. */
  isUnsettled(time: number): boolean {
    return this.#engine.restless || this.#isDue(time);
  }

  /**
   * Ends and wakes what is due, as far as the batch has room. Before anything else of the same moment, so that nothing trades past its end and nobody
   * comes before a stop whose price has been reached.
   * @returns nothing is left to do
   */
  settle(time: number): boolean {
    while (this.isUnsettled(time)) {
      if (this.isFull) return false;
      this.#engine.apply({ kind: this.#isDue(time) ? 'expire' : 'wake', time });
    }
    return true;
  }

  /** No further command belongs into this batch. */
  get isFull(): boolean {
    return this.#engine.changes >= BATCH_CHANGES_MAX;
  }

  /** Nothing was changed since the last batch. */
  get isClean(): boolean {
    return this.#engine.changes === 0;
  }

  #isDue(time: number): boolean {
    const due = this.#engine.nextExpiry();
    return due !== null && due <= time;
  }

  /** Is this key known without asking the database? */
  knows(key: CommandKey): boolean {
    return this.#recentKeys.has(placeOf(key));
  }

  /** What the commands since the last call changed; `null` when there is nothing to write. */
  takeBatch(): VenueBatch | null {
    const changes = this.#engine.takeChanges();
    const [newMarkets, keys] = [this.#newMarkets, this.#keys];
    const newTokens = new Map(changes.newOrders.flatMap(({ id }) => (this.#tokens.has(id) ? [[id, this.#tokens.get(id)!] as const] : [])));
    for (const order of [...changes.newOrders, ...changes.updatedOrders]) this.#noteProgress(order);
    const reports = [...this.#reports.values()];
    this.#newMarkets = [];
    this.#keys = [];
    this.#reports = new Map();
    if (nothingIn(changes) && newMarkets.length === 0 && reports.length === 0) return null;
    this.#digest.apply(changes);
    return { ...changes, newMarkets, keys, reports, tokenOf: (id) => newTokens.get(id) ?? null, digest: this.#digest.value };
  }

  /** Shows what is not committed yet: ask between batches. */
  depth(symbol: string, levels: number): OrderBookDepth | null {
    return this.#engine.depth(symbol, levels);
  }

  /** Shows what is not committed yet, and looks at everything: ask between batches, and not while anybody waits. */
  audit(): VenueAudit {
    return { problems: this.#engine.checkInvariants(), stateHash: this.#engine.stateHash() };
  }

  #answerAgain(command: VenueCommand, key: CommandKey, earlier: KnownKey, time: number): VenueAnswer {
    const same = key.fingerprint === earlier.fingerprint;
    // The token of a repeated order was spent for nothing: its operator must not wait for an execution.
    if (command.kind === 'place') this.#reportRefused(command, same ? 'ORDER_REPEATED' : 'CLIENT_ORDER_ID_REUSED', time);
    return same ? { kind: 'repeated', orderId: earlier.orderId } : { kind: 'key-reused' };
  }

  #createMarket(rules: MarketRules): VenueAnswer {
    const problem = marketRulesProblem(rules);
    if (problem !== null) throw new Error(`market ${rules.symbol}: ${problem}`);
    if (this.#engine.depth(rules.symbol, 0)) return { kind: 'repeated', orderId: 0 };
    const state = this.#engine.snapshot();
    const market: MarketState = { ...rules, haltReason: null, haltedAt: null, sequence: 0, lastPrice: null, breakerPrice: null, breakerSince: null };
    this.#engine = MatchingEngine.restore({ ...state, markets: [...state.markets, market] });
    this.#digest.addMarket(market);
    this.#newMarkets.push(rules);
    return { kind: 'done', order: null, ended: [] };
  }

  #notePlaced(command: PlaceOrder, { order, refusal }: Outcome, time: number): void {
    if (refusal) return this.#reportRefused(command, refusal.code, time);
    const { userId, clientOrderId, fingerprint, tradeTokenJti } = command;
    const orderId = order!.id;
    if (clientOrderId !== null) this.#keys.push({ userId, clientOrderId, orderId, fingerprint, time });
    if (tradeTokenJti !== null) this.#tokens.set(orderId, tradeTokenJti);
  }

  #reportRefused({ tradeTokenJti, userId }: PlaceOrder, refusal: string, time: number): void {
    if (tradeTokenJti === null) return;
    putRecent(this.#recentRejections, tradeTokenJti, refusal);
    this.#reports.set(tradeTokenJti, { jti: tradeTokenJti, userId, orderId: null, refusal, status: 'rejected', quantity: 0n, price: null, time });
  }

  #noteProgress(order: OrderState): void {
    const jti = this.#tokens.get(order.id);
    if (jti === undefined) return;
    this.#reports.set(jti, reportOf(order, jti));
    if (order.status === 'FILLED' || order.status === 'CANCELLED') this.#tokens.delete(order.id);
  }

  #remember(key: CommandKey, orderId: OrderId): void {
    putRecent(this.#recentKeys, placeOf(key), { fingerprint: key.fingerprint, orderId });
  }
}

function putRecent<Value>(recent: Map<string, Value>, name: string, value: Value): void {
  if (recent.size >= RECENT_KEYS_MAX) recent.delete(recent.keys().next().value!);
  recent.set(name, value);
}

const placeOf = ({ kind, scope, name }: CommandKey): string => `${kind} ${scope} ${name}`;

/** Totals so far, as the operator of the widget wants them (contract.md, Trade tokens). */
function reportOf(order: OrderState, jti: string): TokenReport {
  const { filledQuantity: quantity, userId, id: orderId, updatedAt: time } = order;
  return { jti, userId, orderId, refusal: null, status: statusOf(order), quantity, price: averagePrice(order), time };
}

function statusOf({ status, reason, filledQuantity }: OrderState): TokenReport['status'] {
  if (status === 'FILLED') return 'executed';
  if (filledQuantity > 0n) return 'partially_executed';
  if (status === 'CANCELLED') return reason === 'USER_REQUEST' || reason === 'EXPIRED' ? 'expired' : 'rejected';
  return null;
}

function nothingIn({ newOrders, updatedOrders, trades, balances, journal, markets, feeRates }: BatchChanges): boolean {
  return [newOrders, updatedOrders, trades, balances, journal, markets, feeRates].every(({ length }) => length === 0);
}
