import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newReportKey, reportExecutions, type NewReportKey } from '@our-domain/trade-token-verifier';
import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import pg from 'pg';
import type supertest from 'supertest';
import { createPartner, getToken, listTokens, openSession, signIn, type TestPartner, type TestUser, type TokenLife } from '../../testing/builders.ts';
import { createTestApp, signedHeaders, type TestApp } from '../../testing/test-app.ts';

const PATH = '/api/widget/executions';

let app: TestApp;
let owner: pg.Client;
let partner: TestPartner;
let user: TestUser;
let key: NewReportKey;
let accessToken: string;
beforeAll(async () => {
  app = await createTestApp({ env: { LIMIT_TOKENS_PER_SECOND_PER_USER: '1000', LIMIT_OPEN_TOKENS_PER_USER: '1000' } });
  owner = new pg.Client({ connectionString: app.database.superUrl });
  await owner.connect();
  accessToken = (await signIn(app, 'admin')).accessToken;
  partner = await createPartner(app);
  user = await openSession(app, partner);
  key = await register(partner);
});
afterAll(async () => {
  await owner.end();
  await app.close();
});

async function register({ exchangeId }: TestPartner, made = newReportKey()): Promise<NewReportKey> {
  const call = app.request.put(`/api/admin/exchanges/${exchangeId}/report-key`).set('Authorization', `Bearer ${accessToken}`).send({ publicKey: made.publicJwk });
  expect((await call.expect(200)).body).toMatchObject({ data: { reportKey: { kid: made.kid } } });
  return made;
}

const base64Url = (value: string | Buffer): string => Buffer.from(value).toString('base64url');
const signValue = (header: string, body: string, privateKey = key.privateKey): Buffer =>
  sign('sha256', Buffer.from(`${header}.${base64Url(body)}`), { key: privateKey, dsaEncoding: 'ieee-p1363' });
/** As RFC 7515 says, appendix F, without a library of ours. */
const detached = (body: string, header: object | string = { alg: 'ES256', kid: key.kid }, privateKey = key.privateKey): string => {
  const encoded = base64Url(typeof header === 'string' ? header : JSON.stringify(header));
  return `${encoded}..${base64Url(signValue(encoded, body, privateKey))}`;
};

/** Later than every token of these tests, and not so late that no clock could show it. */
const EXECUTED_AT = new Date(Date.now() + 3_600_000).toISOString();
const report = (jti: string, change: object = {}): object => ({ jti, status: 'executed', quantity: '0.01', price: '64000', orderId: '17', executedAt: EXECUTED_AT, ...change });
const text = (...reports: object[]): string => JSON.stringify({ executions: reports });
const freshJti = async (): Promise<string> => (await getToken(app, user)).jti;

function send(body: string, signature: string | null, by = partner): supertest.Test {
  const call = app.request.post(PATH).set(signedHeaders(by, 'POST', PATH, body, { timestamp: app.now() }));
  return (signature === null ? call : call.set('X-Report-Signature', signature)).send(body);
}

const lifeOf = async (jti: string): Promise<TokenLife> => (await listTokens(app, accessToken, partner.exchangeId)).tokens.find((life) => life.jti === jti)!;
const signedOf = async (jti: string): Promise<unknown> => (await lifeOf(jti)).execution?.['signed'];
const evidenceCount = async (): Promise<number> => (await owner.query<{ rows: number }>('select count(*)::int as rows from widget.report_evidence')).rows[0]!.rows;
const onRecord = async (jti: string): Promise<number> => (await owner.query('select from widget.executions where jti = $1', [jti])).rowCount!;

