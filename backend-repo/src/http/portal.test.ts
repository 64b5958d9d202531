import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestApp, type TestApp } from '../testing/test-app.ts';
import { PORTAL_PAGES, readPortal } from './portal.ts';
import { securityHeaders } from './request-context.ts';

const SCRIPT = 'shell-0123abcd.js';
let folder: string;
let app: TestApp;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portal-'));
  mkdirSync(join(folder, 'pages', 'assets'), { recursive: true });
  for (const name of Object.values(PORTAL_PAGES)) writeFileSync(join(folder, 'pages', name), `<!doctype html><title>${name}</title>`);
  writeFileSync(join(folder, 'pages', 'assets', SCRIPT), 'export const answer = 42;\n');
  writeFileSync(join(folder, 'pages', 'assets', 'notes.txt'), 'not for the world');
  writeFileSync(join(folder, 'secret.js'), 'not for the world');
  app = await createTestApp({ env: { PORTAL_DIR: join(folder, 'pages') } });
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

const get = (path: string, init: RequestInit = {}): Promise<Response> => fetch(app.url + path, init);

describe('a page of ours', () => {
  test.each(Object.entries(PORTAL_PAGES))('%s is served as HTML, with the headers that every answer has, and asked for again each time', async (path, name) => {
    const response = await get(path);
    expect([response.status, await response.text()]).toEqual([200, `<!doctype html><title>${name}</title>`]);
    expect(Object.fromEntries(response.headers)).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache', 'content-security-policy': "default-src 'self'" });
    for (const [header, value] of securityHeaders()) expect(response.headers.get(header)).toBe(value);
  });

  test('that has not changed is not sent again', async () => {
    const etag = (await get('/login')).headers.get('etag')!;
    const again = await get('/login', { headers: { 'If-None-Match': `"other", ${etag}` } });
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
  });

  test('takes GET and HEAD, nothing else', async () => {
    expect([(await get('/login', { method: 'HEAD' })).status, (await get('/login', { method: 'POST' })).status]).toEqual([200, 405]);
  });
});

describe('an asset', () => {
  test('is kept for ever, because its name says what is in it', async () => {
    const response = await get(`/portal/${SCRIPT}`);
    expect(await response.text()).toBe('export const answer = 42;\n');
    expect(Object.fromEntries(response.headers)).toMatchObject({ 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'public, max-age=31536000, immutable', 'x-content-type-options': 'nosniff' });
  });

  test('comes packed only to who takes it packed, and caches are told', async () => {
    const [packed, plain] = await Promise.all([get(`/portal/${SCRIPT}`), get(`/portal/${SCRIPT}`, { headers: { 'Accept-Encoding': 'identity' } })]);
    expect([packed, plain].map(({ headers }) => [headers.get('content-encoding'), headers.get('vary')])).toEqual([['gzip', 'Accept-Encoding'], [null, 'Accept-Encoding']]);
    expect(packed.headers.get('etag')).not.toBe(plain.headers.get('etag'));
  });

  test.each(['none.js', 'notes.txt', '../secret.js', '..%2fsecret.js', '%2e%2e%2fsecret.js', '..%5csecret.js', 'assets/../../secret.js', '/etc/passwd', '%00', '__proto__', ''])('there is none under /portal/%s', async (name) => {
    expect(await rawStatus(`/portal/${name}`)).toBe(404);
  });
});

test('without PORTAL_DIR there are no pages', async () => {
  const bare = await createTestApp({ database: app.database });
  try {
    expect((await fetch(`${bare.url}/login`)).status).toBe(404);
  } finally {
    await bare.close();
  }
});

test('a folder that holds no built portal stops the start, and the message names what is missing', () => {
  expect(() => readPortal(folder)).toThrow(/no login\.html/);
});

/** As it stands: fetch would straighten the path. */
function rawStatus(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(app.url, { path }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    call.on('error', reject);
    call.end();
  });
}
