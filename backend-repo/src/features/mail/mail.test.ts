import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transactionOf } from '../../db/as-user.ts';
import { connect, type Database } from '../../db/connection.ts';
import type { Mail } from '../../domain/mail.ts';
import { uuidV7 } from '../../domain/uuid.ts';
import { createSecretBox } from '../../domain/secret-box.ts';
import { AuditRepository } from '../audit/audit.repository.ts';
import { startMailServer, type MailServer } from '../../testing/mail-server.ts';
import { codeBlocks } from '../../testing/markdown.ts';
import { queuedMails } from '../../testing/mails.ts';
import { cloneDatabase, TEST_ENCRYPTION_KEY, type TestDatabase } from '../../testing/postgres.ts';
import { createTestApp } from '../../testing/test-app.ts';
import { sql, until } from '../../testing/venue.ts';
import { DEADLINES, OutboxGateway, SmtpGateway, type MailGateway } from './mail.gateway.ts';
import { MailRetryService } from './mail-retry.service.ts';
import { MailQueueRepository, MailRepository, type ParkedMails } from './mail.repository.ts';
import { ATTEMPTS_MAX, MailService, pauseSeconds, type MailDeps } from './mail.service.ts';

const PUBLIC_URL = 'https://api.example';
const FROM = { name: 'Northlight', address: 'no-reply@northlight.example' };
const SECRET = 'one-time-secret-of-this-link';
const box = createSecretBox([TEST_ENCRYPTION_KEY]);
const QUICK = { connectMs: 300, greetingMs: 300, silenceMs: 300, wholeMs: 1_000, stopMs: 100 };

let database: TestDatabase;
let connections: Database;
let server: MailServer;
beforeAll(async () => {
  database = await cloneDatabase();
  connections = connect(database.appUrl, 5, () => undefined);
});
afterAll(async () => {
  await connections.close();
  await database.drop();
});
beforeEach(async () => {
  server = await startMailServer();
});
afterEach(async () => {
  await server.stop();
  await sql(database.superUrl, 'delete from jobs.mails');
});

const verify = (to = 'trader@example.com'): Mail => ({ to, template: 'verify-email', data: { url: `${PUBLIC_URL}/verify#token=${SECRET}`, minutes: 60 } });
const add = (mail: Mail): Promise<void> => new MailRepository(connections.app, { box, now: Date.now, randomBytes }).add(mail);

const retry = (which: Partial<ParkedMails>): Promise<Record<string, number>> =>
  new MailRetryService({
    transaction: transactionOf(connections.app, (on) => ({ queue: new MailQueueRepository(on, box), audit: (entry) => new AuditRepository(on).add(uuidV7(Date.now(), randomBytes(10)), Date.now(), entry) })),
  }).retry({ hours: 24, template: null, mailId: null, refusedToo: false, ...which }, 'for the test', { kind: 'system', id: 'test' });

interface Node {
  readonly mails: MailService;
  readonly outcomes: string[];
  readonly log: string[];
  readonly gateway: MailGateway;
}

function node(gateway: MailGateway = new SmtpGateway(server.url, FROM, QUICK), queue: Partial<MailDeps['queue']> = {}): Node {
  const [outcomes, log]: string[][] = [[], []];
  const real = new MailQueueRepository(connections.app, box);
  const own: MailDeps['queue'] = { claim: (...args) => real.claim(...args), sent: (...args) => real.sent(...args), retry: (...args) => real.retry(...args), park: (...args) => real.park(...args), standing: () => real.standing(), purge: (...args) => real.purge(...args) };
  const mails = new MailService({
    queue: { ...own, ...queue },
    deliver: (letter) => gateway.deliver(letter),
    publicUrl: PUBLIC_URL,
    count: (template, outcome) => outcomes!.push(`${template} ${outcome}`),
    show: () => undefined,
    random: () => 0,
    onTrouble: (fields, message) => log!.push(JSON.stringify({ ...fields, message })),
  });
  return { mails, outcomes: outcomes!, log: log!, gateway };
}

