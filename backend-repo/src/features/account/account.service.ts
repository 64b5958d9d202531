import { amountFrom, decimalsOf, formatAmount } from '../../domain/money.ts';
import type { TradingTier } from '../../domain/trading-tiers.ts';
import type { VenueCommand } from '../../domain/venue-command.ts';
import { AppError } from '../../errors.ts';
import type { BalanceRow, BalancesRepository, WidgetUsersRepository } from './account.repository.ts';
import type { OwnTradesQuery } from './account.schema.ts';
import { placeOf, type OwnTradeRow, type OwnTradesRepository } from './own-trades.repository.ts';
import { ratesView } from './tiers.service.ts';
import { pageOf, unknownAsset } from './transfers.service.ts';

export interface OwnTables {
  readonly balances: BalancesRepository;
  readonly trades: OwnTradesRepository;
}

export interface AccountDeps {
  readonly carryOut: (command: VenueCommand) => Promise<{ readonly kind: 'done' | 'repeated' }>;
  readonly asUser: <T>(userId: number, work: (tables: OwnTables) => Promise<T>) => Promise<T>;
  /** By which tier a user is charged now. */
  readonly tierOf: (userId: number) => Promise<TradingTier>;
  /** @throws AppError UNKNOWN_SYMBOL */
  readonly requireMarket: (symbol: string) => Promise<unknown>;
  readonly now: () => number;
  readonly widgetUsers: WidgetUsersRepository;
  readonly exchangeId: string;
  readonly exchangeUserIdOf: (userId: number) => string;
  /** Signs a user into the widget, as every partner's backend does. */
  readonly signUserToken: (exchangeUserId: string) => string;
  /** A session here that can only place orders with a trade token. */
  readonly venueToken: (userId: number, sessionId: string | null) => string;
}

export interface WidgetSessionStart {
  readonly exchangeId: string;
  readonly exchangeUserId: string;
  readonly userToken: string;
  readonly venueToken: string;
}

const DAY_MS = 86_400_000;
const FEES_DAYS = 30;
const FEES_DAYS_MAX = 366;

/** A trader's own account at the venue. */
export class AccountService {
  readonly #deps: AccountDeps;

  constructor(deps: AccountDeps) {
    this.#deps = deps;
  }

  async balances(userId: number): Promise<BalanceRow[]> {
    return (await this.#deps.asUser(userId, ({ balances }) => balances.list())).map(balanceView);
  }

  /** Nothing of an asset that is traded here is a balance of zero. @throws AppError UNKNOWN_ASSET */
  async balance(userId: number, asset: string): Promise<BalanceRow> {
    const row = await this.#deps.asUser(userId, async ({ balances }) => {
      const found = await balances.find(asset);
      if (!found && !(await balances.isAsset(asset))) throw unknownAsset();
      return found;
    });
    return balanceView(row ?? { asset, available: '0', locked: '0' });
  }

  /** A page of the user's own trades, newest first. */
  async trades(userId: number, query: OwnTradesQuery): Promise<{ trades: object[]; next_cursor: number | null }> {
    const found = await this.#deps.asUser(userId, ({ trades }) => trades.list(userId, { ...query, limit: query.limit + 1 }));
    const { rows, next } = pageOf(found, query.limit);
    return { trades: rows.map(tradeView), next_cursor: next && placeOf(next) };
  }

  /** As `trades`, of one market. @throws AppError UNKNOWN_SYMBOL */
  async tradesOfMarket(userId: number, symbol: string, query: OwnTradesQuery): Promise<{ trades: object[]; next_cursor: number | null }> {
    await this.#deps.requireMarket(symbol);
    return this.trades(userId, { ...query, symbol });
  }

  /**
   * What trading costs the user now, and what it cost in a span of time: the last 30 days when not said otherwise.
   * @throws AppError VALIDATION_ERROR
   */
  async fees(userId: number, span: { from?: string; to?: string }): Promise<object> {
    const to = span.to === undefined ? this.#deps.now() : Date.parse(span.to);
    const from = span.from === undefined ? to - FEES_DAYS * DAY_MS : Date.parse(span.from);
    if (!(from < to)) throw new AppError('VALIDATION_ERROR', { fields: { to: 'Must be after from.' } });
    if (to - from > FEES_DAYS_MAX * DAY_MS) throw new AppError('VALIDATION_ERROR', { fields: { to: `May be at most ${FEES_DAYS_MAX} days after from.` } });
    const paid = await this.#deps.asUser(userId, ({ trades }) => trades.feesPaid(userId, from, to));
    return {
      ...ratesView(await this.#deps.tierOf(userId)),
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      paid: paid.map(({ asset, amount, trades }) => ({ asset, amount: formatAmount(amountFrom(amount)), trades })),
    };
  }

  /**
   * Money arrives from outside, once per reference however often it is asked.
   * @param amount a decimal
   * @returns false when it had arrived before
   * @throws AppError VALIDATION_ERROR, IDEMPOTENCY_KEY_REUSED when the reference was another deposit's, ENGINE_UNAVAILABLE, ORDER_OUTCOME_UNKNOWN
   */
  async fund(userId: number, asset: string, amount: string, reference: string): Promise<boolean> {
    const answer = await this.#deps.carryOut({ kind: 'credit', userId, asset, amount: amountFrom(amount), cause: 'DEPOSIT', reference });
    return answer.kind === 'done';
  }

  /** What our own page needs to start the widget. The name in it says nothing of the person and stays the same. */
  async widgetSession(userId: number, sessionId: string | null): Promise<WidgetSessionStart> {
    const { exchangeId } = this.#deps;
    const exchangeUserId = this.#deps.exchangeUserIdOf(userId);
    await this.#deps.widgetUsers.add(exchangeUserId, userId);
    return { exchangeId, exchangeUserId, userToken: this.#deps.signUserToken(exchangeUserId), venueToken: this.#deps.venueToken(userId, sessionId) };
  }
}

function balanceView({ asset, available, locked }: BalanceRow): BalanceRow {
  return { asset, available: formatAmount(amountFrom(available)), locked: formatAmount(amountFrom(locked)) };
}

function tradeView({ id, order_id, symbol, side, role, tick, price, quantity, notional, fee, fee_asset, executed_at }: OwnTradeRow): object {
  const amount = (text: string): string => formatAmount(amountFrom(text));
  return {
    id, order_id, symbol, side, role,
    price: formatAmount(amountFrom(price), decimalsOf(amountFrom(tick))),
    quantity: amount(quantity),
    notional: amount(notional),
    fee: amount(fee),
    fee_asset,
    executed_at: executed_at.toISOString(),
  };
}
