import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import Joi from 'joi';
import { request } from 'node:http';
import { createPartner, LIMIT_ORDER, openSession, type TestPartner, type TestUser } from '../testing/builders.ts';
import { createTestApp, signedHeaders, type TestApp } from '../testing/test-app.ts';
import { parse } from './validate.ts';

// Each of these was found by the fuzz (src/testing/fuzz) and has its place here, where it is read and found again in a second.
let app: TestApp;
let partner: TestPartner;
let user: TestUser;
beforeAll(async () => {
  app = await createTestApp();
  partner = await createPartner(app);
  user = await openSession(app, partner);
});
afterAll(() => app.close());

interface Answered {
  readonly status: number;
  readonly json: { error?: { code: string; fields?: Record<string, string> } };
}

/** As it stands, nothing encoded and nothing added. */
function send(method: string, path: string, headers: Record<string, string> = {}, body: Buffer | string = ''): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const call = request(`${app.url}${path}`, { method, headers: { ...headers, 'Content-Length': Buffer.byteLength(body) } }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode!, json: text === '' ? {} : (JSON.parse(text) as Answered['json']) }));
    });
    call.on('error', reject);
    call.end(body);
  });
}

const JSON_TYPE = { 'Content-Type': 'application/json' };
const login = (body: Buffer | string, type = 'application/json'): Promise<Answered> => send('POST', '/api/auth/login', { 'Content-Type': type }, body);
const tokenBody = (more: object = {}): string => JSON.stringify({ exchangeId: partner.exchangeId, exchangeUserId: user.exchangeUserId, trade: LIMIT_ORDER, ...more });
const askToken = (body: string): Promise<Answered> =>
  send('POST', '/api/app/widget/generate-trade-token', { ...JSON_TYPE, Authorization: `Bearer ${user.sessionToken}`, 'Idempotency-Key': 'a'.repeat(16) }, body);

describe('a body nested deeper than any stack is refused like any other wrong one:', () => {
  test.each([
    ['lists', `{"email":${'['.repeat(45_000)}${']'.repeat(45_000)},"password":"x"}`],
    ['objects', `${'{"a":'.repeat(15_000)}1${'}'.repeat(15_000)}`],
    ['nothing but lists', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
  ])('%s', async (_what, body) => {
    const { status, json } = await login(body);
    expect([status, json.error?.code]).toEqual([400, 'VALIDATION_ERROR']);
  });
});

test('not even where a body may hold what it likes is it read without a bound', () => {
  const schema = Joi.object({ publicKey: Joi.object().unknown(true) });
  const deep = JSON.parse(`{"publicKey":${'{"a":'.repeat(10_000)}"\\u0000"${'}'.repeat(10_000)}}`) as unknown;
  expect(() => parse(schema, deep)).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }));
});

test('a wrong entry of a list is named by its place, and the sentence does not name it again', () => {
  const schema = Joi.object({ scopes: Joi.array().items(Joi.string().valid('trade')) });
  expect(() => parse(schema, { scopes: ['trade', 'x'] })).toThrow(expect.objectContaining({ fields: { 'scopes.1': 'Must be [trade].' } }));
});

test('a control character is found wherever it stands', () => {
  const schema = Joi.object({ free: Joi.object().unknown(true) });
  for (const free of [{ a: ['x', { b: 'c\u0000' }] }, { 'na\u0000me': 1 }, { a: [{ '\ud800': 1 }] }]) expect(() => parse(schema, { free })).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }));
  expect(parse(schema, { free: { a: ['x', { b: 'c', é: null }] } })).toEqual({ free: { a: ['x', { b: 'c', é: null }] } });
});

test.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf'])('an unknown field is refused when it is called %s', async (name) => {
  const { status, json } = await askToken(tokenBody({ [name]: 1 }));
  expect([status, Object.keys(json.error?.fields ?? {})]).toEqual([400, [name]]);
});

test.each(['/health/', '/Health', '/API/widget/config?id=a', '/api/auth/jwks/'])('an address has one spelling: nothing is at %s', async (path) => {
  const { status, json } = await send('GET', path);
  expect([status, json.error?.code]).toEqual([404, 'NOT_FOUND']);
});

test.each(['/api/widget/jwks/%ff', '/api/widget/jwks/%'])('a path that cannot be decoded is named as what is wrong (%s)', async (path) => {
  const { status, json } = await send('GET', path);
  expect([status, json.error]).toEqual([400, expect.objectContaining({ code: 'VALIDATION_ERROR', fields: { path: expect.any(String) } })]);
});

test.each(['/health', '/ready', '/api/auth/jwks'])('an answer without an ETag is whole, whatever If-None-Match says (%s)', async (path) => {
  const { status } = await send('GET', path, { 'If-None-Match': '*' });
  expect(status).toBe(200);
});

test('an empty body is not an empty object', async () => {
  const { status, json } = await login('');
  expect([status, json.error?.code]).toEqual([400, 'INVALID_JSON']);
});

describe('a body is UTF-8:', () => {
  test.each(['utf-16', 'utf-16le', 'utf-32'])('not %s', async (charset) => {
    const { status, json } = await login(Buffer.from('{"email":"a","password":"b"}', 'utf16le'), `application/json; charset=${charset}`);
    expect([status, json.error?.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });

  const broken = Buffer.from('{"email":"a@example.com","password":"\xc3\x28"}', 'latin1');
  test('not bytes that are none', async () => {
    const { status, json } = await login(broken);
    expect([status, json.error?.code]).toEqual([400, 'INVALID_JSON']);
  });

  test('not even signed ones', async () => {
    const body = broken.toString('latin1');
    const path = '/api/widget/redeem';
    // The signature fits the bytes as they are sent.
    const { status, json } = await send('POST', path, signedHeaders(partner, 'POST', path, broken, { timestamp: app.now() }), Buffer.from(body, 'latin1'));
    expect([status, json.error?.code]).toEqual([400, 'INVALID_JSON']);
  });
});
