import type { Sql } from '../../db/connection.ts';
import type { LedgerDigest, LedgerRange, LedgerTable } from '../../domain/ledger-record.ts';
import { digestQuery, rangesParameter } from './ledger-rows.repository.ts';

/** How far an entry tells of a stream. Ids are text. */
export interface VenueMark {
  readonly number: number;
  readonly orders: string;
  readonly trades: string;
  readonly journal: string;
}

export interface VenueReach extends Omit<VenueMark, 'number'> {
  readonly batches: number;
}

/** What the sequencer reads of the venue and the token ledger, as role writer, who sees all of it. */
export class LedgerRecordRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** One holder at a time, on whatever machine, until the transaction ends. */
  async lock(): Promise<boolean> {
    return (await this.#rows<{ mine: boolean }>(`select pg_try_advisory_xact_lock(hashtext('audit ledger')) as mine`))[0]!.mine;
  }

  async venueMark(): Promise<VenueMark> {
    return (await this.#rows<VenueMark>(
      `select number::float8 as number, order_id::text as orders, trade_id::text as trades, journal_id::text as journal from audit.ledger_marks where stream = 'venue'`,
    ))[0]!;
  }

  /**
   * The engine's batches commit one after the other, each under the lock of the counters' row before it draws its ids: whatever has an id up to these is there
   * already, or never will be.
   */
  async venueReach(): Promise<VenueReach> {
    return (await this.#rows<VenueReach>(
      `select batches::float8 as batches, last_order_id::text as orders, last_trade_id::text as trades, (select coalesce(max(id), 0)::text from trading.journal) as journal from trading.engine_state`,
    ))[0]!;
  }

  async moveVenueMark({ number, orders, trades, journal }: VenueMark): Promise<void> {
    await this.#sql.raw(`update audit.ledger_marks set number = ?, order_id = ?, trade_id = ?, journal_id = ? where stream = 'venue'`, [number, orders, trades, journal]);
  }

  async tokenMark(): Promise<{ number: number; jti: string }> {
    return (await this.#rows<{ number: number; jti: string }>(`select number::float8 as number, jti::text as jti from audit.ledger_marks where stream = 'tokens'`))[0]!;
  }

  /** No jti of an older moment is as high as this. */
  async tokensBefore(settleMs: number): Promise<string> {
    return (await this.#rows<{ until: string }>('select widget.first_uuid_of(clock_timestamp() - make_interval(secs => ? / 1000.0))::text as until', [settleMs]))[0]!.until;
  }

  /** The oldest transaction under way, and this one's own number, which is higher than that of any that writes already. */
  async transactions(): Promise<{ oldest: bigint; own: bigint }> {
    const [row] = await this.#rows<{ own: string; oldest: string }>('select pg_current_xact_id()::text as own, pg_snapshot_xmin(pg_current_snapshot())::text as oldest');
    return { oldest: BigInt(row!.oldest), own: BigInt(row!.own) };
  }

  /** The last of the next `rowsMax` tokens behind `after` and before `until`; `null`: there is none. */
  async lastToken(after: string, until: string, rowsMax: number): Promise<string | null> {
    const rows = await this.#rows<{ jti: string }>(
      'select jti::text as jti from (select jti from widget.trade_tokens where jti > ?::uuid and jti < ?::uuid order by jti limit ?) next order by jti desc limit 1', [after, until, rowsMax],
    );
    return rows[0]?.jti ?? null;
  }

  async moveTokenMark(number: number, jti: string): Promise<void> {
    await this.#sql.raw(`update audit.ledger_marks set number = ?, jti = ?::uuid where stream = 'tokens'`, [number, jti]);
  }

  /** Age of the oldest token that no entry tells of; 0: there is none. */
  async unrecordedSeconds(): Promise<number> {
    const rows = await this.#rows<{ seconds: number | null }>(
      `select greatest(extract(epoch from clock_timestamp() - uuid_extract_timestamp(t.jti)), 0)::float8 as seconds
       from widget.trade_tokens t where t.jti > (select jti from audit.ledger_marks where stream = 'tokens') order by t.jti limit 1`,
    );
    return rows[0]?.seconds ?? 0;
  }

  async digest(table: LedgerTable, range: LedgerRange): Promise<LedgerDigest> {
    return (await this.#rows<LedgerDigest>(digestQuery(table, '?'), [rangesParameter([range])]))[0]!;
  }

  async #rows<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return ((await this.#sql.raw(text, values as never)) as { rows: Row[] }).rows;
  }
}
