import type { Knex } from 'knex';
import type { Sql } from './connection.ts';

/**
 * Row-level security (design 5.11): tables that belong to users or partners show nothing until the transaction says for whom it works.
 * The setting is local to the transaction, so it cannot leak to the next user of the pooled connection. No network call inside.
 */
export type AsUser = <T>(userId: number, work: (sql: Knex.Transaction) => Promise<T>) => Promise<T>;
export type AsPartner = <T>(exchangeId: string, work: (sql: Knex.Transaction) => Promise<T>) => Promise<T>;

export function asUser(app: Knex): AsUser {
  return (userId, work) => withSetting(app, 'app.user_id', String(userId), work);
}

export function asPartner(app: Knex): AsPartner {
  return (exchangeId, work) => withSetting(app, 'app.exchange_id', exchangeId, work);
}

/** Rows of all users, for one of us. The row-level security of such a table asks who that is. */
export function asStaff(app: Knex): AsUser {
  return (userId, work) => withSetting(app, 'app.staff_id', String(userId), work);
}

async function withSetting<T>(app: Knex, name: string, value: string, work: (sql: Knex.Transaction) => Promise<T>): Promise<T> {
  return app.transaction(async (sql) => {
    await set(sql, name, value);
    return work(sql);
  });
}

const set = async (sql: Sql, name: string, value: string): Promise<void> => void (await sql.raw('select set_config(?, ?, true)', [name, value]));

/** From here on, until the transaction ends: for whom it works turned out in it. */
export async function becomeUser(sql: Sql, userId: number): Promise<void> {
  await set(sql, 'app.user_id', String(userId));
}

/** Builds repositories anew on the transaction's connection, so that all of `work` commits or none of it does. */
export function transactionOf<Repositories>(app: Knex, build: (sql: Sql) => Repositories) {
  return <T>(work: (repositories: Repositories) => Promise<T>): Promise<T> => app.transaction((sql) => work(build(sql)));
}

/**
 * A transaction as role `writer`, for what staff and jobs change about the venue's users, on record in the same transaction (design 5.11). The
 * role is the transaction's own, so it cannot leak to the next user of the pooled connection.
 */
export function writerTransactionOf<Repositories>(app: Knex, build: (sql: Sql) => Repositories) {
  return <T>(work: (repositories: Repositories) => Promise<T>): Promise<T> =>
    app.transaction(async (sql) => {
      await sql.raw('set local role writer');
      return work(build(sql));
    });
}

/** As role `auditor`, which alone reads the audit log and appends to its chain (decision 0018). */
export function auditorTransactionOf<Repositories>(app: Knex, build: (sql: Sql) => Repositories, options: { readonly readOnly: boolean } = { readOnly: false }) {
  return <T>(work: (repositories: Repositories) => Promise<T>): Promise<T> =>
    app.transaction(async (sql) => {
      await sql.raw('set local role auditor');
      return work(build(sql));
    }, options);
}

/** From here on, until the transaction ends: what must be written as somebody else comes first. */
export async function becomeAuditor(sql: Sql): Promise<void> {
  await sql.raw('set local role auditor');
}
