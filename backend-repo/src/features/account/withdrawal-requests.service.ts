import type { Actor, AuditEntry } from '../../domain/audit-entry.ts';
import { amountFrom, formatAmount, type Units } from '../../domain/money.ts';
import { tokenHash } from '../../domain/session-secrets.ts';
import { AppError, ERROR_CODES, type ErrorCode } from '../../errors.ts';
import type { TransfersQuery, WithdrawalRequest } from './account.schema.ts';
import type { OwnWithdrawalsRepository } from './own-withdrawals.repository.ts';
import { FINISH_AT_ONCE_MAX, fingerprintOf, HOUR_MS, pageOf, readAmount, requireSame, settleEach, withdrawalView, type TransferBasics } from './transfers.service.ts';
import type { WithdrawalCaller, WithdrawalGates } from './withdrawal-gates.service.ts';
import type { StoredRefusal, WithdrawalRow, WithdrawalsRepository } from './withdrawals.repository.ts';

interface OwnTables {
  readonly withdrawals: OwnWithdrawalsRepository;
  readonly audit: (entry: AuditEntry) => Promise<void>;
}

interface Tables {
  readonly withdrawals: WithdrawalsRepository;
  readonly audit: (entry: AuditEntry) => Promise<void>;
}

export interface WithdrawalRequestsDeps extends TransferBasics {
  readonly asUser: <T>(userId: number, work: (tables: OwnTables) => Promise<T>) => Promise<T>;
  readonly transaction: <T>(work: (tables: Tables) => Promise<T>) => Promise<T>;
  readonly gates: Pick<WithdrawalGates, 'pass'>;
  /** Takes the money, or gives it back, where that is still to be done. */
  readonly settle: (id: string) => Promise<WithdrawalRow>;
  /** The same, and the job does it where it cannot be done now. */
  readonly settleSoon: (row: WithdrawalRow) => Promise<WithdrawalRow>;
  /** In what the limit is counted. */
  readonly countedIn: string;
  /** What a user may ask for within 24 hours. */
  readonly dailyLimitOf: (userId: number) => Units;
}

export interface OwnWithdrawalPage {
  readonly withdrawals: readonly object[];
  readonly next_cursor: string | null;
}

export const CONFIRM_MINUTES = 30;
const DAY_MS = 24 * HOUR_MS;
/** What its owner may take back: nobody has decided to send it. */
const BEFORE_APPROVAL: readonly string[] = ['requested', 'mail_confirmed'];
const NOBODY: Actor = { kind: 'system', id: 'withdrawals' };

/** What somebody does about their own withdrawal: ask for it, confirm it by mail, or take it back. */
export class WithdrawalRequestsService {
  readonly #deps: WithdrawalRequestsDeps;

  constructor(deps: WithdrawalRequestsDeps) {
    this.#deps = deps;
  }

