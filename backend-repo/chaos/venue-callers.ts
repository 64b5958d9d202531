import { setTimeout as pause } from 'node:timers/promises';
import type { App } from '../src/app.ts';
import { isDatabaseAway } from '../src/db/pg-error.ts';
import { formatAmount, type Units } from '../src/domain/money.ts';
import { randomCommand } from '../src/domain/matching/random-commands-for-tests.ts';
import type { AmendCommand, CancelCommand, PlaceCommand } from '../src/domain/matching/commands.ts';
import { BTCUSDT, ETHBTC, ETHUSDT, numbersFrom } from '../src/domain/matching/venue-for-tests.ts';
import type { TradeRequest } from '../src/domain/trade-token.ts';
import type { FeeTier } from '../src/domain/trading-tiers.ts';
import { AppError, type ErrorCode } from '../src/errors.ts';
import type { VenueOrder } from '../src/features/orders/orders.service.ts';

/** After these the same call again is safe and tells what became of the first: every call of ours that moves money has a name. */
const ASK_AGAIN: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['ENGINE_UNAVAILABLE', 'ORDER_OUTCOME_UNKNOWN', 'OVERLOADED', 'TRANSFER_OUTCOME_UNKNOWN', 'DATABASE_UNAVAILABLE']);
const ATTEMPTS_MAX = 50;
const ASK_AGAIN_MS = 200;
const OPEN_MAX = 10_000;
const DEPTH_TICKS = 200;
const TICKS: Readonly<Record<string, Units>> = Object.fromEntries([BTCUSDT, ETHUSDT, ETHBTC].map(({ symbol, tick }) => [symbol, tick]));
const STAFF = { kind: 'user', id: '9007199254740991' } as const;
/** The commands' moments are milliseconds, and orders of that stream end within 60 of them; here they live for up to 6 s. */
const LIFE_FACTOR = 100;

interface Pending {
  readonly userId: number;
  readonly id: string;
  readonly asset: string;
  readonly amount: Units;
  readonly status: string;
}

/**
 * Traders and staff of a venue who do whatever may be done, at random and many at once, through the services that the routes use: the random commands of the engine's
 * tests, each as its caller would say it. Keeps its own account of what came in and went out.
 */
export class VenueCallers {
  readonly #app: App;
  readonly #users: readonly number[];
  readonly #confirmByMail: (id: string) => Promise<unknown>;
  readonly #next: (below: number) => number;
  /** Who placed order 1, 2, 3, … */
  readonly #owners: number[] = [];
  /** Orders that were open when they were last heard of. */
  #open: number[] = [];
  #withdrawals: Pending[] = [];
  #named = 0;
  /** Deposits minus withdrawals that were acknowledged, by asset. */
  readonly inside = new Map<string, Units>();
  /** Fee tiers that somebody was given since the last look, by user. */
  readonly tiersGiven = new Map<number, FeeTier[]>();
  readonly refusals = new Map<string, number>();
  readonly failures: string[] = [];
  readonly done = new Map<string, number>();

  /** @param confirmByMail stands in for the mailbox: has the withdrawal confirmed */
  constructor(app: App, users: readonly number[], seed: number, confirmByMail: (id: string) => Promise<unknown>) {
    this.#app = app;
    this.#confirmByMail = confirmByMail;
    this.#users = users;
    this.#next = numbersFrom(seed);
  }