test('a signed batch is recorded with its evidence, and what is due by it says so', async () => {
  const own = await createPartner(app);
  const ownKey = await register(own);
  const trader = await openSession(app, own);
  const [one, two] = [await getToken(app, trader), await getToken(app, trader)];
  const body = text(report(one.jti));
  expect((await send(body, detached(body, { alg: 'ES256', kid: ownKey.kid }, ownKey.privateKey), own).expect(200)).body).toMatchObject({ data: { recorded: 1 } });
  await send(text(report(two.jti)), null, own).expect(200);
  const { tokens } = await listTokens(app, accessToken, own.exchangeId);
  expect(Object.fromEntries(tokens.map(({ jti, execution }) => [jti, execution?.['signed']]))).toEqual({ [one.jti]: true, [two.jti]: false });
  const span = new URLSearchParams({ from: new Date(app.now() - 60_000).toISOString(), to: new Date(app.now() + 60_000).toISOString() }).toString();
  const fees = await app.request.get(`/api/admin/exchanges/${own.exchangeId}/fees?${span}`).set('Authorization', `Bearer ${accessToken}`).expect(200);
  expect(fees.body).toMatchObject({ data: { due: [{ asset: 'USDT', executedNotional: '1280', amount: '0.64', signedAmount: '0.32' }] } });
});

test('an auditor who has the public key alone can check what we keep: every byte counts', async () => {
  const jti = await freshJti();
  const body = `{ "executions" : [ ${JSON.stringify(report(jti, { orderId: 'A-17' }))} ] }\n`;
  await send(body, detached(body)).expect(200);
  const { rows } = await owner.query<{ body: Buffer; signature: string; public_jwk: Record<string, string>; quantity: string; price: string; order_id: string }>(
    `select v.body, v.signature, k.public_jwk, e.quantity, e.price, e.order_id from widget.executions e
     join widget.report_evidence v using (evidence_id) join widget.report_keys k on k.exchange_id = v.exchange_id and k.kid = v.kid where e.jti = $1`,
    [jti],
  );
  const { body: kept, signature, public_jwk: jwk, ...line } = rows[0]!;
  const [header, nothing, value] = signature.split('.') as [string, string, string];
  const holds = (bytes: Buffer): boolean =>
    verify('sha256', Buffer.from(`${header}.${bytes.toString('base64url')}`), { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }, Buffer.from(value, 'base64url'));
  expect([nothing, JSON.parse(Buffer.from(header, 'base64url').toString())]).toEqual(['', { alg: 'ES256', kid: key.kid }]);
  expect(kept.toString()).toBe(body);
  expect(holds(kept)).toBe(true);
  for (let at = 0; at < kept.length; at += 1) {
    const altered = Buffer.from(kept);
    altered[at]! ^= 1;
    expect(holds(altered)).toBe(false);
  }
  const said = (JSON.parse(kept.toString()) as { executions: Record<string, string>[] }).executions.find((one) => one['jti'] === jti)!;
  expect([Number(line.quantity), Number(line.price), line.order_id]).toEqual([Number(said['quantity']), Number(said['price']), said['orderId']]);
});

test('the package that partners install signs what we take', async () => {
  const jti = await freshJti();
  const said = { jti, status: 'executed', quantity: '0.01', price: '64000', orderId: '17', executedAt: new Date().toISOString() } as const;
  const { apiKey, apiSecret } = partner;
  expect(await reportExecutions({ apiUrl: app.url, apiKey, apiSecret, reportKey: key.privateKey }, [said])).toMatchObject({ recorded: 1, refused: [] });
  expect(await signedOf(jti)).toBe(true);
});

