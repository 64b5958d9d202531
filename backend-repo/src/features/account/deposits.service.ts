import { listed, type Actor, type AuditEntry } from '../../domain/audit-entry.ts';
import type { TellBooks } from '../../domain/books-event.ts';
import { amountFrom, formatAmount } from '../../domain/money.ts';
import type { VenueCommand } from '../../domain/venue-command.ts';
import { AppError } from '../../errors.ts';
import type { DepositRequest, FundingRequest, TransfersQuery } from './account.schema.ts';
import type { DepositRow, DepositsRepository } from './deposits.repository.ts';
import { definiteRefusal, fingerprintOf, FINISH_AFTER_MS, FINISH_AT_ONCE_MAX, HOUR_MS, pageOf, readAmount, requireSame, settleEach, transferEvent, transferView, type TransferBasics } from './transfers.service.ts';

export interface DepositsDeps extends TransferBasics {
  readonly asUser: <T>(userId: number, work: (tables: Pick<DepositTables, 'deposits' | 'audit'>) => Promise<T>) => Promise<T>;
  readonly transaction: <T>(work: (tables: DepositTables) => Promise<T>) => Promise<T>;
  readonly carryOut: (command: VenueCommand) => Promise<unknown>;
}

interface DepositTables {
  readonly deposits: DepositsRepository;
  readonly audit: (entry: AuditEntry) => Promise<void>;
  /** Tells whoever keeps the client's books. */
  readonly tell: TellBooks;
}

export interface DepositPage {
  readonly deposits: readonly object[];
  readonly next_cursor: string | null;
}

/** A deposit is announced by its trader and happens when the payment provider, or staff, has seen the money. */
export class DepositsService {
  readonly #deps: DepositsDeps;

  constructor(deps: DepositsDeps) {
    this.#deps = deps;
  }

