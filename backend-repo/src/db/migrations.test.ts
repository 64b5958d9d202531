import { expect, test } from '@jest/globals';
import pg from 'pg';
import * as confirmWithdrawals from '../../migrations/20261121018000_confirm_withdrawals.ts';
import { cloneDatabase } from '../testing/postgres.ts';
import { migrate, rollbackAll } from './migrate.ts';

async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>, options?: string): Promise<T> {
  const client = new pg.Client({ connectionString, ...(options && { options }) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const schemaOf = (url: string): Promise<unknown[]> =>
  withClient(url, async (client) => {
    const { rows } = await client.query(
      `select table_schema, table_name, column_name, data_type, is_nullable from information_schema.columns
       where table_schema in ('auth', 'audit', 'jobs', 'widget', 'trading') order by 1, 2, 3`,
    );
    return rows as unknown[];
  });

test('every migration goes back, and forward again to the same schema', async () => {
  const database = await cloneDatabase();
  try {
    const before = await schemaOf(database.superUrl);
    expect(before.length).toBeGreaterThan(50);
    await rollbackAll(database.ownerUrl);
    expect(await schemaOf(database.superUrl)).toEqual([]);
    await migrate(database.ownerUrl);
    expect(await schemaOf(database.superUrl)).toEqual(before);
  } finally {
    await database.drop();
  }
});

test('a withdrawal from before there were mails to confirm one stays with staff, and goes back to what it was; row-level security hides none', async () => {
  const database = await cloneDatabase();
  try {
    const runAsOwner = (step: (knex: never) => Promise<void>): Promise<void> => withClient(database.ownerUrl, (client) => step({ raw: (text: string) => client.query(text) } as never));
    const asSuper = (text: string): Promise<unknown[]> => withClient(database.superUrl, async (client) => (await client.query(text)).rows as unknown[]);
    await runAsOwner(confirmWithdrawals.down);
    await asSuper(`insert into trading.withdrawals (id, user_id, asset, amount, address, idempotency_key, fingerprint, funds, created_at, updated_at)
      values ('01890000-0000-7000-8000-000000000001', 1, 'USDT', 1, 'an address', 'a key', 'a fingerprint', 'taken', now(), now())`);
    await runAsOwner(confirmWithdrawals.up);
    expect(await asSuper('select status from trading.withdrawals')).toEqual([{ status: 'mail_confirmed' }]);
    await runAsOwner(confirmWithdrawals.down);
    expect(await asSuper('select status from trading.withdrawals')).toEqual([{ status: 'requested' }]);
  } finally {
    await database.drop();
  }
});

test('the ledger is append-only: neither app nor writer may change or remove a line', async () => {
  const database = await cloneDatabase();
  try {
    for (const role of [undefined, '-c role=writer']) {
      await withClient(
        database.appUrl,
        async (client) => {
          for (const table of ['trade_tokens', 'redemptions', 'executions', 'trade_tokens_default']) {
            for (const sql of [`update widget.${table} set exchange_id = 'x'`, `delete from widget.${table}`, `truncate widget.${table}`]) {
              await expect(client.query(sql)).rejects.toMatchObject({ code: '42501' });
            }
          }
        },
        role,
      );
    }
  } finally {
    await database.drop();
  }
});

test('app sees one partner’s ledger at a time, and none unasked; with row-level security off it would see all', async () => {
  const database = await cloneDatabase();
  const insert = (exchange: string): string =>
    `insert into widget.trade_tokens (jti, exchange_id, exchange_user_id, identity_mode, kid, symbol, side, type, quantity, fee_schedule, issued_at, expires_at)
     values (gen_random_uuid(), '${exchange}', 'u', 'signed', 'k', 'BTCUSDT', 'BUY', 'MARKET', 1, 1, now(), now())`;
  const seen = (as?: string): Promise<number> =>
    withClient(database.appUrl, async (client) => {
      await client.query('begin');
      if (as) await client.query(`select set_config('app.exchange_id', $1, true)`, [as]);
      return (await client.query('select 1 from widget.trade_tokens')).rowCount!;
    });
  try {
    await withClient(database.appUrl, async (client) => {
      await client.query(insert('one'));
      await client.query(insert('two'));
    }, '-c role=writer');
    expect([await seen(), await seen('one'), await seen('three')]).toEqual([0, 1, 0]);
    await withClient(database.superUrl, (client) => client.query('alter table widget.trade_tokens disable row level security'));
    expect(await seen()).toBe(2);
  } finally {
    await database.drop();
  }
});

test('tokens of this month and the next three have a partition of their own', async () => {
  const database = await cloneDatabase();
  try {
    await withClient(database.superUrl, async (client) => {
      const { rows } = await client.query<{ tables: number }>(`select count(*)::int as tables from pg_inherits where inhparent = 'widget.trade_tokens'::regclass`);
      expect(rows[0]!.tables).toBe(5);
    });
    await withClient(database.appUrl, async (client) => {
      expect((await client.query(`select widget.ensure_partitions(now() + interval '1 month', 3) as missing`)).rows).toEqual([{ missing: 0 }]);
    });
    await withClient(database.superUrl, async (client) => {
      const { rows } = await client.query<{ tables: number }>(`select count(*)::int as tables from pg_inherits where inhparent = 'widget.trade_tokens'::regclass`);
      expect(rows[0]!.tables).toBe(6);
    });
  } finally {
    await database.drop();
  }
});

test('a long read costs a new partition half a second, not the ledger its life', async () => {
  const database = await cloneDatabase();
  try {
    await withClient(database.superUrl, async (reader) => {
      await reader.query('begin; select count(*) from widget.trade_tokens');
      await withClient(database.appUrl, async (client) => {
        const started = Date.now();
        const { rows } = await client.query<{ missing: number }>(`select widget.ensure_partitions(now() + interval '1 month', 3) as missing`);
        expect(rows[0]!.missing).toBeGreaterThan(0);
        expect(Date.now() - started).toBeLessThan(3_000);
      });
    });
  } finally {
    await database.drop();
  }
});

test('a month whose rows went to the default partition does not keep the others from getting theirs', async () => {
  const database = await cloneDatabase();
  try {
    await withClient(database.superUrl, async (client) => {
      await client.query(`insert into widget.redemptions_default (jti, exchange_id, redeemed_at) values (widget.first_uuid_of(now() + interval '4 months'), 'x', now()) on conflict do nothing`);
      const { rows } = await client.query<{ missing: number }>(`select widget.ensure_partitions(now(), 5) as missing`);
      expect(rows[0]!.missing).toBe(1);
    });
  } finally {
    await database.drop();
  }
});
