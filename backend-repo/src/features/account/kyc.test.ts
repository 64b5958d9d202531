import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type supertest from 'supertest';
import { signIn, type Signer } from '../../testing/builders.ts';
import { createVenue, sql, until, type TestVenue } from '../../testing/venue.ts';
import { askToWithdraw, mayWithdraw, WITHDRAWAL } from '../../testing/withdrawals.ts';

let app: TestVenue;
let admin: Person;
beforeAll(async () => {
  app = await createVenue();
  admin = await signIn(app, 'admin');
});
afterAll(() => app.close());

type Person = Signer & { userId: number };
const PNG = Buffer.from('89504e470d0a1a0a00000000', 'hex').toString('base64');
const IDENTITY = {
  full_name: 'Ann Example', date_of_birth: '1990-02-28', country: 'CA', address: '1 Example Street, Ottawa',
  documents: [{ kind: 'passport', media_type: 'image/png', content: PNG }],
};
const as = (who: Person, test: supertest.Test): supertest.Test => test.set('Authorization', `Bearer ${who.accessToken}`);
const submit = (who: Person, change: object = {}) => as(who, app.request.post('/api/account/kyc')).send({ ...IDENTITY, ...change });
const decide = (userId: number, kyc_status: string, who: Person = admin, more: object = {}) => as(who, app.request.patch(`/api/admin/users/${userId}/kyc`)).send({ kyc_status, reason: 'the passport was looked at', ...more });
const withdraw = (who: Person, key: string = randomUUID()) => askToWithdraw(app, who, WITHDRAWAL, key);

async function trader(): Promise<Person> {
  const person = await signIn(app, 'user');
  await app.app.trading!.account.fund(person.userId, 'USDT', '100', `kyc test ${person.userId}`);
  return mayWithdraw(app, person);
}

test('whoever shows who they are may withdraw once staff has approved it, and not before', async () => {
  const ann = await trader();
  expect((await withdraw(ann).expect(403)).body).toMatchObject({ error: { code: 'KYC_REQUIRED' } });
  expect((await submit(ann).expect(201)).body).toMatchObject({ data: { kyc_status: 'pending', submission: { status: 'pending', reason: null } } });
  await withdraw(ann).expect(403);
  await decide(ann.userId, 'approved').expect(200);
  expect((await as(ann, app.request.get('/api/account/kyc')).expect(200)).body).toMatchObject({ data: { kyc_status: 'approved', submission: { status: 'approved' } } });
  await withdraw(ann).expect(201);
});

test('a withdrawal that was asked for stays what it is when the approval is taken back, and no other is taken', async () => {
  const ann = await trader();
  await submit(ann).expect(201);
  await decide(ann.userId, 'approved').expect(200);
  const key = randomUUID();
  await withdraw(ann, key).expect(201);
  await decide(ann.userId, 'rejected').expect(200);
  await withdraw(ann, key).expect(201);
  await withdraw(ann).expect(403);
});