  /** So many commands at once. They are made up before the first is sent, so a seed repeats them as far as their answers are the same. */
  async wave(commands: number): Promise<void> {
    const calls = Array.from({ length: commands }, () => this.#makeUp());
    await Promise.all(calls.map((call) => call()));
  }

  #makeUp(): () => Promise<void> {
    const roll = this.#next(200);
    if (roll < 4 && this.#withdrawals.length > 0) return this.#decision(this.#withdrawals.splice(this.#next(this.#withdrawals.length), 1)[0]!);
    const command = randomCommand(this.#next, Date.now(), this.#owners);
    const userId = this.#users[this.#next(this.#users.length)]!;
    if (command.kind === 'place') return this.#placing(userId, command);
    if (command.kind === 'amend' || command.kind === 'cancel') return this.#change(command);
    if (command.kind === 'cancel-all') return this.#one('cancel-all', () => this.#app.trading!.orders.cancelAll(userId, command.symbol));
    if (command.kind === 'credit' || command.kind === 'debit') return this.#transfer(userId, command);
    if (command.kind === 'set-fee-rates') return this.#tier(userId);
    if (command.kind === 'set-market-status') {
      // Staff is asked for less often than the commands would have it: each time takes as long as ten orders.
      if (this.#next(3) > 0) return this.#makeUp();
      return this.#one('market status', () => this.#app.trading!.venueStaff.setMarketStatus(command.symbol, command.status, 'at random', STAFF));
    }
    // Orders end, and markets open, by themselves when their time comes; somebody looks at what is there instead.
    return this.#one('read', () => this.#app.trading!.orders.list(userId, { limit: 5 }, ['PENDING', 'PARTIAL']));
  }

  /** One of thirty that have a name is sent twice at once, as after an answer that was lost: it must be one order. */
  #placing(userId: number, command: PlaceCommand): () => Promise<void> {
    const name = command.clientOrderId === null ? {} : { clientOrderId: this.#name('order') };
    const order = { ...requestOf(this.#deeper(command)), ...name };
    const place = async (): Promise<number> => {
      const placed = await this.#app.trading!.orders.place({ userId, freely: true, signed: true }, order, { tokens: [], name: null }, async () => undefined);
      const id = placed['id'] as number;
      if (this.#owners[id - 1] !== undefined && command.clientOrderId === null) this.failures.push(`two orders have the id ${id}`);
      this.#owners[id - 1] = userId;
      this.#note(placed);
      return id;
    };
    if (command.clientOrderId === null || this.#next(30) > 0) return this.#one('place', place);
    return this.#one('place twice', async () => {
      const [one, other] = await Promise.allSettled([place(), place()]);
      if (one.status === 'fulfilled' && other.status === 'fulfilled' && one.value !== other.value) this.failures.push(`the same order was placed twice: ${one.value} and ${other.value}`);
      if (one.status === 'rejected') throw one.reason;
    });
  }

  /** The commands' prices are so close that most of them trade at once. Half of the plain orders wait further out, so that there is a book. */
  #deeper(command: PlaceCommand): PlaceCommand {
    const { type, side, price, symbol } = command;
    if ((type !== 'LIMIT' && type !== 'ICEBERG') || price === null || this.#next(2) === 0) return command;
    const away = BigInt(this.#next(DEPTH_TICKS)) * (TICKS[symbol] ?? 0n);
    return { ...command, price: side === 'BUY' ? price - away : price + away };
  }

  /** Mostly of an order that is open, so far as anybody knows; now and then of any order, by anybody. */
  #change(command: AmendCommand | CancelCommand): () => Promise<void> {
    const known = this.#open.length === 0 || this.#next(10) === 0 ? null : this.#open.splice(this.#next(this.#open.length), 1)[0]!;
    const [userId, orderId] = known === null ? [command.userId, command.orderId] : [this.#owners[known - 1]!, known];
    if (command.kind === 'cancel') return this.#one('cancel', () => this.#app.trading!.orders.cancel(userId, orderId));
    return this.#one('amend', async () => this.#note(await this.#app.trading!.orders.amend({ userId, freely: true, signed: true }, orderId, amendment(command))));
  }

  #note({ id, status }: VenueOrder): void {
    if ((status === 'PENDING' || status === 'PARTIAL') && this.#open.length < OPEN_MAX) this.#open.push(id as number);
  }

  /** As much goes out as comes in, so that traders run short now and then. */
  #transfer(userId: number, { asset, amount }: { readonly asset: string; readonly amount: Units }): () => Promise<void> {
    const kind = this.#next(8);
    if (kind < 4) return this.#withdrawal(userId, asset, amount);
    return kind < 6 ? this.#funding(userId, asset, amount) : this.#deposit(userId, asset, amount);
  }

  #funding(userId: number, asset: string, amount: Units): () => Promise<void> {
    const reference = this.#name('funding');
    return this.#one('fund', async () => {
      if (await this.#app.trading!.account.fund(userId, asset, formatAmount(amount), reference)) this.#count(asset, amount);
    });
  }

  #deposit(userId: number, asset: string, amount: Units): () => Promise<void> {
    const key = this.#name('deposit-key');
    return this.#one('deposit', async () => {
      const { id } = (await this.#app.trading!.deposits.announce(userId, { asset, amount: formatAmount(amount) }, key)) as { id: string };
      const { status } = (await this.#app.trading!.deposits.confirm(id, 'seen', STAFF)) as { status: string };
      if (status === 'completed') this.#count(asset, amount);
      else if (status !== 'failed') throw new AppError('TRANSFER_OUTCOME_UNKNOWN');
    });
  }

  #withdrawal(userId: number, asset: string, amount: Units): () => Promise<void> {
    const key = this.#name('withdrawal-key');
    return this.#one('withdrawal', async () => {
      const caller = { userId, sessionId: null, secondFactorAt: Date.now() };
      const { id, status } = (await this.#app.trading!.withdrawalRequests.request(caller, { asset, amount: formatAmount(amount), address: 'somewhere' }, key)) as { id: string; status: string };
      this.#count(asset, -amount);
      this.#withdrawals.push({ userId, id, asset, amount, status });
    });
  }

