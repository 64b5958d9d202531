import type { Sql } from '../../db/connection.ts';
import { CHECKPOINT_COLUMNS, ENTRY_COLUMNS, toCheckpoint, toEntry, type EntryRow, type StoredCheckpoint, type StoredCheckpointRow } from './audit-chain.repository.ts';
import type { StoredEntry } from '../../domain/audit-chain.ts';
import type { AuditQuery } from './audit.schema.ts';

export interface LoggedEntry {
  readonly entry_id: string;
  readonly seq: number | null;
  readonly hash: string | null;
  readonly at: Date;
  readonly actor: string;
  readonly on_behalf_of: string | null;
  readonly action: string;
  readonly subject: string;
  readonly reason: string | null;
  readonly ip: string | null;
  readonly request_id: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

export interface ChainedEntry {
  readonly seq: number;
  readonly prev: string;
  readonly hash: string;
  readonly entry: StoredEntry;
}

/** The log as staff reads it, as role auditor. */
export class AuditLogRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Newest first. */
  async list({ actor, subject, action, from, to, cursor, limit }: AuditQuery): Promise<LoggedEntry[]> {
    const conditions: [text: string, values: readonly string[]][] = [
      ...(actor === undefined ? [] : [['e.actor_kind = ? and e.actor_id = ?', kindAndId(actor)] as [string, string[]]]),
      ...(subject === undefined ? [] : [['e.subject_kind = ? and e.subject_id = ?', kindAndId(subject)] as [string, string[]]]),
      ...(action === undefined ? [] : [['e.action = ?', [action]] as [string, string[]]]),
      ...(from === undefined ? [] : [['e.at >= ?', [from]] as [string, string[]]]),
      ...(to === undefined ? [] : [['e.at < ?', [to]] as [string, string[]]]),
      ...(cursor === undefined ? [] : [['e.entry_id < ?', [cursor]] as [string, string[]]]),
    ];
    return this.#rows<LoggedEntry>(
      `select e.entry_id::text as entry_id, c.seq::float8 as seq, encode(c.hash, 'hex') as hash, e.at, e.actor_kind || ':' || e.actor_id as actor, e.on_behalf_of, e.action,
         e.subject_kind || ':' || e.subject_id as subject, e.reason, e.ip, e.request_id, e.before, e.after
       from audit.entries e left join audit.chain c using (entry_id)
       where ${['true', ...conditions.map(([text]) => text)].join(' and ')} order by e.entry_id desc limit ?`,
      [...conditions.flatMap(([, values]) => values), limit],
    );
  }

  /** In the chain's order, with what they are hashed from. */
  async chained(fromSeq: number, rowsMax: number): Promise<ChainedEntry[]> {
    const rows = await this.#rows<EntryRow & { seq: number; prev: string; hash: string }>(
      `select c.seq::float8 as seq, encode(c.prev, 'hex') as prev, encode(c.hash, 'hex') as hash, ${ENTRY_COLUMNS}
       from audit.chain c join audit.entries e using (entry_id) where c.seq >= ? order by c.seq limit ?`,
      [fromSeq, rowsMax],
    );
    return rows.map(({ seq, prev, hash, ...entry }) => ({ seq, prev, hash, entry: toEntry(entry) }));
  }

  /** Those that cover any of these rows. */
  async checkpointsOf(fromSeq: number, toSeq: number): Promise<StoredCheckpoint[]> {
    const rows = await this.#rows<StoredCheckpointRow>(`select ${CHECKPOINT_COLUMNS}, k.leaves from audit.checkpoints k where k.last_seq >= ? and k.first_seq <= ? order by k.number`, [fromSeq, toSeq]);
    return rows.map((row) => toCheckpoint<StoredCheckpoint>(row));
  }

  async checkpointedUpTo(): Promise<number> {
    return (await this.#rows<{ last: number }>('select coalesce(max(last_seq), 0)::float8 as last from audit.checkpoints'))[0]!.last;
  }

  async publicKeys(keyIds: readonly string[]): Promise<{ key_id: string; public_key: string }[]> {
    return this.#rows('select key_id, public_key from audit.checkpoint_keys where key_id = any(?) order by key_id', [keyIds]);
  }

  async salts(persons: readonly string[]): Promise<Map<string, Buffer>> {
    const rows = await this.#rows<{ person: string; salt: Buffer }>('select person, salt from audit.salts where person = any(?)', [persons]);
    return new Map(rows.map(({ person, salt }) => [person, salt]));
  }

  async #rows<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return ((await this.#sql.raw(text, values as never)) as { rows: Row[] }).rows;
  }
}

/** An id may hold colons; a kind does not. */
function kindAndId(text: string): [kind: string, id: string] {
  const colon = text.indexOf(':');
  return [text.slice(0, colon), text.slice(colon + 1)];
}