  /**
   * Announces a deposit, once per key. No money moves.
   * @throws AppError VALIDATION_ERROR, UNKNOWN_ASSET, IDEMPOTENCY_KEY_REUSED
   */
  async announce(userId: number, { asset, amount }: DepositRequest, key: string, actor: Actor = { kind: 'user', id: String(userId) }): Promise<object> {
    const canonical = await readAmount(this.#deps, asset, amount);
    const fingerprint = fingerprintOf(asset, canonical);
    const at = this.#deps.now();
    const id = this.#deps.newId(at);
    const row = await this.#deps.asUser(userId, async ({ deposits, audit }) => {
      const claimed = await deposits.claim({ id, userId, asset, amount: canonical, key, fingerprint, at });
      if (claimed.id === id) await audit({ actor, action: 'deposit.announced', subject: { kind: 'deposit', id }, after: { user_id: userId, asset, amount: canonical } });
      return claimed;
    });
    requireSame(row, fingerprint);
    return depositView(row);
  }

  async listOwn(userId: number, query: TransfersQuery): Promise<DepositPage> {
    return this.#page(await this.#deps.asUser(userId, ({ deposits }) => deposits.list({ ...query, userId, limit: query.limit + 1 })), query.limit, depositView);
  }

  /** On record for staff. @param actor `null`: a program of ours, which shows it to nobody */
  async list(query: TransfersQuery, actor: Actor | null): Promise<DepositPage> {
    const found = await this.#deps.transaction(async ({ deposits, audit }) => {
      const rows = await deposits.list({ ...query, limit: query.limit + 1 });
      if (actor) await audit(listed('deposits', actor, query, Math.min(rows.length, query.limit)));
      return rows;
    });
    return this.#page(found, query.limit, staffView);
  }

  /**
   * Staff has seen the money: it is credited, once. Where the engine is away now the job does it.
   * @throws AppError DEPOSIT_NOT_FOUND, OWN_REQUEST, WRONG_STATE
   */
  async confirm(id: string, reason: string, actor: Actor): Promise<object> {
    const row = await this.#deps.transaction(async ({ deposits, audit }) => {
      const found = await deposits.lock(id);
      if (!found) throw new AppError('DEPOSIT_NOT_FOUND');
      if (actor.id === String(found.user_id)) throw new AppError('OWN_REQUEST');
      if (found.status === 'failed') throw new AppError('WRONG_STATE', { details: { status: found.status } });
      if (found.status !== 'pending') return found;
      await deposits.confirm(id, reason, this.#deps.now());
      const change = { before: { status: 'pending' }, after: { status: 'confirmed', user_id: found.user_id, asset: found.asset, amount: found.amount } };
      await audit({ actor, action: 'deposit.confirmed', subject: { kind: 'deposit', id }, reason, ...change });
      return { ...found, status: 'confirmed' as const, reason };
    });
    return this.#credited(row);
  }

  /**
   * The payment provider has received the money: it is credited, once per transaction and once per deposit. The same call again answers how it stands.
   * @throws AppError DEPOSIT_NOT_FOUND, FUNDING_MISMATCH, IDEMPOTENCY_KEY_REUSED, WRONG_STATE
   */
  async fund({ transactionId, reference: id, asset, amount }: FundingRequest, actor: Actor): Promise<object> {
    const row = await this.#deps.transaction(async ({ deposits, audit }) => {
      const found = await deposits.lock(id);
      if (!found) throw new AppError('DEPOSIT_NOT_FOUND');
      requireAnnounced(found, asset, amount);
      // Confirmed by staff, by what they have seen: this may be the same money.
      const first = found.status === 'pending' ? await deposits.claimFunding(transactionId, id, this.#deps.now()) : await deposits.findFunding(transactionId, id);
      if (first && first.depositId !== id) throw new AppError('IDEMPOTENCY_KEY_REUSED', { message: 'This transactionId has paid for another deposit.' });
      if (first?.transactionId !== transactionId) throw new AppError('WRONG_STATE', { details: { status: found.status, transactionId: first?.transactionId ?? null } });
      if (found.status !== 'pending') return found;
      const reason = `Received by the payment provider as ${transactionId}`;
      await deposits.confirm(id, reason, this.#deps.now());
      const change = { before: { status: 'pending' }, after: { status: 'confirmed', user_id: found.user_id, asset: found.asset, amount: found.amount, transaction_id: transactionId } };
      await audit({ actor, action: 'deposit.funded', subject: { kind: 'deposit', id }, reason, ...change });
      return { ...found, status: 'confirmed' as const, reason };
    });
    return row.status === 'confirmed' ? this.#credited(row) : staffView(row);
  }

  /**
   * Credits a confirmed deposit. Any number of times, on any node: the engine knows the reference, so it happens once. Nothing is locked while the
   * engine is asked, and money that arrived outweighs a refusal that another asker got.
   */
  async settle(id: string): Promise<DepositRow> {
    const row = (await this.#deps.transaction(({ deposits }) => deposits.find(id)))!;
    if (row.status !== 'confirmed') return row;
    const refusal = await this.#credit(row);
    return this.#deps.transaction(async ({ deposits, tell }) => {
      const at = this.#deps.now();
      if (refusal !== null) await deposits.fail(id, refusal, at);
      else if (await deposits.complete(id, row.reason, at)) await tell('deposit.completed', transferEvent(row));
      return (await deposits.find(id))!;
    });
  }

  /** Finishes what a crash or an engine that was away left half done. */
  async finish(): Promise<void> {
    const now = this.#deps.now();
    const ids = await this.#deps.transaction(async ({ deposits, tell }) => {
      const arrived = await deposits.completeWhatArrived(now - HOUR_MS, now);
      for (const row of arrived) await tell('deposit.completed', transferEvent(row));
      if (arrived.length > 0) this.#deps.onTrouble(undefined, `the money of ${arrived.length} failed deposits had arrived; they are completed`);
      return deposits.unfinished(now - FINISH_AFTER_MS, FINISH_AT_ONCE_MAX);
    });
    await settleEach(ids, (id) => this.settle(id));
  }

  /** @returns why the venue will not take it; `null` when it has */
  async #credit({ id, user_id, asset, amount }: DepositRow): Promise<string | null> {
    try {
      await this.#deps.carryOut({ kind: 'credit', userId: user_id, asset, amount: amountFrom(amount), cause: 'DEPOSIT', reference: `deposit:${id}` });
      return null;
    } catch (error) {
      const refused = definiteRefusal(error);
      if (!refused) throw error;
      return refused.code;
    }
  }

  async #credited(row: DepositRow): Promise<object> {
    try {
      return staffView(await this.settle(row.id));
    } catch (error) {
      this.#deps.onTrouble(error, 'a confirmed deposit was not credited; the job does it');
      return staffView(row);
    }
  }

  #page(found: readonly DepositRow[], limit: number, view: (row: DepositRow) => object): DepositPage {
    const { rows, next } = pageOf(found, limit);
    return { deposits: rows.map(view), next_cursor: next?.id ?? null };
  }
}

function depositView(row: DepositRow): object {
  const text = 'Send exactly this amount and quote the reference. It is credited when it has arrived.';
  return { ...transferView(row), instructions: row.status === 'pending' ? { reference: row.id, text } : null };
}

/** Less, more or another asset is for people to settle: nothing is credited. @throws AppError FUNDING_MISMATCH */
function requireAnnounced({ asset, amount }: DepositRow, receivedAsset: string, receivedAmount: string): void {
  const [announced, received] = [amountFrom(amount), amountFrom(receivedAmount)];
  if (asset === receivedAsset && announced === received) return;
  const details = { announced: { asset, amount: formatAmount(announced) }, received: { asset: receivedAsset, amount: formatAmount(received) } };
  throw new AppError('FUNDING_MISMATCH', { details });
}

const staffView = (row: DepositRow): object => ({ ...transferView(row), user_id: row.user_id });
