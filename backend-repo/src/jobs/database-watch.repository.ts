import type { Knex } from 'knex';

export class DatabaseWatchRepository {
  readonly #sql: Knex;

  constructor(sql: Knex) {
    this.#sql = sql;
  }

  /** Size of each default partition. Asked of the catalog: no role of ours may read all of their rows, and none has to. */
  async defaultPartitions(): Promise<{ table: string; bytes: number }[]> {
    const { rows } = (await this.#sql.raw(
      `select n.nspname || '.' || c.relname as "table", pg_relation_size(p.partdefid)::float8 as bytes
        from pg_partitioned_table p join pg_class c on c.oid = p.partrelid join pg_namespace n on n.oid = c.relnamespace
        where p.partdefid <> 0 order by 1`,
    )) as { rows: { table: string; bytes: number }[] };
    return rows;
  }

  /** Milliseconds since 1970 by the database's clock. */
  async clock(): Promise<number> {
    const { rows } = (await this.#sql.raw('select extract(epoch from clock_timestamp())::float8 * 1000 as now')) as { rows: { now: number }[] };
    return rows[0]!.now;
  }
}
