import { erased, ERASED } from '../../domain/audit-chain.ts';
import { canonicalJson } from '../../domain/audit-chain-json.ts';
import type { AuditEntry } from '../../domain/audit-entry.ts';
import type { AuditEraseRepository } from './audit-erase.repository.ts';

export interface AuditEraseDeps {
  readonly repository: AuditEraseRepository;
  /** On the same transaction. */
  readonly audit: (entry: AuditEntry) => Promise<void>;
}

const ENTRIES_PER_READ = 500;

/** Takes a person's data out of the audit log, on record, and the chain stays as it is (rule H6). */
export class AuditEraseService {
  readonly #deps: AuditEraseDeps;

  constructor(deps: AuditEraseDeps) {
    this.#deps = deps;
  }

  /** @returns how many entries held something of theirs */
  async erase(person: { readonly kind: 'user' | 'partner'; readonly id: string }, reason: string): Promise<number> {
    const { repository, audit } = this.#deps;
    const { kind, id } = person;
    await repository.lock();
    if (await repository.isWaiting(kind, id)) throw new Error(`Entries of ${kind}:${id} wait for the chain. Try again in a second, while the service runs.`);
    const salt = await repository.salt(`${kind}:${id}`);
    if (salt === null) return 0;
    const changed = await this.#replaceAll(person, salt);
    await repository.removeSalt(`${kind}:${id}`);
    await audit({ actor: { kind: 'system', id: 'audit:erase' }, action: ERASED, subject: { kind, id }, reason, after: { entries: changed } });
    return changed;
  }

  async #replaceAll({ kind, id }: { readonly kind: string; readonly id: string }, salt: Buffer): Promise<number> {
    const { repository } = this.#deps;
    let changed = 0;
    let after = 0;
    for (;;) {
      const page = await repository.entriesOf(kind, id, after, ENTRIES_PER_READ);
      for (const { seq, entry } of page) {
        after = seq;
        const left = erased(entry, `${kind}:${id}`, salt);
        const same = (['ip', 'before', 'after'] as const).every((name) => canonicalJson(left[name]) === canonicalJson(entry[name]));
        if (same) continue;
        await repository.replace(left);
        changed += 1;
      }
      if (page.length < ENTRIES_PER_READ) return changed;
    }
  }
}