interface Row {
  sealed: string | null;
  attempts: number;
  sent_at: Date | null;
  parked_at: Date | null;
  last_error: string | null;
}
const rows = (): Promise<Row[]> => sql<Row>(database.superUrl, 'select * from jobs.mails order by created_at, mail_id');
/** The statements of the runbook, in order. They stand inside a numbered list. */
async function runbookSql(): Promise<string[]> {
  const text = await readFile(new URL('../../../../docs/runbooks/mail-does-not-leave.md', import.meta.url), 'utf8');
  return codeBlocks(text.replace(/^ {3}/gm, '')).filter(({ language }) => language === 'sql').map((block) => block.text);
}
const makeDue = (): Promise<unknown> => sql(database.superUrl, `update jobs.mails set next_attempt_at = now() - interval '1 second'`);

describe('a mail', () => {
  test('leaves once, in text and HTML, and what it said is gone from the queue', async () => {
    await add(verify());
    const one = node();
    await one.mails.deliverDue();
    await makeDue();
    await one.mails.deliverDue();
    expect(server.received).toHaveLength(1);
    const [{ from, to, text }] = server.received as [(typeof server.received)[0]];
    expect([from, to]).toEqual([FROM.address, ['trader@example.com']]);
    for (const line of ['From: Northlight <no-reply@northlight.example>', 'To: trader@example.com', 'Subject: Confirm your e-mail address', 'Auto-Submitted: auto-generated', 'Content-Type: text/plain', 'Content-Type: text/html']) expect(text).toContain(line);
    expect(text.split(SECRET)).toHaveLength(4);
    expect(await rows()).toEqual([expect.objectContaining({ sealed: null, attempts: 1, sent_at: expect.any(Date), parked_at: null, last_error: null })]);
    expect(one.outcomes).toEqual(['verify-email sent']);
  });

  test('is sealed while it waits: neither the address nor the link stands in the table', async () => {
    await add(verify());
    expect(JSON.stringify(await rows())).not.toMatch(new RegExp(`trader|example|${SECRET}`));
    expect(await queuedMails(database.superUrl)).toEqual([verify()]);
  });

  test('of a change that was rolled back does not leave', async () => {
    const change = connections.app.transaction(async (transaction) => {
      await new MailRepository(transaction, { box, now: Date.now, randomBytes }).add(verify());
      throw new Error('changed my mind');
    });
    await expect(change).rejects.toThrow('changed my mind');
    await node().mails.deliverDue();
    expect(server.received).toEqual([]);
  });

  test('is sent while no transaction is open', async () => {
    await add(verify());
    server.hold();
    const one = node(new SmtpGateway(server.url, FROM, DEADLINES));
    const run = one.mails.deliverDue();
    await until(() => Promise.resolve(server.connections), (count) => count === 1);
    const open = await sql(database.superUrl, `select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null`);
    expect(open).toEqual([]);
    server.release();
    await run;
    expect(server.received).toHaveLength(1);
  });

  test.each(['a@example.com\r\nBcc: b@example.com', 'a@example.com, b@example.com', 'Name <a@example.com>', 'a@example.com>\r\nRCPT TO:<b@example.com'])('to %j goes to nobody', async (to) => {
    await add(verify(to));
    const one = node();
    await one.mails.deliverDue();
    expect([server.received, server.connections]).toEqual([[], 0]);
    expect(await rows()).toEqual([expect.objectContaining({ parked_at: expect.any(Date), last_error: 'it is not to one plain address' })]);
  });

  test('whose link leads to somebody else does not leave', async () => {
    await add({ to: 'trader@example.com', template: 'reset-password', data: { url: 'https://evil.example/reset', minutes: 5 } });
    const one = node();
    await one.mails.deliverDue();
    expect([server.received, one.outcomes]).toEqual([[], ['reset-password refused']]);
  });
});

