import type { AuditEntry } from '../../domain/audit-entry.ts';
import type { EndSignInsRepository } from './end-sign-ins.repository.ts';

interface Tables {
  readonly signIns: EndSignInsRepository;
  readonly audit: (entry: AuditEntry) => Promise<void>;
}

/** A node looks for what ended within the last minute (decision 0020), so no transaction may take nearly as long before it commits. */
const ROWS_PER_TRANSACTION = 2_000;

/** Signs everybody out, programs as well: for the day on which the key leaked that their secrets are sealed with. May be run again. */
export class EndSignInsService {
  readonly #transaction: <T>(work: (tables: Tables) => Promise<T>) => Promise<T>;

  constructor(transaction: <T>(work: (tables: Tables) => Promise<T>) => Promise<T>) {
    this.#transaction = transaction;
  }

  async endAll(reason: string): Promise<{ sessions: number; apiKeys: number }> {
    const sessions = await this.#untilNoneIsLeft((signIns) => signIns.endSessions(ROWS_PER_TRANSACTION));
    const apiKeys = await this.#untilNoneIsLeft((signIns) => signIns.revokeApiKeys(ROWS_PER_TRANSACTION));
    const after = { sessions, api_keys: apiKeys };
    await this.#transaction(({ audit }) => audit({ actor: { kind: 'system', id: 'sign-ins:end' }, action: 'sign_ins.ended', subject: { kind: 'list', id: 'everybody' }, reason, after }));
    return { sessions, apiKeys };
  }

  /** Whoever signs in meanwhile does so with what is not known to anybody else: the last look need not find nothing. */
  async #untilNoneIsLeft(end: (signIns: EndSignInsRepository) => Promise<number>): Promise<number> {
    let ended = 0;
    for (;;) {
      const count = await this.#transaction(({ signIns }) => end(signIns));
      ended += count;
      if (count < ROWS_PER_TRANSACTION) return ended;
    }
  }
}
