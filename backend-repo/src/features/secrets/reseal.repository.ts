import type { ClientBase } from 'pg';
import type { SealedColumn } from '../../domain/sealed-columns.ts';

export interface SealedRow {
  readonly key: string;
  readonly others: readonly string[];
  readonly sealed: string;
}

/** As the owner. Each row is written by itself, and only while it is still what was read: nobody waits, and nothing newer is lost. */
export class ResealRepository {
  readonly #client: ClientBase;

  constructor(client: ClientBase) {
    this.#client = client;
  }

  /** Those that another key sealed, in the order of their key. */
  async under({ table, key, column, with: others }: SealedColumn, notKeyId: string, after: string | null, rowsMax: number): Promise<SealedRow[]> {
    const { rows } = await this.#client.query<SealedRow>(
      `select ${key}::text as key, array[${others.map((name) => `${name}::text`).join(', ')}]::text[] as others, ${column} as sealed from ${table}
       where ${column} is not null and not starts_with(${column}, $1 || ':') ${after === null ? '' : `and ${key} > $3`} order by ${key} limit $2`,
      [notKeyId, rowsMax, ...(after === null ? [] : [after])],
    );
    return rows;
  }

  /** False when it has changed meanwhile. */
  async replace({ table, key, column }: SealedColumn, row: SealedRow, sealed: string): Promise<boolean> {
    return (await this.#client.query(`update ${table} set ${column} = $3 where ${key} = $1 and ${column} = $2`, [row.key, row.sealed, sealed])).rowCount === 1;
  }

  /** Names that were written before they were sealed. */
  async plainNames(after: number, rowsMax: number): Promise<{ id: number; fullName: string }[]> {
    const { rows } = await this.#client.query<{ id: number; fullName: string }>('select id::float8 as id, full_name as "fullName" from auth.users where full_name is not null and id > $1 order by id limit $2', [after, rowsMax]);
    return rows;
  }

  async sealName(id: number, fullName: string, sealed: string): Promise<boolean> {
    return (await this.#client.query('update auth.users set full_name = null, full_name_sealed = $3 where id = $1 and full_name = $2', [id, fullName, sealed])).rowCount === 1;
  }
}