describe('when the server', () => {
  test('is away, a mail is tried again later, and leaves when it is back', async () => {
    await add(verify());
    const one = node();
    await server.stop();
    await one.mails.deliverDue();
    expect(await rows()).toEqual([expect.objectContaining({ attempts: 1, sent_at: null, parked_at: null, last_error: expect.stringContaining('ESOCKET') })]);
    server = await startMailServer({ port: server.port });
    await one.mails.deliverDue();
    expect(server.received).toEqual([]);
    await makeDue();
    await one.mails.deliverDue();
    expect(server.received).toHaveLength(1);
    expect(one.outcomes).toEqual(['verify-email put_off', 'verify-email sent']);
  });

  test('refuses the recipient for good, the mail is parked, others leave, and no line of the log says who it was', async () => {
    server.answerRecipients((address) => (address.startsWith('nobody') ? 550 : null));
    await add(verify('nobody@example.com'));
    await add(verify());
    const one = node();
    await one.mails.deliverDue();
    await makeDue();
    await one.mails.deliverDue();
    expect(server.received.map(({ to }) => to)).toEqual([['trader@example.com']]);
    expect(one.outcomes.toSorted()).toEqual(['verify-email refused', 'verify-email sent']);
    expect((await rows())[0]).toMatchObject({ attempts: 1, parked_at: expect.any(Date), last_error: 'EENVELOPE 550 at RCPT TO' });
    expect(JSON.stringify([one.log, await rows()])).not.toMatch(/nobody|@|example/);
    expect(one.log).toEqual([expect.stringContaining('refused for good')]);
    expect(await retry({})).toEqual({});
    expect((await rows())[0]).toMatchObject({ parked_at: expect.any(Date) });
    expect(await retry({ template: 'reset-password', refusedToo: true })).toEqual({});
    expect(await retry({ refusedToo: true })).toEqual({ 'verify-email': 1 });
    expect((await rows())[0]).toMatchObject({ parked_at: null, attempts: 0 });
  });

  test('says later (451), the mail is tried again', async () => {
    server.answerRecipients(() => 451);
    await add(verify());
    const one = node();
    await one.mails.deliverDue();
    expect([await rows(), one.outcomes]).toEqual([[expect.objectContaining({ parked_at: null, attempts: 1 })], ['verify-email put_off']]);
  });

  test('wants us to sign in first, that is not the mail’s fault', async () => {
    server.answerRecipients(() => 530);
    await add(verify());
    const one = node();
    await one.mails.deliverDue();
    expect(one.outcomes).toEqual(['verify-email put_off']);
  });

  const patient = { connectMs: 5_000, greetingMs: 5_000, silenceMs: 5_000, wholeMs: 5_000, stopMs: 100 };
  test.each([
    ['never greets', { ...patient, greetingMs: 200 }],
    ['falls silent', { ...patient, silenceMs: 200 }],
    ['says a little now and then', { ...patient, wholeMs: 500 }],
  ] as const)('%s, it is left in time', async (how, deadlines) => {
    await add(verify());
    await server.stop();
    server = await startMailServer({ slow: how });
    const one = node(new SmtpGateway(server.url, FROM, deadlines));
    const began = performance.now();
    await one.mails.deliverDue();
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(one.outcomes).toEqual(['verify-email put_off']);
  });

  test('offers no encryption, nothing is said in the clear, unless that is asked for', async () => {
    await server.stop();
    server = await startMailServer({ host: '127.0.0.2' });
    await add(verify());
    const one = node(new SmtpGateway(server.url, FROM, QUICK));
    await one.mails.deliverDue();
    expect([server.received, one.outcomes]).toEqual([[], ['verify-email put_off']]);
    await makeDue();
    await node(new SmtpGateway(`${server.url}?requireTLS=false`, FROM, QUICK)).mails.deliverDue();
    expect(server.received).toHaveLength(1);
  });

  test('has refused the last attempt, the mail is parked and counted, and staff can let it go out', async () => {
    await add(verify());
    await sql(database.superUrl, 'update jobs.mails set attempts = $1', [ATTEMPTS_MAX - 1]);
    server.answerRecipients(() => 451);
    const one = node();
    await one.mails.deliverDue();
    expect(one.outcomes).toEqual(['verify-email given_up']);
    expect(await new MailQueueRepository(connections.app, box).standing()).toEqual({ waitingSeconds: 0, parked: 1 });
    server.answerRecipients(() => null);
    const [standing] = await runbookSql();
    expect(await sql(database.ownerUrl, standing!)).toEqual([expect.objectContaining({ template: 'verify-email', parked: true, attempts: ATTEMPTS_MAX, last_error: 'EENVELOPE 451 at RCPT TO' })]);
    const env = { PATH: process.env['PATH'], DATABASE_URL: database.ownerUrl, DATABASE_APP_URL: database.appUrl, ENCRYPTION_KEY: TEST_ENCRYPTION_KEY, JWT_SECRET: 'test-jwt-secret-0123456789abcdef-012345', LOG_LEVEL: 'silent' };
    const { stdout } = await promisify(execFile)(process.execPath, ['src/mail-retry.ts', '--reason', 'The server takes them again.'], { env });
    expect(JSON.parse(stdout)).toEqual({ 'verify-email': 1 });
    expect(await sql(database.superUrl, `select actor_id, reason, after from audit.entries where action = 'mail.retried' and actor_id = 'mail:retry'`)).toEqual([
      { actor_id: 'mail:retry', reason: 'The server takes them again.', after: { mails: { 'verify-email': 1 }, hours: 24, refused_too: false } },
    ]);
    await one.mails.deliverDue();
    expect(server.received).toHaveLength(1);
  });
});