test('one submission at a time is looked at; after a rejection there may be another, after an approval none', async () => {
  const ann = await trader();
  const answers = await Promise.all([submit(ann), submit(ann), submit(ann)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
  await decide(ann.userId, 'rejected').expect(200);
  await submit(ann).expect(201);
  await decide(ann.userId, 'approved').expect(200);
  expect((await submit(ann).expect(409)).body).toMatchObject({ error: { code: 'KYC_APPROVED' } });
});

test('a decision is told once to whoever keeps the books, and the same decision again changes nothing', async () => {
  const ann = await trader();
  expect((await decide(ann.userId, 'approved').expect(409)).body).toMatchObject({ error: { code: 'KYC_NOT_SUBMITTED' } });
  await submit(ann).expect(201);
  await decide(ann.userId, 'approved').expect(200);
  await decide(ann.userId, 'approved').expect(200);
  const events = await sql(app.database.superUrl, `select type, payload from jobs.outbox where ordering_key = 'client ${ann.userId}'`);
  expect(events).toEqual([{ type: 'kyc.updated', payload: { clientId: String(ann.userId), kycStatus: 'approved', kycNotes: 'the passport was looked at' } }]);
});

describe('a decision that says what it is about', () => {
  const lookedAt = async (userId: number): Promise<string> => {
    const { body } = await as(admin, app.request.get(`/api/admin/users/${userId}/kyc?reason=to+judge+it`)).expect(200);
    return (body as { data: { submission: { id: string } } }).data.submission.id;
  };

  test('does not fall on what the trader sent after staff had looked', async () => {
    const ann = await trader();
    await submit(ann).expect(201);
    const submission = await lookedAt(ann.userId);
    await decide(ann.userId, 'rejected').expect(200);
    await submit(ann, { full_name: 'Somebody Else' }).expect(201);
    expect((await decide(ann.userId, 'approved', admin, { submission }).expect(409)).body).toMatchObject({ error: { code: 'WRONG_STATE' } });
    expect((await as(ann, app.request.get('/api/account/kyc'))).body).toMatchObject({ data: { kyc_status: 'rejected', submission: { status: 'pending' } } });
    await decide(ann.userId, 'approved', admin, { submission: await lookedAt(ann.userId) }).expect(200);
  });

  test('and is said again changes nothing', async () => {
    const ann = await trader();
    await submit(ann).expect(201);
    const submission = await lookedAt(ann.userId);
    for (const _again of [1, 2]) await decide(ann.userId, 'approved', admin, { submission }).expect(200);
    expect(await sql(app.database.superUrl, `select from jobs.outbox where ordering_key = 'client ${ann.userId}'`)).toHaveLength(1);
  });

  test('keeps the trader from sending another one until it is made', async () => {
    const ann = await trader();
    await submit(ann).expect(201);
    const submission = await lookedAt(ann.userId);
    await decide(ann.userId, 'rejected').expect(200);
    const holder = new pg.Client({ connectionString: app.database.superUrl });
    await holder.connect();
    try {
      const waiting = async (): Promise<number> =>
        (await sql(app.database.superUrl, `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%kyc%'`)).length;
      await holder.query('begin');
      await holder.query('select from auth.kyc_submissions where id = $1 for update', [submission]);
      const decided = decide(ann.userId, 'approved', admin, { submission }).then(({ status }) => status);
      await until(waiting, (count) => count === 1);
      let sent = 0;
      const sending = submit(ann).then(({ status }) => (sent = status));
      await until(async () => sent > 0 || (await waiting()) === 2, Boolean);
      await holder.query('commit');
      expect(await Promise.all([decided, sending])).toEqual([200, 409]);
    } finally {
      await holder.end();
    }
  });
});

describe('what was sent', () => {
  test('is sealed in the database, is not shown to its owner again, and opens for staff with a reason that is on record', async () => {
    const ann = await trader();
    await submit(ann).expect(201);
    const [row] = await sql<{ text: string }>(app.database.superUrl, `select k::text as text from auth.kyc_submissions k where user_id = ${ann.userId}`);
    expect(row!.text).not.toMatch(/Ann Example|Ottawa|iVBORw/);
    expect(JSON.stringify((await as(ann, app.request.get('/api/account/kyc'))).body)).not.toContain('Ottawa');
    expect((await as(admin, app.request.get(`/api/admin/users/${ann.userId}/kyc`)).expect(400)).body).toMatchObject({ error: { fields: { reason: expect.any(String) } } });
    const { body } = await as(admin, app.request.get(`/api/admin/users/${ann.userId}/kyc?reason=to+judge+it`)).expect(200);
    expect(body).toMatchObject({ data: { user_id: ann.userId, ...IDENTITY } });
    const read = await sql(app.database.superUrl, `select action, actor_id, reason from audit.entries where subject_id = '${ann.userId}' and actor_id <> subject_id and action = 'kyc.read'`);
    expect(read).toEqual([{ action: 'kyc.read', actor_id: String(admin.userId), reason: 'to judge it' }]);
  });

  test('is nobody else’s: traders and staff without the right see and decide nothing', async () => {
    const [ann, bob, staff] = [await trader(), await trader(), await signIn(app, 'staff')];
    await submit(ann).expect(201);
    for (const who of [bob, ann, staff]) {
      await as(who, app.request.get(`/api/admin/users/${ann.userId}/kyc?reason=curious`)).expect(403);
      await decide(ann.userId, 'approved', who).expect(403);
    }
    expect((await as(bob, app.request.get('/api/account/kyc')).expect(200)).body).toMatchObject({ data: { kyc_status: 'pending', submission: null } });
    const client = `begin; set local role app; select set_config('app.user_id', '${bob.userId}', true)`;
    await expect(sql(app.database.appUrl, `${client}; update auth.users set kyc_status = 'approved' where id = ${bob.userId}`)).rejects.toThrow(/permission denied/);
    await expect(sql(app.database.appUrl, `${client}; select details_sealed from auth.kyc_submissions`)).rejects.toThrow(/permission denied/);
  });

  test.each<[string, object, string]>([
    ['of somebody too young', { date_of_birth: '2015-01-01' }, 'date_of_birth'],
    ['with a day that does not exist', { date_of_birth: '1990-02-30' }, 'date_of_birth'],
    ['from the future', { date_of_birth: '2990-01-01' }, 'date_of_birth'],
    ['without documents', { documents: [] }, 'documents'],
    ['with four documents', { documents: Array.from({ length: 4 }, () => IDENTITY.documents[0]) }, 'documents'],
    ['with a document that is not what it says', { documents: [{ ...IDENTITY.documents[0], media_type: 'application/pdf' }] }, 'documents.0.content'],
    ['with a script as a document', { documents: [{ ...IDENTITY.documents[0], media_type: 'text/html' }] }, 'documents.0.media_type'],
    ['with a status of its own', { kyc_status: 'approved' }, 'kyc_status'],
  ])('%s is refused, with the field', async (_name, change, field) => {
    const ann = await trader();
    expect((await submit(ann, change).expect(400)).body).toMatchObject({ error: { code: 'VALIDATION_ERROR', fields: { [field]: expect.any(String) } } });
    expect((await as(ann, app.request.get('/api/account/kyc'))).body).toMatchObject({ data: { submission: null } });
  });
});
