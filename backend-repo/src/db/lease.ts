import type { PreparedQueries } from './connection.ts';

export interface LeaseHolder {
  readonly epoch: number;
  readonly address: string;
  /** This very process, whatever its address. */
  readonly mine: boolean;
  /** Moves on with each renewal. Milliseconds since 1970 by the database's clock: for comparing with itself only. */
  readonly until: number;
}

/**
 * "Only one of us" among nodes that share a database. The row's one UPDATE decides who has it, by the database's clock alone; each claim
 * counts the epoch up. A holder that was replaced may not know it yet, so whatever it writes must check the epoch where it writes.
 */
export class Lease {
  readonly #sql: PreparedQueries;
  readonly #options: { readonly table: string; readonly holder: string; readonly address: string; readonly milliseconds: number };

  /** @param options.table a fixed name of ours with one row (id 1), never input; `holder` is new with each start of a process */
  constructor(sql: PreparedQueries, options: { table: string; holder: string; address: string; milliseconds: number }) {
    this.#sql = sql;
    this.#options = options;
  }

  /**
   * The new epoch, or `null` while another holds it. Whoever holds it already gets a new epoch: that is how it starts over.
   * @param milliseconds how long it lasts this time
   */
  async claim(milliseconds = this.#options.milliseconds): Promise<number | null> {
    const { table, holder, address } = this.#options;
    const { rows } = await this.#sql.query<{ epoch: number }>({
      name: `${table}-claim`,
      text: `update ${table} set epoch = epoch + 1, holder = $1, address = $2, until = clock_timestamp() + $3 * interval '1 millisecond'
        where id = 1 and (holder = $1 or until < clock_timestamp()) returning epoch::float8 as epoch`,
      values: [holder, address, milliseconds],
    });
    return rows[0]?.epoch ?? null;
  }

  /** False when another has taken it. A lease that ran out and that nobody took may still be renewed. */
  async renew(epoch: number, milliseconds = this.#options.milliseconds): Promise<boolean> {
    const { table, holder } = this.#options;
    const { rowCount } = await this.#sql.query({
      name: `${table}-renew`,
      text: `update ${table} set until = clock_timestamp() + $3 * interval '1 millisecond' where id = 1 and holder = $1 and epoch = $2`,
      values: [holder, epoch, milliseconds],
    });
    return rowCount === 1;
  }

  /** Lets the next one have it at once. */
  async release(): Promise<void> {
    const { table, holder } = this.#options;
    await this.#sql.query({ name: `${table}-release`, text: `update ${table} set until = clock_timestamp(), holder = null where id = 1 and holder = $1`, values: [holder] });
  }

  /** Who has it now, or `null`. */
  async holder(): Promise<LeaseHolder | null> {
    const { table, holder } = this.#options;
    const { rows } = await this.#sql.query<{ epoch: number; address: string; mine: boolean; until: number }>({
      name: `${table}-holder`,
      text: `select epoch::float8 as epoch, address, holder = $1 as mine, (extract(epoch from until) * 1000)::float8 as until from ${table} where id = 1 and until > clock_timestamp()`,
      values: [holder],
    });
    return rows[0] ?? null;
  }
}