describe('of several nodes', () => {
  test('each mail is delivered by one', async () => {
    const people = Array.from({ length: 30 }, (_, index) => `trader${index}@example.com`);
    for (const person of people) await add(verify(person));
    const nodes = [node(new SmtpGateway(server.url, FROM)), node(new SmtpGateway(server.url, FROM))];
    await Promise.all(nodes.map(({ mails }) => mails.deliverDue()));
    expect(server.received.map(({ to }) => to[0]).toSorted()).toEqual(people.toSorted());
    expect(nodes.map(({ outcomes }) => outcomes.length)).toEqual([expect.any(Number), expect.any(Number)]);
    expect(nodes.every(({ outcomes }) => outcomes.length > 0)).toBe(true);
  });

  test('one that is just claiming a mail has it alone; the others do not wait for it', async () => {
    for (let index = 0; index < 3; index += 1) await add(verify());
    await connections.app.transaction(async (transaction) => {
      const first = await new MailQueueRepository(transaction, box).claim(2, 60);
      const second = await new MailQueueRepository(connections.app, box).claim(5, 60);
      expect([first.length, second.length]).toEqual([2, 1]);
      expect(new Set([...first, ...second].map(({ mailId }) => mailId)).size).toBe(3);
    });
  });

  test('one that dies with a mail in hand keeps it for a minute; then another sends it', async () => {
    await add(verify());
    const queue = new MailQueueRepository(connections.app, box);
    expect(await queue.claim(5, 60)).toHaveLength(1);
    await node().mails.deliverDue();
    expect(server.received).toEqual([]);
    await makeDue();
    await node().mails.deliverDue();
    expect(server.received).toHaveLength(1);
  });

  test('one that dies after the server took a mail has it sent again, under the same Message-ID', async () => {
    await add(verify());
    const dying = node(undefined, { sent: () => Promise.reject(new Error('killed')) });
    await expect(dying.mails.deliverDue()).rejects.toThrow('killed');
    await makeDue();
    await node().mails.deliverDue();
    const ids = server.received.map(({ text }) => /^Message-ID: (\S+)/im.exec(text)?.[1]);
    expect(ids).toEqual([expect.stringMatching(/^<[0-9a-f-]{36}@northlight\.example>$/), ids[0]]);
  });

  test('one that comes back late changes nothing: another has it now', async () => {
    await add(verify());
    const queue = new MailQueueRepository(connections.app, box);
    const [late] = await queue.claim(5, 60);
    await makeDue();
    const [current] = await queue.claim(5, 60);
    expect([late!.attempt, current!.attempt]).toEqual([1, 2]);
    await queue.sent(late!.mailId, late!.attempt);
    await queue.park(late!.mailId, late!.attempt, 'late');
    expect(await rows()).toEqual([expect.objectContaining({ sent_at: null, parked_at: null })]);
    await queue.sent(current!.mailId, current!.attempt);
    expect(await rows()).toEqual([expect.objectContaining({ sent_at: expect.any(Date), sealed: null })]);
  });

  test('one whose last attempt never ended leaves it parked, not tried for ever', async () => {
    await add(verify());
    await sql(database.superUrl, 'update jobs.mails set attempts = $1', [ATTEMPTS_MAX]);
    const one = node();
    await one.mails.deliverDue();
    expect([server.received, one.outcomes]).toEqual([[], ['verify-email given_up']]);
  });

  test('one that is asked to stop cuts off a server that keeps it waiting, and the mail stays', async () => {
    await add(verify());
    server.hold();
    const one = node(new SmtpGateway(server.url, FROM, { ...DEADLINES, stopMs: 50 }));
    const run = one.mails.deliverDue();
    await until(() => Promise.resolve(server.connections), (count) => count === 1);
    one.gateway.stop();
    await one.mails.stop();
    await run;
    expect(await rows()).toEqual([expect.objectContaining({ sent_at: null, parked_at: null, last_error: 'EABORT' })]);
  });
});

