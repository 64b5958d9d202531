import type { ClientBase } from 'pg';
import type { StoredEntry } from '../../domain/audit-chain.ts';
import { canonicalJson, type ExactJson } from '../../domain/audit-chain-json.ts';
import { ENTRY_COLUMNS, toEntry, type EntryRow } from './audit-chain.repository.ts';

/** As the owner, who alone may change an entry. The caller's transaction holds it all together. */
export class AuditEraseRepository {
  readonly #client: ClientBase;

  constructor(client: ClientBase) {
    this.#client = client;
  }

  /** The sequencer waits until the transaction is over. */
  async lock(): Promise<void> {
    await this.#client.query(`select pg_advisory_xact_lock(hashtext('audit chain'))`);
  }

  async salt(person: string): Promise<Buffer | null> {
    return (await this.#client.query<{ salt: Buffer }>('select salt from audit.salts where person = $1', [person])).rows[0]?.salt ?? null;
  }

  /** In the chain's order: those that this person did, or that were done to them. */
  async entriesOf(kind: string, id: string, afterSeq: number, rowsMax: number): Promise<{ seq: number; entry: StoredEntry }[]> {
    const { rows } = await this.#client.query<EntryRow & { seq: number }>(
      `select c.seq::float8 as seq, ${ENTRY_COLUMNS} from audit.entries e join audit.chain c using (entry_id)
       where c.seq > $3 and ((e.actor_kind = $1 and e.actor_id = $2) or (e.subject_kind = $1 and e.subject_id = $2)) order by c.seq limit $4`,
      [kind, id, afterSeq, rowsMax],
    );
    return rows.map(({ seq, ...entry }) => ({ seq, entry: toEntry(entry) }));
  }

  async replace({ entry_id, ip, before, after }: StoredEntry): Promise<void> {
    const json = (value: ExactJson): string | null => (value === null ? null : canonicalJson(value));
    await this.#client.query('update audit.entries set ip = $2, before = $3, after = $4 where entry_id = $1', [entry_id, ip, json(before), json(after)]);
  }

  async isWaiting(kind: string, id: string): Promise<boolean> {
    const { rows } = await this.#client.query<{ waits: boolean }>(
      `select exists (select from audit.waiting join audit.entries e using (entry_id) where (e.actor_kind = $1 and e.actor_id = $2) or (e.subject_kind = $1 and e.subject_id = $2)) as waits`,
      [kind, id],
    );
    return rows[0]!.waits;
  }

  async removeSalt(person: string): Promise<void> {
    await this.#client.query('delete from audit.salts where person = $1', [person]);
  }
}
