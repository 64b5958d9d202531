import type { Sql } from '../../db/connection.ts';
import type { StoredEntry } from '../../domain/audit-chain.ts';
import type { Checkpoint } from '../../domain/audit-chain-checkpoint.ts';
import { parseExact } from '../../domain/audit-chain-json.ts';

export interface ChainRow {
  readonly seq: number;
  readonly hash: Buffer;
}

export interface NewChainRow extends ChainRow {
  readonly entry_id: string;
  readonly encoding: number;
  readonly prev: Buffer;
}

export interface CheckpointKeyRow {
  readonly key_id: string;
  readonly private_key_sealed: string;
  readonly public_key: string;
}

export type StoredCheckpoint = Checkpoint & { readonly leaves: Buffer };

/** A row of audit.entries as text that says all of it: microseconds, and numbers as jsonb has them. */
export const ENTRY_COLUMNS = `e.entry_id::text as entry_id, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, e.actor_kind, e.actor_id, e.on_behalf_of,
  e.action, e.subject_kind, e.subject_id, e.reason, e.ip, e.request_id, e.before::text as before, e.after::text as after`;

export type EntryRow = Omit<StoredEntry, 'before' | 'after'> & { readonly before: string | null; readonly after: string | null };

export const toEntry = (row: EntryRow): StoredEntry => ({
  entry_id: row.entry_id, at: row.at, actor_kind: row.actor_kind, actor_id: row.actor_id, on_behalf_of: row.on_behalf_of, action: row.action,
  subject_kind: row.subject_kind, subject_id: row.subject_id, reason: row.reason, ip: row.ip, request_id: row.request_id,
  before: row.before === null ? null : parseExact(row.before),
  after: row.after === null ? null : parseExact(row.after),
});

export const CHECKPOINT_COLUMNS = `k.number::float8 as number, k.first_seq::float8 as first_seq, k.last_seq::float8 as last_seq, encode(k.root, 'hex') as root,
  encode(k.last_hash, 'hex') as last_hash, encode(k.previous, 'hex') as previous, to_char(k.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, k.key_id, k.signature`;

type Raw<Kind extends Checkpoint> = Omit<Kind, 'signature'> & { readonly signature: Buffer };
export type CheckpointRow = Raw<Checkpoint>;
export type StoredCheckpointRow = Raw<StoredCheckpoint>;

export const toCheckpoint = <Kind extends Checkpoint>(row: Raw<Kind>): Kind => ({ ...row, signature: row.signature.toString('base64url') }) as unknown as Kind;

/** What the sequencer reads and appends, as role auditor. */
export class AuditChainRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** One holder at a time, on whatever machine, until the transaction ends. */
  async lock(): Promise<boolean> {
    return (await this.#rows<{ mine: boolean }>(`select pg_try_advisory_xact_lock(hashtext('audit chain')) as mine`))[0]!.mine;
  }

  async waiting(rowsMax: number): Promise<StoredEntry[]> {
    const rows = await this.#rows<EntryRow>(`select ${ENTRY_COLUMNS} from audit.waiting w join audit.entries e using (entry_id) order by w.entry_id limit ?`, [rowsMax]);
    return rows.map(toEntry);
  }

  async head(): Promise<ChainRow | null> {
    return (await this.#rows<ChainRow>('select seq::float8 as seq, hash from audit.chain order by seq desc limit 1'))[0] ?? null;
  }

  /** Those that are there; the others take what is offered. */
  async salts(offered: ReadonlyMap<string, Buffer>): Promise<Map<string, Buffer>> {
    if (offered.size === 0) return new Map();
    await this.#sql('audit.salts').insert([...offered].map(([person, salt]) => ({ person, salt }))).onConflict().ignore();
    const rows = await this.#rows<{ person: string; salt: Buffer }>('select person, salt from audit.salts where person = any(?)', [[...offered.keys()]]);
    return new Map(rows.map(({ person, salt }) => [person, salt]));
  }

  async append(rows: readonly NewChainRow[]): Promise<void> {
    await this.#sql('audit.chain').insert([...rows]);
    await this.#sql.raw('delete from audit.waiting where entry_id = any(?)', [rows.map(({ entry_id }) => entry_id)]);
  }

  async rowsAfter(seq: number, rowsMax: number): Promise<ChainRow[]> {
    return this.#rows<ChainRow>('select seq::float8 as seq, hash from audit.chain where seq > ? order by seq limit ?', [seq, rowsMax]);
  }

  async lastCheckpoint(): Promise<Checkpoint | null> {
    const rows = await this.#rows<CheckpointRow>(`select ${CHECKPOINT_COLUMNS} from audit.checkpoints k order by k.number desc limit 1`);
    return rows.map((row) => toCheckpoint<Checkpoint>(row))[0] ?? null;
  }

  async checkpointsAfter(number: number, rowsMax: number): Promise<StoredCheckpoint[]> {
    const rows = await this.#rows<StoredCheckpointRow>(`select ${CHECKPOINT_COLUMNS}, k.leaves from audit.checkpoints k where k.number > ? order by k.number limit ?`, [number, rowsMax]);
    return rows.map((row) => toCheckpoint<StoredCheckpoint>(row));
  }

  async addCheckpoint({ root, last_hash, previous, signature, ...rest }: StoredCheckpoint): Promise<void> {
    const hex = (text: string): Buffer => Buffer.from(text, 'hex');
    await this.#sql('audit.checkpoints').insert({ ...rest, root: hex(root), last_hash: hex(last_hash), previous: previous === null ? null : hex(previous), signature: Buffer.from(signature, 'base64url') });
  }

  /** The one that signs now. @param now milliseconds since 1970 */
  async key(now: number): Promise<CheckpointKeyRow | null> {
    return (await this.#rows<CheckpointKeyRow>('select key_id, private_key_sealed, public_key from audit.checkpoint_keys where active_from <= ? order by active_from desc, key_id limit 1', [new Date(now)]))[0] ?? null;
  }

  /** One that does not sign yet. */
  async upcomingKey(now: number): Promise<string | null> {
    return (await this.#rows<{ key_id: string }>('select key_id from audit.checkpoint_keys where active_from > ? limit 1', [new Date(now)]))[0]?.key_id ?? null;
  }

  async publicKeys(keyIds: readonly string[]): Promise<{ key_id: string; public_key: string }[]> {
    return this.#rows('select key_id, public_key from audit.checkpoint_keys where key_id = any(?) order by key_id', [keyIds]);
  }

  /** Times are milliseconds since 1970. */
  async addKey(key: CheckpointKeyRow, at: number, activeFrom: number): Promise<void> {
    await this.#sql('audit.checkpoint_keys').insert({ ...key, created_at: new Date(at), active_from: new Date(activeFrom) });
  }

  async standing(): Promise<{ entries: number; seconds: number }> {
    return (await this.#rows<{ entries: number; seconds: number }>(
      'select count(*)::int as entries, coalesce(greatest(extract(epoch from clock_timestamp() - min(e.at)), 0), 0)::float8 as seconds from audit.waiting join audit.entries e using (entry_id)',
    ))[0]!;
  }

  async #rows<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return ((await this.#sql.raw(text, values as never)) as { rows: Row[] }).rows;
  }
}
