import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { getToken, LIMIT_ORDER, listTokens, newExchange, requestToken, signIn, type TestUser } from './builders.ts';
import { codeBlocks, type CodeBlock } from './markdown.ts';
import { freePort } from './postgres.ts';
import { createTestApp, type TestApp } from './test-app.ts';
import { until } from './venue.ts';

const run = promisify(execFile);
const BACKEND = fileURLToPath(new URL('../..', import.meta.url));
const GUIDE = fileURLToPath(new URL('../../../docs/guides/partner.md', import.meta.url));
const EXCHANGE_LINES_MAX = 20;
const ALICE = 'sid=alice';
const BOB = 'sid=bob';

let blocks: CodeBlock[];
let folder: string;
beforeAll(async () => {
  blocks = codeBlocks(await readFile(GUIDE, 'utf8'));
  folder = await mkdtemp(join(tmpdir(), 'partner-guide-'));
  await installAsAPartnerWould(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const theExchange = (): string => blocks.find(({ language, text }) => language === 'js' && text.includes('requireTradeToken'))!.text;

/** What `npm install express @our-domain/trade-token-verifier` leaves, without a network. */
async function installAsAPartnerWould(project: string): Promise<void> {
  const installed = join(project, 'node_modules', '@our-domain', 'trade-token-verifier');
  await mkdir(installed, { recursive: true });
  const { stdout } = await run('npm', ['pack', '--json', '--offline', '--pack-destination', project], { cwd: join(BACKEND, 'verifier') });
  const filename = /"filename": "([^"]+)"/.exec(stdout)![1]!;
  await run('tar', ['-xzf', join(project, filename), '-C', installed, '--strip-components', '1']);
  for (const name of ['express', 'jsonwebtoken']) await symlink(join(BACKEND, 'node_modules', name), join(project, 'node_modules', name));
}

test('the exchange of the guide is one block of at most 20 lines, and names its environment', () => {
  expect(theExchange().split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(EXCHANGE_LINES_MAX);
  const environment = blocks.find(({ language, text }) => language === 'sh' && text.includes('node exchange.mjs'))!.text;
  const read = [.../(?<=\{ )[^}]+(?= \} = process\.env)/.exec(theExchange())![0].matchAll(/[A-Z_]{3,}/g)].map(([name]) => name);
  expect([...environment.matchAll(/([A-Z_]+)=/g)].map(([, name]) => name).sort()).toEqual([...read].sort());
});

test('every other block of the guide can be read by what it is written for', async () => {
  await Promise.all(blocks.map(async ({ language, text }, index) => {
    if (language === 'json') JSON.parse(text);
    if (language === 'sh') await run('bash', ['-n', '-c', text]);
    if (language !== 'js') return;
    const file = join(folder, `block-${index}.mjs`);
    await writeFile(file, text);
    await run(process.execPath, ['--check', file]);
  }));
  expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(['mermaid', 'html', 'js', 'json', 'sh']));
});

test('the report key of the guide is printed as it says', async () => {
  const file = join(folder, 'report-key.mjs');
  await writeFile(file, blocks.find(({ text }) => text.includes('newReportKey()'))!.text);
  const { stdout } = await run(process.execPath, [file], { cwd: folder });
  expect(JSON.parse(stdout.split('\n')[0]!)).toMatchObject({ kty: 'EC', crv: 'P-256' });
  expect(stdout).toContain('-----BEGIN PRIVATE KEY-----');
});