  /** Its owner confirms a withdrawal or takes it back; staff moves it on, or gives the money back. */
  #decision(withdrawal: Pending): () => Promise<void> {
    const { userId, id, asset, amount, status } = withdrawal;
    const back = this.#next(3) === 0;
    if (status === 'requested' && !back) {
      return this.#one('confirmation', async () => {
        await this.#confirmByMail(id);
        this.#withdrawals.push({ ...withdrawal, status: 'mail_confirmed' });
      });
    }
    if (status === 'requested') {
      return this.#one('taking back', async () => {
        await this.#app.trading!.withdrawalRequests.cancel({ userId, sessionId: null, secondFactorAt: null }, id);
        const { funds } = await this.#app.trading!.withdrawals.settle(id);
        if (funds !== 'returned') throw new AppError('TRANSFER_OUTCOME_UNKNOWN');
        this.#count(asset, amount);
      });
    }
    const decision = status === 'mail_confirmed' ? (back ? 'reject' : 'approve') : status === 'approved' ? (back ? 'fail' : 'send') : back ? 'fail' : 'complete';
    return this.#one('decision', async () => {
      const decided = (await this.#app.trading!.withdrawals.decide(id, decision, { reason: 'at random' }, STAFF)) as { status: string; funds: string };
      if (decided.funds === 'returned') this.#count(asset, amount);
      else if (decided.funds !== 'taken') throw new AppError('TRANSFER_OUTCOME_UNKNOWN');
      if (decided.status === 'approved' || decided.status === 'sent') this.#withdrawals.push({ ...withdrawal, status: decided.status });
    });
  }

  #tier(userId: number): () => Promise<void> {
    const tier = (1 + this.#next(5)) as FeeTier;
    const known = this.tiersGiven.get(userId) ?? [];
    this.tiersGiven.set(userId, [...known, tier]);
    return this.#one('fee tier', () => this.#app.trading!.tiers.pin(userId, tier, 'at random', STAFF));
  }

  /** A refusal is an answer; anything else that is thrown is a failure. */
  #one(kind: string, call: () => Promise<unknown>): () => Promise<void> {
    return async () => {
      this.done.set(kind, (this.done.get(kind) ?? 0) + 1);
      for (let attempt = 1; ; attempt += 1) {
        try {
          await call();
          return;
        } catch (error) {
          if (isUnknown(error) && attempt < ATTEMPTS_MAX) await pause(ASK_AGAIN_MS);
          else return this.#noteError(kind, error);
        }
      }
    };
  }

  #noteError(kind: string, error: unknown): void {
    if (!(error instanceof AppError) || error.code === 'INTERNAL_ERROR' || isUnknown(error)) this.failures.push(`${kind}: ${error instanceof Error ? error.stack : String(error)}`);
    else this.refusals.set(error.code, (this.refusals.get(error.code) ?? 0) + 1);
  }

  #count(asset: string, amount: Units): void {
    this.inside.set(asset, (this.inside.get(asset) ?? 0n) + amount);
  }

  #name(what: string): string {
    this.#named += 1;
    return `${what}-${String(this.#named).padStart(12, '0')}`;
  }
}

/** The services let through that the database cannot be asked now; a connection that is not free in time is that, too. */
const isUnknown = (error: unknown): boolean => isDatabaseAway(error) || (error instanceof AppError && ASK_AGAIN.has(error.code));

function requestOf({ symbol, side, type, time, quantity, quoteAmount, price, stopPrice, stopLimitPrice, displayQuantity, timeInForce, expiresAt, postOnly, selfTradePrevention }: PlaceCommand): TradeRequest {
  const amounts = written({ quantity, quoteAmount, price, stopPrice, stopLimitPrice, displayQuantity });
  const ends = expiresAt === null ? {} : { expiresAt: new Date(time + (expiresAt - time) * LIFE_FACTOR).toISOString() };
  return { symbol, side, type, ...amounts, ...(timeInForce !== 'GTC' && { timeInForce }), ...ends, ...(postOnly && { postOnly }), selfTradePrevention };
}

const amendment = ({ quantity, price, stopPrice, stopLimitPrice }: AmendCommand): Record<string, string> => written({ quantity, price, stopPrice, stopLimitPrice });

/** As decimals; what is `null` is left out. */
function written(amounts: Readonly<Record<string, Units | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(amounts).flatMap(([name, units]) => (units === null ? [] : [[name, formatAmount(units)]])));
}