describe('a signature is refused, and nothing recorded, when', () => {
  const header = (): string => base64Url(JSON.stringify({ alg: 'ES256', kid: key.kid }));
  const stranger = newReportKey();
  test.each<[string, (body: string) => string]>([
    ['it is empty', () => ''],
    ['it is no JWS', () => 'yes'],
    ['the body is another', (body) => detached(body.replace('64000', '6400'))],
    ['another key made it', (body) => detached(body, undefined, stranger.privateKey)],
    ['another key made it under its own name', (body) => detached(body, { alg: 'ES256', kid: stranger.kid }, stranger.privateKey)],
    ['it names no key', (body) => detached(body, { alg: 'ES256' })],
    ['it names an algorithm of its own', (body) => detached(body, { alg: 'ES384', kid: key.kid })],
    ['it asks for none', (body) => `${base64Url(JSON.stringify({ alg: 'none', kid: key.kid }))}..${detached(body).split('..')[1]!}`],
    ['its header says more', (body) => detached(body, { alg: 'ES256', kid: key.kid, typ: 'JWT' })],
    ['it brings its own key', (body) => detached(body, { alg: 'ES256', kid: key.kid, jwk: stranger.publicJwk }, stranger.privateKey)],
    ['it wants its payload unencoded', (body) => detached(body, { alg: 'ES256', kid: key.kid, b64: false, crit: ['b64'] })],
    ['its header names a thing twice', (body) => detached(body, `{"alg":"none","alg":"ES256","kid":"${key.kid}"}`)],
    ['it carries the payload', (body) => detached(body).replace('..', `.${base64Url(body)}.`)],
    ['it ends in another spelling of the same bytes', (body) => detached(body).replace(/.$/, (last) => String.fromCharCode(last.charCodeAt(0) + 1))],
    ['it is padded', (body) => `${detached(body)}==`],
    ['it is DER', (body) => `${header()}..${sign('sha256', Buffer.from(`${header()}.${base64Url(body)}`), key.privateKey).toString('base64url')}`],
    ['it stands twice', (body) => `${detached(body)}, ${detached(body)}`],
    ['it is all zeros', () => `${header()}..${Buffer.alloc(64).toString('base64url')}`],
    ['it is longer than a signature is', (body) => detached(body, `{"alg":"ES256",${' '.repeat(1_000)}"kid":"${key.kid}"}`)],
  ])('%s', async (_name, signature) => {
    const jti = await freshJti();
    const body = text(report(jti));
    const before = await evidenceCount();
    expect((await send(body, signature(body)).expect(401)).body).toMatchObject({ error: { code: 'REPORT_SIGNATURE_INVALID' } });
    expect([await onRecord(jti), await evidenceCount()]).toEqual([0, before]);
  });

  test('the partner has no report key', async () => {
    const keyless = await createPartner(app);
    const body = text(report((await getToken(app, await openSession(app, keyless))).jti));
    expect((await send(body, detached(body), keyless).expect(401)).body).toMatchObject({ error: { code: 'REPORT_SIGNATURE_INVALID' } });
  });

  test("the key is another partner's", async () => {
    const other = await createPartner(app);
    await register(other);
    const body = text(report((await getToken(app, await openSession(app, other))).jti));
    await send(body, detached(body), other).expect(401);
  });

  test('the key was replaced; what it signed before stays on record with it', async () => {
    const own = await createPartner(app);
    const old = await register(own);
    const jti = (await getToken(app, await openSession(app, own))).jti;
    const body = text(report(jti));
    const signature = detached(body, { alg: 'ES256', kid: old.kid }, old.privateKey);
    await send(body, signature, own).expect(200);
    await register(own);
    await send(body, signature, own).expect(401);
    const { rows } = await owner.query('select kid from widget.report_evidence where exchange_id = $1', [own.exchangeId]);
    expect(rows).toEqual([{ kid: old.kid }]);
  });
});

test('white space in the header and either order of its two members are fine', async () => {
  for (const header of [`{"kid":"${key.kid}","alg":"ES256"}`, `{\r\n "alg": "ES256",\t"kid": "${key.kid}" }`]) {
    const body = text(report(await freshJti()));
    expect((await send(body, detached(body, header)).expect(200)).body).toMatchObject({ data: { recorded: 1 } });
  }
});

test('the signature of the call itself is asked for first', async () => {
  const body = text(report(await freshJti()));
  const headers = { ...signedHeaders(partner, 'POST', PATH, body, { timestamp: app.now() }), 'X-API-Signature': '0'.repeat(64), 'X-Report-Signature': detached(body) };
  expect((await app.request.post(PATH).set(headers).send(body).expect(401)).body).toMatchObject({ error: { code: 'SIGNATURE_INVALID' } });
});