test('a key that we do not hold does not lose a mail', async () => {
  const other = createSecretBox(['another-encryption-key-0123456789abcdef']);
  await new MailRepository(connections.app, { box: other, now: Date.now, randomBytes }).add(verify());
  const one = node();
  await one.mails.deliverDue();
  expect(await rows()).toEqual([expect.objectContaining({ parked_at: null, sealed: expect.any(String), last_error: 'it does not open with our keys' })]);
});

test('pauses double up to an hour, and are up to a fifth longer', () => {
  const attempts = Array.from({ length: ATTEMPTS_MAX }, (_, index) => index + 1);
  expect(attempts.map((attempt) => pauseSeconds(attempt, 0))).toEqual([15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]);
  expect(pauseSeconds(1, 0.999)).toBeCloseTo(18, 1);
});

test('what left or was parked a month ago is forgotten; what waits is not', async () => {
  for (let index = 0; index < 3; index += 1) await add(verify());
  await sql(database.superUrl, `update jobs.mails set created_at = created_at - interval '40 days'`);
  const [sent, parked] = await sql<{ mail_id: string }>(database.superUrl, 'select mail_id from jobs.mails order by mail_id');
  await sql(database.superUrl, `update jobs.mails set sent_at = now() - interval '31 days', sealed = null where mail_id = $1`, [sent!.mail_id]);
  await sql(database.superUrl, `update jobs.mails set parked_at = now() - interval '31 days' where mail_id = $1`, [parked!.mail_id]);
  expect(await node().mails.purge(10)).toBe(2);
  expect(await rows()).toHaveLength(1);
});

test('without a server mails are files in a folder, for our eyes only, with links to copy; the same mail again is the same files', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'outbox-'));
  const folder = join(parent, 'mails');
  try {
    await add(verify());
    const dying = node(new OutboxGateway(folder, FROM), { sent: () => Promise.reject(new Error('killed')) });
    await expect(dying.mails.deliverDue()).rejects.toThrow('killed');
    await makeDue();
    await node(new OutboxGateway(folder, FROM)).mails.deliverDue();
    const files = (await readdir(folder)).toSorted();
    expect(files).toEqual([expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d.-]+Z-verify-email-[0-9a-f]{12}\.eml$/), files[0]!.replace('.eml', '.txt')]);
    expect(await readFile(join(folder, files[1]!), 'utf8')).toMatch(new RegExp(`^To: trader@example\\.com\nSubject: Confirm your e-mail address\n[^]*\nhttps://api\\.example/verify#token=${SECRET}\n`));
    const text = await readFile(join(folder, files[0]!), 'utf8');
    expect(text).toContain('To: trader@example.com');
    expect(text).toContain(SECRET);
    expect([(await stat(folder)).mode & 0o777, (await stat(join(folder, files[0]!))).mode & 0o777]).toEqual([0o700, 0o600]);
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
});

test('in the service, a grave risk event and whatever else is queued leave by themselves and are counted', async () => {
  const app = await createTestApp({ database, env: { ROLES: 'widget', SMTP_URL: server.url, MAIL_FROM: 'Northlight <no-reply@northlight.example>', ALERT_EMAIL: 'operations@example.com', PUBLIC_URL } });
  try {
    await add(verify());
    await sql(database.superUrl, `insert into trading.risk_events (event_type, severity, description, kind, reference) values ('LOGIN', 'HIGH', 'Too many tries.', 'login_lockout', 'r-1')`);
    await until(() => Promise.resolve(server.received), (mails) => mails.length === 2, 10_000);
    expect(server.received.map(({ to }) => to[0]).toSorted()).toEqual(['operations@example.com', 'trader@example.com']);
    expect(server.received.map(({ text }) => text).join()).toContain('Subject: Alert: login_lockout, HIGH');
    const sent = async (): Promise<number[]> => (await app.app.metrics.registry.getSingleMetric('mails_total')!.get()).values.filter(({ labels }) => labels['outcome'] === 'sent').map(({ value }) => value);
    expect(await until(sent, (counts) => counts.length === 2)).toEqual([1, 1]);
    expect(app.logs.join('')).not.toMatch(/operations@|trader@/);
  } finally {
    await app.close();
  }
});
