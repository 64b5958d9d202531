import type { Actor, AuditEntry } from '../../domain/audit-entry.ts';
import { amountFrom } from '../../domain/money.ts';
import type { VenueCommand } from '../../domain/venue-command.ts';
import { AppError, ERROR_CODES, invalidField, type ErrorCode } from '../../errors.ts';
import type { TransfersQuery, WithdrawalRequest } from './account.schema.ts';
import { definiteRefusal, fingerprintOf, FINISH_AFTER_MS, FINISH_AT_ONCE_MAX, HOUR_MS, pageOf, readAmount, requireSame, settleEach, transferEvent, transferView, type TellBooks, type TransferBasics } from './transfers.service.ts';
import type { ColdAbove, StoredRefusal, WithdrawalChange, WithdrawalRow, WithdrawalsRepository, WithdrawalStatus } from './withdrawals.repository.ts';

export interface WithdrawalsDeps extends TransferBasics {
  readonly asUser: <T>(userId: number, work: (withdrawals: WithdrawalsRepository) => Promise<T>) => Promise<T>;
  readonly transaction: <T>(work: (tables: WithdrawalTables) => Promise<T>) => Promise<T>;
  readonly carryOut: (command: VenueCommand) => Promise<unknown>;
  readonly coldAbove: ColdAbove;
}

interface WithdrawalTables {
  readonly withdrawals: WithdrawalsRepository;
  readonly audit: (entry: AuditEntry) => Promise<void>;
  /** Tells whoever keeps the client's books. */
  readonly tell: TellBooks;
}

export interface WithdrawalPage {
  readonly withdrawals: readonly object[];
  readonly next_cursor: string | null;
}

export type Decision = 'approve' | 'reject' | 'send' | 'complete' | 'fail';

interface Step {
  readonly from: readonly WithdrawalStatus[];
  readonly to: WithdrawalStatus;
  readonly returns: boolean;
}

/** Why, and for one that is sent by hand what it was sent as. */
export interface DecisionWords {
  readonly reason: string;
  readonly reference?: string;
}

/** The life of a withdrawal, as staff moves it on. */
const STEPS: Readonly<Record<Decision, Step>> = {
  approve: { from: ['requested'], to: 'approved', returns: false },
  reject: { from: ['requested', 'approved'], to: 'rejected', returns: true },
  send: { from: ['approved'], to: 'sent', returns: false },
  complete: { from: ['sent'], to: 'completed', returns: false },
  fail: { from: ['approved', 'sent'], to: 'failed', returns: true },
};

/** Money leaves the balance when it is asked for, and comes back when staff rejects it or it cannot be sent. */
export class WithdrawalsService {
  readonly #deps: WithdrawalsDeps;

  constructor(deps: WithdrawalsDeps) {
    this.#deps = deps;
  }

