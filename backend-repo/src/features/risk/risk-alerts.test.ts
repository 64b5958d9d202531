import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { connect, type Database } from '../../db/connection.ts';
import { writerTransactionOf } from '../../db/as-user.ts';
import { createSecretBox } from '../../domain/secret-box.ts';
import { queuedMails } from '../../testing/mails.ts';
import { cloneDatabase, TEST_ENCRYPTION_KEY, type TestDatabase } from '../../testing/postgres.ts';
import { sql } from '../../testing/venue.ts';
import { MailRepository } from '../mail/mail.repository.ts';
import { RiskAlertsRepository } from './risk-alerts.repository.ts';
import { RiskAlertsService } from './risk-alerts.service.ts';

const TO = 'operations@example.com';
let database: TestDatabase;
let connections: Database;
beforeAll(async () => {
  database = await cloneDatabase();
  connections = connect(database.appUrl, 4, () => undefined);
});
afterAll(async () => {
  await connections.close();
  await database.drop();
});
beforeEach(() => sql(database.superUrl, 'truncate trading.risk_events, trading.risk_alerts, jobs.mails'));

const sealing = { box: createSecretBox([TEST_ENCRYPTION_KEY]), now: Date.now, randomBytes };
const node = (mail?: () => Promise<void>): RiskAlertsService =>
  new RiskAlertsService({
    transaction: writerTransactionOf(connections.app, (tables) => ({ alerts: new RiskAlertsRepository(tables), mail: mail ?? ((each) => new MailRepository(tables, sealing).add(each)) })),
    to: TO,
  });
const event = (kind: string, severity: string, description = 'What was seen.'): Promise<unknown> =>
  sql(database.superUrl, `insert into trading.risk_events (event_type, severity, description, kind, reference) values ('TRADE', $1, $2, $3, gen_random_uuid()::text)`, [severity, description, kind]);
const alerts = async (): Promise<unknown[]> => (await queuedMails(database.superUrl, TO)).map(({ data }) => ({ ...data, description: (data as { description: string }).description.replace(' GET /api/risk/events names trader, market and evidence.', '') }));
const tenMinutesLater = (): Promise<unknown> => sql(database.superUrl, `update trading.risk_alerts set told_at = told_at - interval '10 minutes'`);

test('a grave event is told of by mail, once; a lesser one is not', async () => {
  await event('wash_trading', 'HIGH', 'Sold to themselves.');
  await event('order_rate', 'MEDIUM');
  await event('spoofing', 'LOW');
  await node().tell();
  await node().tell();
  await tenMinutesLater();
  await node().tell();
  expect(await alerts()).toEqual([{ kind: 'wash_trading', severity: 'HIGH', description: 'Sold to themselves.' }]);
});

test('of one kind a mail goes out at most every ten minutes, and tells of all that came since', async () => {
  await event('spoofing', 'HIGH', 'first');
  await node().tell();
  await event('spoofing', 'HIGH', 'second');
  await event('spoofing', 'CRITICAL', 'worst');
  await event('spoofing', 'HIGH', 'last');
  await event('layering', 'HIGH', 'another kind');
  await node().tell();
  expect((await alerts()).slice(1)).toEqual([{ kind: 'layering', severity: 'HIGH', description: 'another kind' }]);
  await tenMinutesLater();
  await node().tell();
  expect((await alerts()).slice(2)).toEqual([{ kind: 'spoofing', severity: 'CRITICAL', description: 'worst And 2 more of this kind.' }]);
});

test('an event that became worse is told of again; a note of staff on it is not', async () => {
  await event('spoofing', 'MEDIUM');
  await node().tell();
  await sql(database.superUrl, `update trading.risk_events set severity = 'HIGH'`);
  await node().tell();
  await tenMinutesLater();
  await sql(database.superUrl, `update trading.risk_events set note = 'looked at it', resolved = true`);
  await node().tell();
  expect(await alerts()).toHaveLength(1);
});

test('two nodes at once tell of it once', async () => {
  for (let round = 0; round < 5; round += 1) {
    await sql(database.superUrl, 'truncate trading.risk_events, trading.risk_alerts, jobs.mails');
    await event('wash_trading', 'CRITICAL');
    await Promise.all([node().tell(), node().tell(), node().tell()]);
    expect(await alerts()).toHaveLength(1);
  }
});

test('what could not be queued is told of at the next turn', async () => {
  await event('wash_trading', 'HIGH');
  await expect(node(() => Promise.reject(new Error('no mail'))).tell()).rejects.toThrow('no mail');
  await node().tell();
  expect(await alerts()).toHaveLength(1);
});
