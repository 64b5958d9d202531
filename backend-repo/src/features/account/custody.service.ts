import type { Actor, AuditEntry } from '../../domain/audit-entry.ts';
import { amountFrom, formatAmount } from '../../domain/money.ts';
import type { CustodyAnswer, CustodyOrder } from './custody.gateway.ts';
import type { CustodyRepository, HandedOver } from './custody.repository.ts';
import { settleAtOnce } from './transfers.service.ts';

export interface CustodyDeps {
  /** `null`: there is no custodian, and staff sends by hand. */
  readonly send: ((order: CustodyOrder) => Promise<CustodyAnswer>) | null;
  readonly transaction: <T>(work: (tables: { readonly custody: CustodyRepository; readonly audit: (entry: AuditEntry) => Promise<void> }) => Promise<T>) => Promise<T>;
  /** Gives back the money of one that failed. */
  readonly settle: (id: string) => Promise<unknown>;
  readonly now: () => number;
}

const ASK_AGAIN_AFTER_MS = 4_500;
/** All at once, so that one that hangs holds up the job no longer than its own time; the next look takes the next ones. */
const ASKED_AT_ONCE_MAX = 10;
const CUSTODIAN: Actor = { kind: 'system', id: 'custodian' };

/**
 * Has the custodian send what one approval is enough for, and follows it to its end. A withdrawal is marked as handed over before the custodian can
 * hear of it; from then on only its answers move it, so that no lost answer makes us give back what it sends.
 */
export class CustodyService {
  readonly #deps: CustodyDeps;

  constructor(deps: CustodyDeps) {
    this.#deps = deps;
  }

  async look(): Promise<void> {
    const { send, now, transaction } = this.#deps;
    if (!send) return;
    const rows = await transaction(async ({ custody, audit }) => {
      const claimed = await custody.claim(now(), now() - ASK_AGAIN_AFTER_MS, ASKED_AT_ONCE_MAX);
      for (const { id, first } of claimed) if (first) await audit({ actor: CUSTODIAN, action: 'withdrawal.handed_over', subject: { kind: 'withdrawal', id } });
      return claimed;
    });
    await settleAtOnce(rows, (row) => this.#ask(send, row));
  }

  async #ask(send: (order: CustodyOrder) => Promise<CustodyAnswer>, { id, asset, amount, address }: HandedOver): Promise<void> {
    const answer = await send({ id, asset, amount: formatAmount(amountFrom(amount)), address });
    const moved = await this.#deps.transaction(async ({ custody, audit }) => {
      const before = await custody.record(id, answer, this.#deps.now());
      if (before === null) return false;
      await audit({ actor: CUSTODIAN, action: `withdrawal.${answer.status}`, subject: { kind: 'withdrawal', id }, before: { status: before }, after: { ...answer } });
      return true;
    });
    if (moved && answer.status === 'failed') await this.#deps.settle(id);
  }
}
