import { bookProblems } from './book-invariants.ts';
import type { Account, Balance } from './ledger.ts';
import { lockedFor } from './live-order.ts';
import type { Market } from './market.ts';
import { ASSET_TOTAL_MAX } from './types.ts';
import type { Venue } from './venue.ts';

/** Every broken promise, as a sentence; empty when all hold. Looks at everything, so it is for tests, start-up and chaos runs. */
export function problemsOf(venue: Venue): string[] {
  return [...balanceProblems(venue), ...[...venue.markets.values()].flatMap((market) => bookProblems(venue, market)), ...orderProblems(venue)];
}

/** Nothing negative; per asset all balances add up to credits minus debits; what is locked is what open orders hold, to the last unit. */
function balanceProblems({ ledger, orders }: Venue): string[] {
  const found: string[] = [];
  const held = new Map<Balance, bigint>();
  for (const order of orders.values()) {
    const balance = order.buying ? order.seat.quote : order.seat.base;
    held.set(balance, (held.get(balance) ?? 0n) + lockedFor(order));
  }
  const sums = new Map<string, bigint>();
  for (const balance of ledger.allBalances()) {
    const { userId, asset, available, locked } = balance;
    if (available < 0n || locked < 0n) found.push(`user ${userId} has a negative ${asset} balance: available ${available}, locked ${locked}`);
    if (locked !== (held.get(balance) ?? 0n)) found.push(`user ${userId} has ${locked} ${asset} locked, open orders hold ${held.get(balance) ?? 0n}`);
    sums.set(asset, (sums.get(asset) ?? 0n) + available + locked);
  }
  for (const [asset, sum] of sums) {
    if (sum !== ledger.total(asset)) found.push(`${asset}: balances add up to ${sum}, credits minus debits are ${ledger.total(asset)}`);
    if (sum > ASSET_TOTAL_MAX) found.push(`${asset}: ${sum} in all is above the maximum`);
  }
  return found;
}

function orderProblems({ orders, expiries, lastOrderId, lastPriority }: Venue): string[] {
  const found = expiries.problems();
  const perMarket = new Map<Market, number>();
  const perAccount = new Map<Account, number>();
  const priorities = new Set<number>();
  let expiring = 0;
  for (const order of orders.values()) {
    const { market, account } = order.seat;
    perMarket.set(market, (perMarket.get(market) ?? 0) + 1);
    perAccount.set(account, (perAccount.get(account) ?? 0) + 1);
    if (order.expiresAt !== null) expiring += 1;
    if (order.id > lastOrderId) found.push(`order ${order.id} is above the last id ${lastOrderId}`);
    if (order.priority > lastPriority || priorities.has(order.priority)) found.push(`order ${order.id} has a priority of its own no more: ${order.priority}`);
    if (order.status !== (order.openLots === order.lots ? 'PENDING' : 'PARTIAL') || !order.isOpen) found.push(`order ${order.id} is ${order.status} and still open`);
    priorities.add(order.priority);
  }
  for (const [market, count] of perMarket) {
    if (count !== market.book.slots.size) found.push(`${market.symbol}: ${count} open orders, ${market.book.slots.size} in the book`);
  }
  for (const [account, count] of perAccount) {
    if (count !== account.openOrders) found.push(`user ${account.userId} has ${count} open orders, counted are ${account.openOrders}`);
  }
  if (expiring !== expiries.size) found.push(`${expiring} orders expire, ${expiries.size} are waited for`);
  return found;
}
