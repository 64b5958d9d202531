import { listed, type Actor, type AuditEntry } from '../../domain/audit-entry.ts';
import type { TellBooks } from '../../domain/books-event.ts';
import type { Mail } from '../../domain/mail.ts';
import { amountFrom, formatAmount } from '../../domain/money.ts';
import { tokenHash } from '../../domain/session-secrets.ts';
import type { VenueCommand } from '../../domain/venue-command.ts';
import { AppError, invalidField } from '../../errors.ts';
import type { TransfersQuery } from './account.schema.ts';
import { definiteRefusal, FINISH_AFTER_MS, FINISH_AT_ONCE_MAX, HOUR_MS, pageOf, settleEach, transferEvent, withdrawalView, type TransferBasics } from './transfers.service.ts';
import { CONFIRM_MINUTES } from './withdrawal-requests.service.ts';
import type { ColdAbove, StoredRefusal, WithdrawalChange, WithdrawalRow, WithdrawalsRepository, WithdrawalStatus } from './withdrawals.repository.ts';

export interface WithdrawalsDeps extends Pick<TransferBasics, 'now' | 'onTrouble'> {
  readonly transaction: <T>(work: (tables: WithdrawalTables) => Promise<T>) => Promise<T>;
  readonly carryOut: (command: VenueCommand) => Promise<unknown>;
  readonly coldAbove: ColdAbove;
  readonly mailAddressOf: (userId: number) => Promise<string>;
  readonly publicUrl: string;
  readonly randomBytes: (bytes: number) => Buffer;
}

interface WithdrawalTables {
  readonly withdrawals: WithdrawalsRepository;
  readonly audit: (entry: AuditEntry) => Promise<void>;
  readonly mail: (mail: Mail) => Promise<void>;
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

const TOKEN_BYTES = 32;
const ENGINE: Actor = { kind: 'system', id: 'engine' };

/** The life of a withdrawal, as staff moves it on. */
const STEPS: Readonly<Record<Decision, Step>> = {
  approve: { from: ['mail_confirmed'], to: 'approved', returns: false },
  reject: { from: ['requested', 'mail_confirmed', 'approved'], to: 'rejected', returns: true },
  send: { from: ['approved'], to: 'sent', returns: false },
  complete: { from: ['sent'], to: 'completed', returns: false },
  fail: { from: ['approved', 'sent'], to: 'failed', returns: true },
};

/** What staff does with withdrawals, and where their money is: it left the balance when it was asked for, and comes back when it is not sent. */
export class WithdrawalsService {
  readonly #deps: WithdrawalsDeps;

  constructor(deps: WithdrawalsDeps) {
    this.#deps = deps;
  }

  /** For staff, on record. */
  async list(query: TransfersQuery, actor: Actor): Promise<WithdrawalPage> {
    const { rows, next } = await this.#deps.transaction(async ({ withdrawals, audit }) => {
      const page = pageOf(await withdrawals.list({ ...query, limit: query.limit + 1 }), query.limit);
      await audit(listed('withdrawals', actor, query, page.rows.length));
      return page;
    });
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
    const settled = row.funds === 'to_return' ? await this.settleSoon(row) : row;
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
    const taken = refusal === null ? await this.#recordTaken(row) : await this.#recordRefused(id, refusal);
    return taken.funds === 'to_return' ? this.#giveBack(taken) : taken;
  }

  /** The same; where it cannot be done now the job does it. */
  async settleSoon(row: WithdrawalRow): Promise<WithdrawalRow> {
    try {
      return await this.settle(row.id);
    } catch (error) {
      this.#deps.onTrouble(error, 'the money of a withdrawal was not given back; the job does it');
      return row;
    }
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

  /** From here on its owner has the mail: only who reads it lets the withdrawal go on (rule A10). */
  async #recordTaken({ id, user_id, asset, amount, address }: WithdrawalRow): Promise<WithdrawalRow> {
    const { mailAddressOf, publicUrl, randomBytes, now, transaction } = this.#deps;
    const to = await mailAddressOf(user_id);
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    // After the #, which browsers send to no server, and no log has.
    const data = { url: `${publicUrl}/verify#withdrawal=${token}`, asset, amount: formatAmount(amountFrom(amount)), address, minutes: CONFIRM_MINUTES };
    return transaction(async ({ withdrawals, mail }) => {
      const link = { tokenHash: tokenHash(token), until: now() + CONFIRM_MINUTES * 60_000 };
      if (await withdrawals.recordTaken(id, link, now())) await mail({ to, template: 'withdrawal-confirm', data });
      return (await withdrawals.find(id))!;
    });
  }

  #recordRefused(id: string, refusal: StoredRefusal): Promise<WithdrawalRow> {
    return this.#deps.transaction(async ({ withdrawals, audit }) => {
      const news = await withdrawals.recordRefused(id, refusal, this.#deps.now());
      if (news) await audit({ actor: ENGINE, action: 'withdrawal.refused', subject: { kind: 'withdrawal', id }, reason: refusal.code, before: { status: 'requested' }, after: { status: 'rejected' } });
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
    return this.#deps.transaction(async ({ withdrawals }) => {
      await withdrawals.recordReturned(id, this.#deps.now());
      return (await withdrawals.find(id))!;
    });
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