  /**
   * Asks for a withdrawal, once per key: the row is there first, then the engine takes the money, then the row says so and the mail goes out. Whatever step
   * is lost, the same call or the job goes on where it stopped. The same key answers the same, and passes no gate again.
   * @throws AppError VALIDATION_ERROR, UNKNOWN_ASSET, IDEMPOTENCY_KEY_REUSED, what WithdrawalGates.pass throws, WITHDRAWAL_LIMIT_EXCEEDED, INSUFFICIENT_BALANCE, TRANSFER_OUTCOME_UNKNOWN
   */
  async request(caller: WithdrawalCaller, request: WithdrawalRequest, key: string): Promise<object> {
    const amount = await readAmount(this.#deps, request.asset, request.amount);
    const fingerprint = fingerprintOf(request.asset, amount, request.address);
    const known = await this.#deps.asUser(caller.userId, ({ withdrawals }) => withdrawals.findByKey(caller.userId, key));
    if (!known) await this.#deps.gates.pass(caller, request.totp);
    const claimed = known ?? (await this.#claim(caller, { ...request, amount, key, fingerprint }));
    requireSame(claimed, fingerprint);
    const row = claimed.funds === 'to_take' ? await this.#settleInTime(claimed.id) : claimed;
    if (row.refusal) throw refusalOf(row.refusal);
    return withdrawalView(row);
  }

  async list(userId: number, query: TransfersQuery): Promise<OwnWithdrawalPage> {
    const { rows, next } = pageOf(await this.#deps.asUser(userId, ({ withdrawals }) => withdrawals.list(userId, { ...query, limit: query.limit + 1 })), query.limit);
    return { withdrawals: rows.map(withdrawalView), next_cursor: next?.id ?? null };
  }

  /** By the link of the mail, once. Whoever reads the mailbox is taken for its owner. @throws AppError LINK_INVALID */
  async confirm(token: string, caller: Pick<WithdrawalCaller, 'ip' | 'requestId'>): Promise<object> {
    return this.#deps.transaction(async ({ withdrawals, audit }) => {
      const row = await withdrawals.confirm(tokenHash(token), this.#deps.now());
      if (!row) throw new AppError('LINK_INVALID', { message: 'This link has expired, or was used before. Look at your withdrawals.' });
      const actor = actorOf({ ...caller, userId: row.user_id });
      await audit({ actor, action: 'withdrawal.mail_confirmed', subject: { kind: 'withdrawal', id: row.id }, before: { status: 'requested' }, after: { status: row.status } });
      return withdrawalView(row);
    });
  }

  /**
   * Its owner takes it back, until somebody has approved it. The same again changes nothing.
   * @throws AppError WITHDRAWAL_NOT_FOUND, for somebody else's as well; WRONG_STATE, TRANSFER_OUTCOME_UNKNOWN
   */
  async cancel(caller: WithdrawalCaller, id: string): Promise<object> {
    const own = await this.#deps.asUser(caller.userId, ({ withdrawals }) => withdrawals.find(id));
    if (!own) throw new AppError('WITHDRAWAL_NOT_FOUND');
    // Whether its money was taken must be known before it is given back.
    if (own.funds === 'to_take') await this.#settleInTime(id);
    const row = await this.#deps.transaction(async ({ withdrawals, audit }): Promise<WithdrawalRow> => {
      const found = (await withdrawals.lock(id))!;
      if (found.status === 'cancelled') return found;
      if (!BEFORE_APPROVAL.includes(found.status) || found.funds !== 'taken') throw new AppError('WRONG_STATE', { details: { status: found.status } });
      const change = { status: 'cancelled', funds: 'to_return', reason: null } as const;
      await withdrawals.record(id, change, this.#deps.now());
      await audit({ actor: actorOf(caller), action: 'withdrawal.cancelled', subject: { kind: 'withdrawal', id }, before: { status: found.status }, after: { status: 'cancelled' } });
      return { ...found, ...change };
    });
    return withdrawalView(row.funds === 'to_return' ? await this.#deps.settleSoon(row) : row);
  }

  /** What nobody confirmed in time comes to nothing, and its money back. */
  async expire(): Promise<void> {
    const now = this.#deps.now();
    const ids = await this.#deps.transaction(async ({ withdrawals, audit }) => {
      const rejected = await withdrawals.rejectUnconfirmed('NOT_CONFIRMED', now, now - CONFIRM_MINUTES * 60_000, FINISH_AT_ONCE_MAX);
      for (const id of rejected) await audit({ actor: NOBODY, action: 'withdrawal.rejected', subject: { kind: 'withdrawal', id }, reason: 'NOT_CONFIRMED', before: { status: 'requested' }, after: { status: 'rejected' } });
      return rejected;
    });
    await settleEach(ids, (id) => this.#deps.settle(id));
  }

  /** One at a time for each user, over all nodes: two at once cannot both find room in the limit. */
  async #claim(caller: WithdrawalCaller, { asset, amount, address, key, fingerprint }: Omit<WithdrawalRequest, 'totp'> & { key: string; fingerprint: string }): Promise<WithdrawalRow> {
    const { userId } = caller;
    return this.#deps.asUser(userId, async ({ withdrawals, audit }) => {
      await withdrawals.holdUser(userId);
      const known = await withdrawals.findByKey(userId, key);
      if (known) return known;
      const at = this.#deps.now();
      const worthUsdt = await withdrawals.worthOf(asset, amount, this.#deps.countedIn);
      if (worthUsdt !== null) this.#requireRoom(userId, amountFrom(worthUsdt), amountFrom(await withdrawals.askedSince(userId, at - DAY_MS)));
      const id = this.#deps.newId(at);
      await withdrawals.insert({ id, userId, asset, amount, address, key, fingerprint, at, worthUsdt });
      await audit({ actor: actorOf(caller), action: 'withdrawal.requested', subject: { kind: 'withdrawal', id }, after: { asset, amount, worth_usdt: worthUsdt } });
      return (await withdrawals.findByKey(userId, key))!;
    });
  }

  /** What has no price cannot be counted: it takes two approvers (decision 0025). @throws AppError WITHDRAWAL_LIMIT_EXCEEDED */
  #requireRoom(userId: number, worth: Units, asked: Units): void {
    const limit = this.#deps.dailyLimitOf(userId);
    if (asked + worth <= limit) return;
    const left = asked < limit ? limit - asked : 0n;
    const details = { asset: this.#deps.countedIn, limit: formatAmount(limit), asked: formatAmount(asked), worth: formatAmount(worth), left: formatAmount(left) };
    throw new AppError('WITHDRAWAL_LIMIT_EXCEEDED', { fields: { amount: `It may be worth at most ${details.left} ${details.asset} now.` }, details });
  }

  async #settleInTime(id: string): Promise<WithdrawalRow> {
    try {
      return await this.#deps.settle(id);
    } catch (cause) {
      throw new AppError('TRANSFER_OUTCOME_UNKNOWN', { cause, retryAfter: 1 });
    }
  }
}

const actorOf = ({ userId, ip, requestId }: Pick<WithdrawalCaller, 'userId' | 'ip' | 'requestId'>): Actor => ({ kind: 'user', id: String(userId), ip, requestId });

function refusalOf({ code, details }: StoredRefusal): AppError {
  const known = (code in ERROR_CODES ? code : 'INTERNAL_ERROR') as ErrorCode;
  return new AppError(known, { ...(details && { details }), ...(known === 'INSUFFICIENT_BALANCE' && { message: 'Insufficient balance for this withdrawal' }) });
}