describe('evidence', () => {
  test('of a report that was sent unsigned comes with the signed repetition, once', async () => {
    const jti = await freshJti();
    const body = text(report(jti));
    await send(body, null).expect(200);
    expect(await signedOf(jti)).toBe(false);
    const before = await evidenceCount();
    for (let count = 0; count < 2; count += 1) expect((await send(body, detached(body)).expect(200)).body).toMatchObject({ data: { recorded: 0, duplicates: 1 } });
    expect([await signedOf(jti), await evidenceCount(), await onRecord(jti)]).toEqual([true, before + 1, 1]);
    const { rows } = await owner.query('select v.body from widget.report_evidence_links l join widget.report_evidence v using (evidence_id) where l.jti = $1', [jti]);
    expect(rows).toEqual([{ body: Buffer.from(body) }]);
  });

  test('of a signed report stays when it is repeated unsigned', async () => {
    const jti = await freshJti();
    const body = text(report(jti));
    await send(body, detached(body)).expect(200);
    await send(body, null).expect(200);
    expect(await signedOf(jti)).toBe(true);
  });

  test('is of the report it signs, not of the token: a signed total of before does not sign a later one', async () => {
    const jti = await freshJti();
    const partly = (quantity: string): object => report(jti, { status: 'partially_executed', quantity });
    const [early, both] = [text(partly('0.002')), text(partly('0.002'), partly('0.004'))];
    await send(early, detached(early)).expect(200);
    expect(await signedOf(jti)).toBe(true);
    await send(text(partly('0.004')), null).expect(200);
    for (let count = 0; count < 2; count += 1) expect((await send(early, detached(early)).expect(200)).body).toMatchObject({ data: { duplicates: 1 } });
    expect(await signedOf(jti)).toBe(false);
    expect((await send(both, detached(both)).expect(200)).body).toMatchObject({ data: { recorded: 0, duplicates: 2 } });
    expect(await signedOf(jti)).toBe(true);
  });

  test('is one line for a batch, and none when the batch says nothing new', async () => {
    const [one, two] = [await freshJti(), await freshJti()];
    const before = await evidenceCount();
    const refused = text(report(one, { quantity: '5' }), report('01919191-9191-7191-9191-919191919191'));
    await send(refused, detached(refused)).expect(200);
    expect(await evidenceCount()).toBe(before);
    const both = text(report(one), report(two), report(one));
    expect((await send(both, detached(both)).expect(200)).body).toMatchObject({ data: { recorded: 2, duplicates: 1 } });
    expect(await evidenceCount()).toBe(before + 1);
  });

  test('and report are one: where the report cannot be written there is no evidence either', async () => {
    const jti = await freshJti();
    const body = text(report(jti, { orderId: 'FAILS' }));
    const before = await evidenceCount();
    await owner.query(`alter table widget.executions add constraint executions_test check (order_id <> 'FAILS')`);
    try {
      const headers = { ...signedHeaders(partner, 'POST', PATH, body, { timestamp: app.now() }), 'X-Report-Signature': detached(body) };
      expect((await fetch(app.url + PATH, { method: 'POST', headers, body })).status).toBe(500);
    } finally {
      await owner.query('alter table widget.executions drop constraint executions_test');
    }
    expect([await onRecord(jti), await evidenceCount()]).toEqual([0, before]);
  });

  test("shows nobody another partner's, and neither app nor writer may change or remove it", async () => {
    for (const role of ['app', 'writer']) {
      for (const table of ['report_evidence', 'report_evidence_links']) {
        for (const change of [`update widget.${table} set exchange_id = 'x'`, `delete from widget.${table}`]) {
          await owner.query('begin');
          await owner.query(`set local role ${role}`);
          await expect(owner.query(change)).rejects.toMatchObject({ code: '42501' });
          await owner.query('rollback');
        }
      }
    }
    const seen = async (as: string): Promise<number> => {
      await owner.query('begin');
      await owner.query('set local role app');
      await owner.query(`select set_config('app.exchange_id', $1, true)`, [as]);
      const { rowCount } = await owner.query('select from widget.report_evidence_links union all select from widget.report_evidence');
      await owner.query('rollback');
      return rowCount!;
    };
    expect(await seen('nobody')).toBe(0);
    expect(await seen(partner.exchangeId)).toBeGreaterThan(1);
  });
});

test('a key of another curve makes no signature we take, whatever it calls itself', async () => {
  const body = text(report(await freshJti()));
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
  const header = base64Url(JSON.stringify({ alg: 'ES256', kid: key.kid }));
  const value = sign('sha256', Buffer.from(`${header}.${base64Url(body)}`), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  await send(body, `${header}..${value.toString('base64url')}`).expect(401);
});