  /**
   * Asks for a withdrawal, once per key: the row is there first, then the engine takes the money, then the row says so. Whatever step is lost, the
   * same call or the job goes on where it stopped.
   * @throws AppError VALIDATION_ERROR, UNKNOWN_ASSET, KYC_REQUIRED, IDEMPOTENCY_KEY_REUSED, INSUFFICIENT_BALANCE, TRANSFER_OUTCOME_UNKNOWN
   */
  async request(userId: number, { asset, amount, address }: WithdrawalRequest, key: string): Promise<object> {
    const canonical = await readAmount(this.#deps, asset, amount);
    const fingerprint = fingerprintOf(asset, canonical, address);
    const at = this.#deps.now();
    const claimed = await this.#deps.asUser(userId, async (withdrawals) => {
      // One that was asked for before stays what it is.
      if (!(await withdrawals.isApproved(userId)) && !(await withdrawals.isKnown(userId, key))) throw new AppError('KYC_REQUIRED');
      return withdrawals.claim({ id: this.#deps.newId(at), userId, asset, amount: canonical, address, key, fingerprint, at });
    });
    requireSame(claimed, fingerprint);
    const row = claimed.funds === 'to_take' ? await this.#settleInTime(claimed.id) : claimed;
    if (row.refusal) throw refusalOf(row.refusal);
    return withdrawalView(row);
  }

  async listOwn(userId: number, query: TransfersQuery): Promise<WithdrawalPage> {
    const { rows, next } = pageOf(await this.#deps.asUser(userId, (withdrawals) => withdrawals.list({ ...query, userId, limit: query.limit + 1 })), query.limit);
    return { withdrawals: rows.map(withdrawalView), next_cursor: next?.id ?? null };
  }

  async list(query: TransfersQuery): Promise<WithdrawalPage> {
    const { rows, next } = pageOf(await this.#deps.transaction(({ withdrawals }) => withdrawals.list({ ...query, limit: query.limit + 1 })), query.limit);
    return { withdrawals: await this.#staffViews(rows), next_cursor: next?.id ?? null };
  }

  /**
   * Staff moves a withdrawal on. The same decision again changes nothing.
   * @throws AppError WITHDRAWAL_NOT_FOUND, OWN_REQUEST, WRONG_STATE, VALIDATION_ERROR
   */
  async decide(id: string, decision: Decision, words: DecisionWords, actor: Actor): Promise<object> {
    const { from, to, returns } = STEPS[decision];
    const { reason, reference } = words;
    const row = await this.#deps.transaction(async (tables): Promise<WithdrawalRow> => {
      const { withdrawals, audit } = tables;
      const found = await withdrawals.lock(id);
      if (!found) throw new AppError('WITHDRAWAL_NOT_FOUND');
      if (actor.id === String(found.user_id)) throw new AppError('OWN_REQUEST');
      if (found.status === to && found.funds !== 'refused' && (reference === undefined || reference === found.reference)) return found;
      if (!from.includes(found.status) || found.funds !== 'taken' || found.custody_since !== null) throw new AppError('WRONG_STATE', { details: { status: found.status } });
      if (decision === 'approve') return this.#approve(tables, found, reason, actor);
      if (decision === 'send' && found.approvals_needed === 2 && reference === undefined) throw invalidField('reference', 'What it was sent as, such as a transaction hash.');
      const change = { status: to, funds: returns ? 'to_return' : 'taken', reason, ...(reference !== undefined && { reference }) } satisfies WithdrawalChange;
      await withdrawals.record(id, change, this.#deps.now());
      const after = { status: to, ...(reference !== undefined && { reference }) };
      await audit({ actor, action: `withdrawal.${to}`, subject: { kind: 'withdrawal', id }, reason, before: { status: found.status }, after });
      return { ...found, ...change };
    });
    const settled = row.funds === 'to_return' ? await this.#settleSoon(row) : row;
    return (await this.#staffViews([settled]))[0]!;
  }

  /**
   * Takes the money, or gives it back, where that is still to be done. Any number of times, on any node: the engine knows the reference, so it happens
   * once. Nothing is locked while the engine is asked; what the row says by then decides what the answer means.
   */
  async settle(id: string): Promise<WithdrawalRow> {
    const row = (await this.#deps.transaction(({ withdrawals }) => withdrawals.find(id)))!;
    if (row.funds === 'to_return') return this.#giveBack(row);
    if (row.funds !== 'to_take') return row;
    const refusal = await this.#take(row);
    const taken = await this.#recorded(id, (withdrawals, at) => (refusal === null ? withdrawals.recordTaken(id, at) : withdrawals.recordRefused(id, refusal, at)));
    return taken.funds === 'to_return' ? this.#giveBack(taken) : taken;
  }

  /** Finishes what a crash or an engine that was away left half done. */
  async finish(): Promise<void> {
    const now = this.#deps.now();
    const ids = await this.#deps.transaction(async ({ withdrawals }) => {
      const left = await withdrawals.returnWhatLeft(now - HOUR_MS, now);
      if (left > 0) this.#deps.onTrouble(undefined, `the money of ${left} refused withdrawals had left; it is given back`);
      return withdrawals.unfinished(now - FINISH_AFTER_MS, FINISH_AT_ONCE_MAX);
    });
    await settleEach(ids, (id) => this.settle(id));
  }

  /** The database decides: one row per approver, and the status changes when there are enough of them. */
  async #approve({ withdrawals, audit, tell }: WithdrawalTables, { id, status }: WithdrawalRow, reason: string, actor: Actor): Promise<WithdrawalRow> {
    const at = this.#deps.now();
    await withdrawals.judge(id, this.#deps.coldAbove);
    const added = await withdrawals.addApproval({ id, approverId: Number(actor.id), reason, at });
    const approved = added && (await withdrawals.approveWhenEnough(id, reason, at));
    const row = (await withdrawals.find(id))!;
    // While its money is held, and before it is sent (contract.md, CRM).
    if (approved) await tell('withdrawal.completed', transferEvent(row));
    const after = { status: row.status, approvals_needed: row.approvals_needed };
    if (added) await audit({ actor, action: approved ? 'withdrawal.approved' : 'withdrawal.first_approved', subject: { kind: 'withdrawal', id }, reason, before: { status }, after });
    return row;
  }

  async #settleSoon(row: WithdrawalRow): Promise<WithdrawalRow> {
    try {
      return await this.settle(row.id);
    } catch (error) {
      this.#deps.onTrouble(error, 'the money of a withdrawal was not given back; the job does it');
      return row;
    }
  }

  async #settleInTime(id: string): Promise<WithdrawalRow> {
    try {
      return await this.settle(id);
    } catch (cause) {
      throw new AppError('TRANSFER_OUTCOME_UNKNOWN', { cause, retryAfter: 1 });
    }
  }

  #recorded(id: string, record: (withdrawals: WithdrawalsRepository, at: number) => Promise<void>): Promise<WithdrawalRow> {
    return this.#deps.transaction(async ({ withdrawals }) => {
      await record(withdrawals, this.#deps.now());
      return (await withdrawals.find(id))!;
    });
  }

  /** @returns why nothing was taken, or `null` */
  async #take({ id, user_id, asset, amount }: WithdrawalRow): Promise<StoredRefusal | null> {
    try {
      await this.#deps.carryOut({ kind: 'debit', userId: user_id, asset, amount: amountFrom(amount), cause: 'WITHDRAWAL', reference: `withdrawal:${id}` });
      return null;
    } catch (error) {
      const refused = definiteRefusal(error);
      if (!refused) throw error;
      return { code: refused.code, ...(refused.details && { details: refused.details }) };
    }
  }

  async #giveBack({ id, user_id, asset, amount }: WithdrawalRow): Promise<WithdrawalRow> {
    await this.#deps.carryOut({ kind: 'credit', userId: user_id, asset, amount: amountFrom(amount), cause: 'ADJUSTMENT', reference: `withdrawal-return:${id}` });
    return this.#recorded(id, (withdrawals, at) => withdrawals.recordReturned(id, at));
  }

  async #staffViews(rows: readonly WithdrawalRow[]): Promise<object[]> {
    const approvals = await this.#deps.transaction(({ withdrawals }) => withdrawals.approvals(rows.map(({ id }) => id)));
    return rows.map((row) => {
      const { user_id, funds, approvals_needed, reference, custody_since } = row;
      const approved_by = approvals.filter(({ id }) => id === row.id).map(({ approver_id }) => approver_id);
      return { ...withdrawalView(row), user_id, funds, approvals_needed, approved_by, reference, custody_since: custody_since?.toISOString() ?? null };
    });
  }
}

function refusalOf({ code, details }: StoredRefusal): AppError {
  const known = (code in ERROR_CODES ? code : 'INTERNAL_ERROR') as ErrorCode;
  return new AppError(known, { ...(details && { details }), ...(known === 'INSUFFICIENT_BALANCE' && { message: 'Insufficient balance for this withdrawal' }) });
}

const withdrawalView = (row: WithdrawalRow): object => ({ ...transferView(row), address: row.address });
