import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { transactionOf } from '../../db/as-user.ts';
import { connect, type Database } from '../../db/connection.ts';
import type { AuditEntry } from '../../domain/audit-entry.ts';
import { uuidV7 } from '../../domain/uuid.ts';
import { OutboxRepository } from '../../jobs/outbox.repository.ts';
import { cloneDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { AuditRepository } from './audit.repository.ts';

let database: TestDatabase;
let connections: Database;
let auditor: pg.Client;
beforeAll(async () => {
  database = await cloneDatabase();
  connections = connect(database.appUrl, 2, () => undefined);
  auditor = new pg.Client({ connectionString: database.superUrl });
  await auditor.connect();
});
afterAll(async () => {
  await auditor.end();
  await connections.close();
  await database.drop();
});

const AT = Date.UTC(2026, 0, 15, 10, 30);
const entry: AuditEntry = {
  actor: { kind: 'user', id: '7', ip: '127.0.0.1', requestId: 'req_1' },
  action: 'exchange.suspended',
  subject: { kind: 'exchange', id: 'northlight' },
  reason: 'They asked for it.',
  before: { status: 'active' },
  after: { status: 'suspended' },
};
const newId = (): string => uuidV7(AT, randomBytes(10));
const inTransaction = <T>(work: (tables: { audit: AuditRepository; outbox: OutboxRepository }) => Promise<T>): Promise<T> =>
  transactionOf(connections.app, (sql) => ({ audit: new AuditRepository(sql), outbox: new OutboxRepository(sql) }))(work);
const rowsOf = async (table: string): Promise<Record<string, unknown>[]> => (await auditor.query<Record<string, unknown>>(`select * from ${table}`)).rows;
const event = (orderingKey: string) => ({ eventId: newId(), type: 'exchange.suspended', orderingKey, payload: { exchangeId: orderingKey } });

test('what a change says of itself is committed with the change, or not at all', async () => {
  const failing = inTransaction(async ({ audit, outbox }) => {
    await audit.add(newId(), AT, entry);
    await outbox.add([event('northlight')], AT);
    throw new Error('the change itself failed');
  });
  await expect(failing).rejects.toThrow('the change itself failed');
  expect([await rowsOf('audit.entries'), await rowsOf('jobs.outbox')]).toEqual([[], []]);
});

test('an entry says who did what to what, why, from where, and what was before and after', async () => {
  const entryId = newId();
  await inTransaction(({ audit }) => audit.add(entryId, AT, entry));
  expect(await rowsOf('audit.entries')).toEqual([
    {
      entry_id: entryId, at: new Date(AT), actor_kind: 'user', actor_id: '7', on_behalf_of: null, action: 'exchange.suspended', subject_kind: 'exchange', subject_id: 'northlight',
      reason: 'They asked for it.', ip: '127.0.0.1', request_id: 'req_1', before: { status: 'active' }, after: { status: 'suspended' },
    },
  ]);
});

test('H7 a secret that is handed over with the rest is not written', async () => {
  const entryId = newId();
  const after = { name: 'bot', apiSecret: 's3cret-1', nested: [{ password_hash: 's3cret-2', secret: { jwk: 's3cret-3' } }], backupCodes: ['s3cret-4'], refreshToken: 's3cret-5', secret: null, label_tokens_per_day: 5 };
  await inTransaction(({ audit }) => audit.add(entryId, AT, { ...entry, after }));
  const row = (await rowsOf('audit.entries')).find(({ entry_id }) => entry_id === entryId)!;
  expect(JSON.stringify(row)).not.toContain('s3cret');
  expect(row['after']).toEqual({ name: 'bot', apiSecret: '[secret]', nested: [{ password_hash: '[secret]', secret: '[secret]' }], backupCodes: '[secret]', refreshToken: '[secret]', secret: null, label_tokens_per_day: 5 });
});

test('events stand in the order they were written, and an event that is already there is not there twice', async () => {
  const [first, second] = [event('a'), event('a')];
  await inTransaction(({ outbox }) => outbox.add([first, second], AT));
  const rows = (await rowsOf('jobs.outbox')).toSorted((one, other) => Number(one['sequence']) - Number(other['sequence']));
  expect(rows.map(({ event_id }) => event_id)).toEqual([first.eventId, second.eventId]);
  await expect(inTransaction(({ outbox }) => outbox.add([first], AT))).rejects.toThrow(/outbox_pkey/);
});

test.each([
  'select * from audit.entries', `update audit.entries set action = 'x.y'`, 'delete from audit.entries', 'truncate audit.entries',
  `update jobs.outbox set payload = '{}'`, 'update jobs.outbox set ordering_key = null', 'delete from jobs.outbox', 'truncate jobs.outbox',
])('the service itself may not: %s', async (statement) => {
  for (const role of ['app', 'writer']) {
    const client = new pg.Client({ connectionString: database.appUrl, options: `-c role=${role}` });
    await client.connect();
    await expect(client.query(statement)).rejects.toThrow(/permission denied/);
    await client.end();
  }
});
