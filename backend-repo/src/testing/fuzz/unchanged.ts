import pg from 'pg';

/** What writes by itself, or tells of refusals. */
const NOT_COMPARED = ['trading.engine_lease', 'auth.login_failures', 'auth.login_locks', 'auth.blocked_addresses', 'auth.api_key_calls', 'trading.risk_alerts'];

/** What is in the database, table by table, as one number each: equal before and after what was refused. */
export class Books {
  readonly #client: pg.Client;
  #query: string | null = null;

  constructor(superUrl: string) {
    this.#client = new pg.Client({ connectionString: superUrl });
  }

  async open(): Promise<void> {
    await this.#client.connect();
    // The lease is renewed every second, whoever asks for what; that somebody was refused, or guessed wrong, is on record and counted; and a signature is used up by a call that is refused, too.
    const { rows } = await this.#client.query<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema')
         and n.nspname <> 'audit' and format('%I.%I', n.nspname, c.relname) <> all ($1) order by 1`,
      [NOT_COMPARED],
    );
    // What the watch finds it writes in its own time, long after the order that it is about.
    const still = (name: string): string => (name === 'trading.risk_events' ? `(select * from ${name} where kind = 'reported')` : name);
    this.#query = rows.map(({ name }) => `select '${name}' as name, count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) as sum from ${still(name)} t`).join(' union all ');
  }

  async digest(): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.#client.query<{ name: string; sum: string }>({ name: 'digest', text: this.#query! });
    return new Map(rows.map(({ name, sum }) => [name, sum]));
  }

  /** Once nothing moves any more: what was accepted before may still have work to do. */
  async quietDigest(): Promise<ReadonlyMap<string, string>> {
    let before = await this.digest();
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const after = await this.digest();
      if (changedTables(before, after).length === 0) return after;
      before = after;
    }
    throw new Error('the database does not come to rest');
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}

export const changedTables = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] =>
  [...after].filter(([name, sum]) => before.get(name) !== sum).map(([name]) => name);