describe('the exchange of the guide', () => {
  let app: TestApp;
  let exchange: ChildProcess;
  let url: string;
  let exchangeId: string;
  let admin: string;
  beforeAll(async () => {
    app = await createTestApp();
    admin = (await signIn(app, 'admin')).accessToken;
    const secrets = await takenOn();
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    await writeFile(join(folder, 'exchange.mjs'), theExchange());
    exchange = spawn(process.execPath, ['exchange.mjs'], {
      cwd: folder,
      env: { PORT: String(port), API_URL: app.url, EXCHANGE_ID: exchangeId, API_KEY: secrets.apiKey, API_SECRET: secrets.apiSecret, SESSION_SECRET: secrets.sessionSecret },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await until(() => fetch(url).then(() => true, () => false), (listens) => listens);
  });
  afterAll(async () => {
    exchange.kill('SIGKILL');
    if (exchange.exitCode === null) await once(exchange, 'exit');
    await app.close();
  });

  /** As staff takes a partner on, with the mapping of the guide. */
  async function takenOn(): Promise<Record<'apiKey' | 'apiSecret' | 'sessionSecret', string>> {
    exchangeId = 'northlight';
    const { symbols, theme, features } = newExchange(exchangeId);
    const endpoints = JSON.parse(blocks.find(({ language }) => language === 'json')!.text) as object;
    const { body } = await app.request.post('/api/admin/exchanges').set('Authorization', `Bearer ${admin}`)
      .send({ exchangeId, name: 'Northlight', symbols, theme, features, endpoints }).expect(201);
    return (body as { data: { secrets: Record<'apiKey' | 'apiSecret' | 'sessionSecret', string> } }).data.secrets;
  }

  interface Page {
    readonly venueToken: string;
    readonly user: TestUser;
  }

  /** What the widget does when a signed-in trader opens the page. */
  async function openPage(cookie: string): Promise<Page> {
    const { userToken, venueToken } = (await (await fetch(`${url}/widget-session`, { method: 'POST', headers: { cookie } })).json()) as Record<'userToken' | 'venueToken', string>;
    const { body } = await app.request.post('/api/widget/session').send({ exchangeId, userToken }).expect(200);
    const exchangeUserId = (JSON.parse(Buffer.from(userToken.split('.')[1]!, 'base64url').toString()) as { sub: string }).sub;
    const { sessionToken } = (body as { data: { sessionToken: string } }).data;
    return { venueToken, user: { partner: { exchangeId } as TestUser['partner'], exchangeUserId, sessionToken } };
  }

  async function order(page: Page, token: string | null, body: object = LIMIT_ORDER): Promise<[status: number, body: Record<string, never>]> {
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${page.venueToken}`, ...(token && { 'X-Trade-Token': token }) };
    const response = await fetch(`${url}/orders`, { method: 'POST', headers, body: JSON.stringify(body) });
    return [response.status, (await response.json()) as Record<string, never>];
  }
  const refusal = (code: string): object => ({ success: false, error: expect.objectContaining({ code }) });

  test('gives nobody a session who is not signed in', async () => {
    for (const cookie of ['', 'sid=mallory', 'constructor']) expect((await fetch(`${url}/widget-session`, { method: 'POST', headers: { cookie } })).status).toBe(401);
  });

  test('places the order of a token, tells us, and answers the token again with the first result', async () => {
    const page = await openPage(ALICE);
    const { token, jti } = await getToken(app, page.user);
    const [status, placed] = await order(page, token);
    expect([status, placed]).toEqual([201, { ...LIMIT_ORDER, orderId: expect.any(String), status: 'FILLED' }]);
    const [again, body] = await order(page, token);
    expect([again, body]).toEqual([409, { success: false, error: expect.objectContaining({ code: 'TRADE_TOKEN_SPENT', details: { orderId: placed['orderId'], status: 'FILLED' } }) }]);
    const line = await until(async () => (await listTokens(app, admin, exchangeId)).tokens.find((life) => life.jti === jti)!, ({ status: is }) => is === 'executed');
    expect(line).toMatchObject({ execution: { quantity: '0.01', orderId: placed['orderId'] }, feeDue: { asset: 'USDT' } });
  });

  test('tells us of a market order, too, with the price it was filled at', async () => {
    const page = await openPage(ALICE);
    const trade = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01' };
    const { body } = await requestToken(app, page.user, trade).expect(201);
    const { token, jti } = (body as { data: Record<'token' | 'jti', string> }).data;
    expect((await order(page, token, trade))[0]).toBe(201);
    const line = await until(async () => (await listTokens(app, admin, exchangeId)).tokens.find((life) => life.jti === jti)!, ({ status: is }) => is === 'executed');
    expect(line).toMatchObject({ execution: { quantity: '0.01', price: '64000' } });
  });

  test('refuses an altered order, another user’s session, and no token, and the token is still good for its own order', async () => {
    const [alice, bob] = [await openPage(ALICE), await openPage(BOB)];
    const { token } = await getToken(app, alice.user);
    expect(await order(alice, token, { ...LIMIT_ORDER, quantity: '0.02' })).toEqual([403, refusal('TRADE_TOKEN_MISMATCH')]);
    expect(await order(bob, token)).toEqual([403, refusal('TRADE_TOKEN_MISMATCH')]);
    expect(await order({ ...alice, venueToken: 'nobody' }, token)).toEqual([401, refusal('AUTHENTICATION_REQUIRED')]);
    expect(await order(alice, null)).toEqual([403, refusal('TRADE_TOKEN_REQUIRED')]);
    expect((await order(alice, token))[0]).toBe(201);
  });

  test('refuses a token that has expired', async () => {
    const page = await openPage(ALICE);
    // What another node signed 14 seconds ago, as far as the exchange can tell.
    const late = await createTestApp({ database: app.database });
    late.advance(-14_000);
    const { token } = await getToken(late, page.user);
    await late.close();
    expect(await order(page, token)).toEqual([403, refusal('TRADE_TOKEN_EXPIRED')]);
  });
});
