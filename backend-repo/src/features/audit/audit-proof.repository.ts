import type { ClientBase } from 'pg';
import type { StoredEntry } from '../../domain/audit-chain.ts';
import type { LedgerDigest, LedgerRange, LedgerTable } from '../../domain/ledger-record.ts';
import { CHECKPOINT_COLUMNS, ENTRY_COLUMNS, toCheckpoint, toEntry, type EntryRow, type StoredCheckpoint, type StoredCheckpointRow } from './audit-chain.repository.ts';
import { digestQuery, rangesParameter } from './ledger-rows.repository.ts';

export interface ProofRow {
  readonly seq: number;
  readonly encoding: number;
  readonly prev: Buffer;
  readonly hash: Buffer;
  /** `null`: there is none. */
  readonly entry: StoredEntry | null;
}

type RawProofRow = Omit<ProofRow, 'entry'> & { [Name in keyof EntryRow]: EntryRow[Name] | null };

/** What `audit:verify` reads, as role backup and as of one moment. */
export class AuditProofRepository {
  readonly #client: ClientBase;

  constructor(client: ClientBase) {
    this.#client = client;
  }

  async rowsAfter(seq: number, rowsMax: number): Promise<ProofRow[]> {
    const { rows } = await this.#client.query<RawProofRow>(
      `select c.seq::float8 as seq, c.encoding, c.prev, c.hash, ${ENTRY_COLUMNS} from audit.chain c left join audit.entries e using (entry_id) where c.seq > $1 order by c.seq limit $2`,
      [seq, rowsMax],
    );
    return rows.map(({ seq: number, encoding, prev, hash, ...entry }) => ({ seq: number, encoding, prev, hash, entry: entry.entry_id === null ? null : toEntry(entry as EntryRow) }));
  }

  async checkpointsAfter(number: number, rowsMax: number): Promise<StoredCheckpoint[]> {
    const { rows } = await this.#client.query<StoredCheckpointRow>(`select ${CHECKPOINT_COLUMNS}, k.leaves from audit.checkpoints k where k.number > $1 order by k.number limit $2`, [number, rowsMax]);
    return rows.map((row) => toCheckpoint<StoredCheckpoint>(row));
  }

  async keys(): Promise<{ key_id: string; public_key: string }[]> {
    return (await this.#client.query<{ key_id: string; public_key: string }>('select key_id, public_key from audit.checkpoint_keys order by created_at')).rows;
  }

  async salts(persons: readonly string[]): Promise<Map<string, Buffer>> {
    const { rows } = await this.#client.query<{ person: string; salt: Buffer }>('select person, salt from audit.salts where person = any($1)', [persons]);
    return new Map(rows.map(({ person, salt }) => [person, salt]));
  }

  /** What stands there now, in the order of the ranges. */
  async ledgerDigests(table: LedgerTable, ranges: readonly LedgerRange[]): Promise<LedgerDigest[]> {
    return (await this.#client.query<LedgerDigest>(digestQuery(table, '$1'), [rangesParameter(ranges)])).rows;
  }

  /** The first order of a range whose fills are not the sum of its trades. */
  async unfilledOrder({ after, to }: LedgerRange): Promise<string | null> {
    const { rows } = await this.#client.query<{ id: string }>(UNEQUAL_FILLS, [after, to]);
    return rows[0]?.id ?? null;
  }

  /** Entries that wait for the sequencer, and one that neither waits nor is in the chain. */
  async unchained(): Promise<{ waiting: number; oldest: Date | null; stray: string | null }> {
    const { rows } = await this.#client.query<{ waiting: number; oldest: Date | null; stray: string | null }>(`
      select (select count(*)::int from audit.waiting) as waiting, (select min(e.at) from audit.waiting join audit.entries e using (entry_id)) as oldest,
        (select e.entry_id::text from audit.entries e where not exists (select from audit.chain c where c.entry_id = e.entry_id)
           and not exists (select from audit.waiting w where w.entry_id = e.entry_id) order by e.entry_id limit 1) as stray`);
    return rows[0]!;
  }
}

const UNEQUAL_FILLS = `
  select o.id::text as id from trading.orders o
    cross join lateral (
      select coalesce(sum(quantity), 0) as quantity, coalesce(sum(notional), 0) as notional, coalesce(sum(fee), 0) as fee from (
        select quantity, notional, buyer_fee as fee from trading.trades where buyer_order_id = o.id
        union all select quantity, notional, seller_fee from trading.trades where seller_order_id = o.id
      ) filled
    ) t
  where o.id > $1::bigint and o.id <= $2::bigint and (o.filled_quantity, o.filled_notional, o.fee) is distinct from (t.quantity, t.notional, t.fee)
  order by o.id limit 1`;
