import { median } from '../bench/measure.ts';
import { amountFrom } from '../src/domain/money.ts';

/** An order as a node showed it. Amounts are decimals. */
export interface OrderView {
  readonly id: number;
  readonly symbol: string;
  readonly side: 'BUY' | 'SELL';
  readonly type: string;
  readonly quantity: string;
  readonly price: string | null;
  readonly stop_price: string | null;
  readonly filled_quantity: string;
  readonly status: 'PENDING' | 'PARTIAL' | 'FILLED' | 'CANCELLED';
}

type Terms = Pick<OrderView, 'quantity' | 'price' | 'stop_price'>;

/** All that callers were told of one order. */
export interface Claim {
  readonly userId: number;
  readonly clientOrderId: string;
  id: number | null;
  /** The most that was acknowledged as filled, and the most that was read. */
  filled: string;
  filledRead: string;
  ended: OrderView['status'] | null;
  endedRead: OrderView['status'] | null;
  /** A cancel or a cancel-all said that it is open no longer. */
  notOpen: boolean;
  /** As last acknowledged. */
  terms: Terms | null;
  /** An attempt to change it got no answer, so it may still arrive, whatever is asked and answered meanwhile. */
  changesInDoubt: boolean;
  refusedAfterSilence: boolean;
}

/** What staff and traders were told of a deposit or a withdrawal. */
export interface TransferClaim {
  readonly kind: 'deposit' | 'withdrawal';
  readonly id: string;
  decided: 'confirm' | 'approve' | 'reject' | null;
}

const more = (one: string, other: string): string => (amountFrom(other) > amountFrom(one) ? other : one);
/** Announcing a deposit, and what staff decides, may succeed while no node runs the engine. */
const BY_THE_ENGINE: ReadonlySet<string> = new Set(['place', 'amend', 'cancel', 'cancel all', 'withdraw']);
const hasEnded = ({ status }: OrderView): boolean => status === 'FILLED' || status === 'CANCELLED';

/** What the backends said, and what contradicts itself in it. */
export class OrderTestimony {
  readonly claims = new Map<string, Claim>();
  readonly #byId = new Map<number, Claim>();
  readonly transfers = new Map<string, TransferClaim>();
  readonly #transferOfKey = new Map<string, string>();
  /** Commands that were answered with a success. */
  acknowledged = 0;
  /** One name, two orders or two transfers. */
  duplicated = 0;
  /** Asked again under a name that was answered before, or after a lost answer, and told of the first order. */
  toldOfTheFirst = 0;
  unanswered = 0;
  readonly perNode: number[] = [0, 0];
  readonly perCommand = new Map<string, number>();
  readonly refusals = new Map<string, number>();
  #outage: { readonly kind: string; readonly since: number } | null = null;
  readonly outages = new Map<string, number[]>();

  sent(userId: number, clientOrderId: string): Claim {
    const claim: Claim = {
      userId, clientOrderId, id: null, filled: '0', filledRead: '0', ended: null, endedRead: null, notOpen: false, terms: null, changesInDoubt: false, refusedAfterSilence: false,
    };
    this.claims.set(clientOrderId, claim);
    return claim;
  }

  /** @param askedAt milliseconds by `performance.now()` */
  succeeded(command: string, node: number, askedAt: number): void {
    this.acknowledged += 1;
    this.perNode[node]! += 1;
    this.perCommand.set(command, (this.perCommand.get(command) ?? 0) + 1);
    if (this.#outage && askedAt >= this.#outage.since && BY_THE_ENGINE.has(command)) {
      this.outages.set(this.#outage.kind, [...(this.outages.get(this.#outage.kind) ?? []), performance.now() - this.#outage.since]);
      this.#outage = null;
    }
  }

  /** From here on the engine is away, until it carries out a command that is sent later. */
  interrupted(kind: string): void {
    this.#outage = { kind, since: performance.now() };
  }

  get isInterrupted(): boolean {
    return this.#outage !== null;
  }

  /** From a kill to the first success of what was sent after it, by who was killed. */
  outageSummary(): Record<string, { times: number; median: number; max: number }> {
    const summary = (times: readonly number[]): { times: number; median: number; max: number } => ({ times: times.length, median: Math.round(median(times)), max: Math.round(Math.max(...times)) });
    return Object.fromEntries([...this.outages].sort().map(([kind, times]) => [kind, summary(times)]));
  }

  placed(claim: Claim, order: OrderView): void {
    if (claim.id !== null && claim.id !== order.id) this.duplicated += 1;
    if (claim.id !== null) this.toldOfTheFirst += 1;
    claim.id ??= order.id;
    this.#byId.set(order.id, claim);
    this.acknowledge(order);
  }

  acknowledge(order: OrderView): void {
    const claim = this.#byId.get(order.id);
    if (!claim) return;
    claim.filled = more(claim.filled, order.filled_quantity);
    claim.terms = order;
    if (hasEnded(order)) claim.ended = order.status;
  }

  wasRead(order: OrderView): void {
    const claim = this.#byId.get(order.id);
    if (!claim) return;
    claim.filledRead = more(claim.filledRead, order.filled_quantity);
    if (hasEnded(order)) claim.endedRead = order.status;
  }

  changeInDoubt(id: number): void {
    this.#byId.get(id)!.changesInDoubt = true;
  }

  isNotOpen(id: number): void {
    this.#byId.get(id)!.notOpen = true;
  }

  transfer(kind: TransferClaim['kind'], key: string, id: string): TransferClaim {
    const before = this.#transferOfKey.get(key);
    if (before !== undefined && before !== id) this.duplicated += 1;
    this.#transferOfKey.set(key, id);
    const claim = this.transfers.get(id) ?? { kind, id, decided: null };
    this.transfers.set(id, claim);
    return claim;
  }

  refused(command: string, status: number, code: string): void {
    const name = `${command} ${status === 0 ? 'no answer' : `${status} ${code}`}`;
    this.refusals.set(name, (this.refusals.get(name) ?? 0) + 1);
  }
}
