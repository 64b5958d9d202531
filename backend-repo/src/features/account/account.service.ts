import { amountFrom, formatAmount } from '../../domain/money.ts';
import type { VenueCommand } from '../../domain/venue-command.ts';
import type { BalanceRow, BalancesRepository, WidgetUsersRepository } from './account.repository.ts';

export interface AccountDeps {
  readonly carryOut: (command: VenueCommand) => Promise<{ readonly kind: 'done' | 'repeated' }>;
  readonly asUser: <T>(userId: number, work: (balances: BalancesRepository) => Promise<T>) => Promise<T>;
  readonly widgetUsers: WidgetUsersRepository;
  readonly exchangeId: string;
  readonly exchangeUserIdOf: (userId: number) => string;
  /** Signs a user into the widget, as every partner's backend does. */
  readonly signUserToken: (exchangeUserId: string) => string;
  /** A session here that can only place orders with a trade token. */
  readonly venueToken: (userId: number) => string;
}

export interface WidgetSessionStart {
  readonly exchangeId: string;
  readonly exchangeUserId: string;
  readonly userToken: string;
  readonly venueToken: string;
}

/** A trader's own account at the venue. */
export class AccountService {
  readonly #deps: AccountDeps;

  constructor(deps: AccountDeps) {
    this.#deps = deps;
  }

  async balances(userId: number): Promise<BalanceRow[]> {
    const rows = await this.#deps.asUser(userId, (balances) => balances.list());
    return rows.map(({ asset, available, locked }) => ({ asset, available: formatAmount(amountFrom(available)), locked: formatAmount(amountFrom(locked)) }));
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
  async widgetSession(userId: number): Promise<WidgetSessionStart> {
    const { exchangeId } = this.#deps;
    const exchangeUserId = this.#deps.exchangeUserIdOf(userId);
    await this.#deps.widgetUsers.add(exchangeUserId, userId);
    return { exchangeId, exchangeUserId, userToken: this.#deps.signUserToken(exchangeUserId), venueToken: this.#deps.venueToken(userId) };
  }
}
