import type { FeeRate } from '../fee.ts';
import type { Units } from '../money.ts';
import type { Market, Seat } from './market.ts';
import {
  ASSET_TOTAL_MAX,
  type BalanceChange,
  type BalanceState,
  EXTERNAL_ACCOUNT,
  type JournalRow,
  MAKER_RATE_DEFAULT,
  TAKER_RATE_DEFAULT,
  type TradeId,
  type UserId,
} from './types.ts';

/** One user's balance in one asset. Only the ledger writes to it. */
export interface Balance {
  readonly userId: UserId;
  readonly asset: string;
  available: Units;
  locked: Units;
  /** Where it stood when the batch began; valid while `inBatch`. */
  availableBefore: Units;
  lockedBefore: Units;
  inBatch: boolean;
  inCommand: boolean;
}

export interface Account {
  readonly userId: UserId;
  makerRate: FeeRate;
  takerRate: FeeRate;
  readonly balances: Map<string, Balance>;
  readonly seats: Map<Market, Seat>;
  /** Orders of this user that rest or sleep, on all markets. */
  openOrders: number;
}

/** Why an amount moved: what the journal row says beside the accounts. */
export interface Posting {
  readonly cause: JournalRow['cause'];
  readonly tradeId: TradeId | null;
  readonly reference: string | null;
  readonly time: number;
}

/**
 * All balances of the venue. Money only moves through `post` (between two users), `credit` and `debit` (from and to the outside); each of them
 * writes one journal row. `hold` and `release` move a user's money between available and locked and are not postings. None of them checks:
 * the engine has decided before it calls; `checkInvariants` finds a negative balance.
 */
export class Ledger {
  /** Balances that the current command touched, in the order of the first touch. */
  readonly touched: Balance[] = [];
  private readonly accounts = new Map<UserId, Account>();
  /** Per asset, what all users together have: credits minus debits. */
  private readonly totals = new Map<string, Units>();
  private changed: Balance[] = [];
  private journal: JournalRow[] = [];

  account(userId: UserId): Account {
    let account = this.accounts.get(userId);
    if (account === undefined) {
      account = { userId, makerRate: MAKER_RATE_DEFAULT, takerRate: TAKER_RATE_DEFAULT, balances: new Map(), seats: new Map(), openOrders: 0 };
      this.accounts.set(userId, account);
    }
    return account;
  }

  /** `null` for a user whom nobody has heard of. */
  knownAccount(userId: UserId): Account | null {
    return this.accounts.get(userId) ?? null;
  }

  /** The balance, made at zero when there is none. */
  balance(account: Account, asset: string): Balance {
    let balance = account.balances.get(asset);
    if (balance === undefined) {
      balance = { userId: account.userId, asset, available: 0n, locked: 0n, availableBefore: 0n, lockedBefore: 0n, inBatch: false, inCommand: false };
      account.balances.set(asset, balance);
    }
    return balance;
  }

  /** What is available, without making an account or a balance for it. */
  available(userId: UserId, asset: string): Units {
    return this.accounts.get(userId)?.balances.get(asset)?.available ?? 0n;
  }

  total(asset: string): Units {
    return this.totals.get(asset) ?? 0n;
  }

  /** How much more of an asset the venue can take in. */
  room(asset: string): Units {
    return ASSET_TOTAL_MAX - this.total(asset);
  }

  post(from: Balance, to: Balance, amount: Units, posting: Posting): void {
    if (amount === 0n || from === to) return;
    this.touch(from);
    this.touch(to);
    from.available -= amount;
    to.available += amount;
    this.record(from.asset, amount, from.userId, to.userId, posting);
  }

  credit(to: Balance, amount: Units, posting: Posting): void {
    this.touch(to);
    to.available += amount;
    this.totals.set(to.asset, this.total(to.asset) + amount);
    this.record(to.asset, amount, EXTERNAL_ACCOUNT, to.userId, posting);
  }

  debit(from: Balance, amount: Units, posting: Posting): void {
    this.touch(from);
    from.available -= amount;
    this.totals.set(from.asset, this.total(from.asset) - amount);
    this.record(from.asset, amount, from.userId, EXTERNAL_ACCOUNT, posting);
  }

  hold(balance: Balance, amount: Units): void {
    this.touch(balance);
    balance.available -= amount;
    balance.locked += amount;
  }

  release(balance: Balance, amount: Units): void {
    this.touch(balance);
    balance.locked -= amount;
    balance.available += amount;
  }

  /** Puts a stored balance in place. Only for a ledger that is being restored. */
  restore(row: BalanceState): void {
    const balance = this.balance(this.account(row.userId), row.asset);
    balance.available = row.available;
    balance.locked = row.locked;
    this.totals.set(row.asset, this.total(row.asset) + row.available + row.locked);
  }

  endCommand(): void {
    for (const balance of this.touched) balance.inCommand = false;
    this.touched.length = 0;
  }

  /** The net changes and journal rows since the last call. */
  takeChanges(): { balances: BalanceChange[]; journal: JournalRow[] } {
    const balances: BalanceChange[] = [];
    for (const balance of this.changed) {
      balance.inBatch = false;
      const { userId, asset, available, locked } = balance;
      const availableDelta = available - balance.availableBefore;
      const lockedDelta = locked - balance.lockedBefore;
      if (availableDelta !== 0n || lockedDelta !== 0n) balances.push({ userId, asset, availableDelta, lockedDelta, available, locked });
    }
    balances.sort(byUserThenAsset);
    const journal = this.journal;
    this.changed = [];
    this.journal = [];
    return { balances, journal };
  }

  /** All accounts, by user. */
  allAccounts(): Account[] {
    return [...this.accounts.values()].sort((a, b) => a.userId - b.userId);
  }

  /** All balances, by user, then asset. */
  allBalances(): Balance[] {
    return [...this.accounts.values()].flatMap((account) => [...account.balances.values()]).sort(byUserThenAsset);
  }

  /** One user's balances, by asset. */
  balancesOf(userId: UserId): Balance[] {
    return [...(this.accounts.get(userId)?.balances.values() ?? [])].sort(byUserThenAsset);
  }

  assets(): string[] {
    return [...this.totals.keys()].sort();
  }

  private touch(balance: Balance): void {
    if (!balance.inBatch) {
      balance.inBatch = true;
      balance.availableBefore = balance.available;
      balance.lockedBefore = balance.locked;
      this.changed.push(balance);
    }
    if (!balance.inCommand) {
      balance.inCommand = true;
      this.touched.push(balance);
    }
  }

  private record(asset: string, amount: Units, debit: UserId, credit: UserId, { cause, tradeId, reference, time }: Posting): void {
    this.journal.push({ asset, amount, debit, credit, cause, tradeId, reference, time });
  }
}

function byUserThenAsset(a: { userId: UserId; asset: string }, b: { userId: UserId; asset: string }): number {
  if (a.userId !== b.userId) return a.userId - b.userId;
  return a.asset < b.asset ? -1 : a.asset > b.asset ? 1 : 0;
}
