import type { LiveOrder } from './live-order.ts';

/** Open orders with an end of their own, the next one first: a heap in which each order knows its place, so that one can leave from the middle. */
export class ExpiryQueue {
  private readonly orders: LiveOrder[] = [];

  get first(): LiveOrder | null {
    return this.orders[0] ?? null;
  }

  add(order: LiveOrder): void {
    this.orders.push(order);
    this.rise(order, this.orders.length - 1);
  }

  remove(order: LiveOrder): void {
    const rank = order.expiryRank;
    order.expiryRank = -1;
    const last = this.orders.pop()!;
    if (last === order) return;
    this.rise(last, rank);
    this.sink(last, last.expiryRank);
  }

  /** Every broken promise of the heap, as a sentence. */
  problems(): string[] {
    return this.orders.flatMap((order, rank) => {
      const parent = this.orders[(rank - 1) >> 1]!;
      if (order.expiryRank !== rank) return [`order ${order.id} does not know its place among the orders that expire`];
      return rank > 0 && isBefore(order, parent) ? [`order ${order.id} expires before ${parent.id} but stands behind it`] : [];
    });
  }

  get size(): number {
    return this.orders.length;
  }

  private rise(order: LiveOrder, from: number): void {
    let rank = from;
    while (rank > 0) {
      const parent = this.orders[(rank - 1) >> 1]!;
      if (!isBefore(order, parent)) break;
      this.put(parent, rank);
      rank = (rank - 1) >> 1;
    }
    this.put(order, rank);
  }

  private sink(order: LiveOrder, from: number): void {
    let rank = from;
    for (;;) {
      let child = 2 * rank + 1;
      if (child >= this.orders.length) break;
      if (child + 1 < this.orders.length && isBefore(this.orders[child + 1]!, this.orders[child]!)) child += 1;
      if (!isBefore(this.orders[child]!, order)) break;
      this.put(this.orders[child]!, rank);
      rank = child;
    }
    this.put(order, rank);
  }

  private put(order: LiveOrder, rank: number): void {
    this.orders[rank] = order;
    order.expiryRank = rank;
  }
}

function isBefore(one: LiveOrder, other: LiveOrder): boolean {
  const [mine, theirs] = [one.expiresAt!, other.expiresAt!];
  return mine < theirs || (mine === theirs && one.id < other.id);
}
