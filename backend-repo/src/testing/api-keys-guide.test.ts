import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ERROR_CODES, type ErrorCode } from '../errors.ts';
import { API_KEY_SCOPES } from '../features/auth/api-keys.schema.ts';
import { PASSWORD } from './builders.ts';
import { guideCall, GuideValues } from './guide-calls.ts';
import { codeBlocks, tableRows } from './markdown.ts';
import { BUY, createTrader, createVenue, placed, sql, type TestVenue, type Trader } from './venue.ts';

const GUIDE = fileURLToPath(new URL('../../../docs/guides/api-keys.md', import.meta.url));
const text = await readFile(GUIDE, 'utf8');
const ORDERS_GUIDE = await readFile(fileURLToPath(new URL('../../../docs/guides/orders.md', import.meta.url)), 'utf8');
const block = (guide: string, language: string): string => codeBlocks(guide).find((each) => each.language === language)!.text;
const bare = (cell: string): string => cell.replaceAll('`', '');
const run = promisify(execFile);

let app: TestVenue;
let reader: Trader;
let secret: string;
let folder: string;
beforeAll(async () => {
  app = await createVenue();
  reader = await createTrader(app, { USDT: '1000000' });
  folder = await mkdtemp(join(tmpdir(), 'api-keys-guide-'));
  const call = guideCall(codeBlocks(text).find(({ language }) => language === 'http')!);
  const answer = await app.request.post(call.path).set('Authorization', `Bearer ${reader.accessToken}`).send(JSON.parse(call.body!) as object);
  expect(answer.status).toBe(call.answer.status);
  expect(new GuideValues().differences(call.answer.body, answer.body)).toEqual([]);
  ({ secret } = (answer.body as { data: { secret: string } }).data);
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await app.close();
});

/** A program of a guide, as its reader would run it, beside call.sh. */
async function output(guide: string, command: string, language: string, env: Readonly<Record<string, string>>): Promise<unknown> {
  const file = join(folder, `example.${language}`);
  await writeFile(join(folder, 'call.sh'), block(text, 'sh'));
  await writeFile(file, block(guide, language));
  const { stdout } = await run(command, [file], { cwd: folder, env: { PATH: process.env['PATH'], API: app.url, ...env } });
  return JSON.parse(stdout) as unknown;
}

test('the programs of the guide lie in docs/examples as it shows them', async () => {
  for (const [name, language] of [['call.sh', 'sh'], ['place-order.ts', 'ts']] as const) expect(await readFile(new URL(`../../../docs/examples/${name}`, import.meta.url), 'utf8')).toBe(block(text, language));
});

const ordersOfReader = (): Promise<{ id: number }[]> => sql<{ id: number }>(app.database.superUrl, 'select id::int from trading.orders where user_id = $1', [reader.userId]);

test('A11 the shell program of the guide places a signed order', async () => {
  const answer = await output(text, 'sh', 'bash', { API_SECRET: secret });
  expect(answer).toMatchObject({ success: true, data: { symbol: 'BTCUSDT', status: 'PENDING', price: '59000.00' } });
  expect(await ordersOfReader()).toHaveLength(1);
});

test('A11 the TypeScript program of the guide places a signed order, and finds it again', async () => {
  const { placed, among } = (await output(text, process.execPath, 'ts', { API_SECRET: secret })) as { placed: { id: number; status: string }; among: number[] };
  expect(placed.status).toBe('PENDING');
  expect(among).toContain(placed.id);
});

test('what is refused the TypeScript program of the guide tells in a sentence, and its exit code says so', async () => {
  await expect(output(text, process.execPath, 'ts', { API_SECRET: 'ak_unknown.secret' })).rejects.toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^SIGNATURE_INVALID: [^\n]+\n$/) });
});

test('the shell program of the guide to orders cancels one, signed by its session', async () => {
  const { id } = await placed(app, reader, { ...BUY, price: '58000' });
  const { accessToken, signingKey } = reader;
  expect(await output(ORDERS_GUIDE, 'sh', 'sh', { ACCESS_TOKEN: accessToken, SIGNING_KEY: signingKey, ORDER: String(id) })).toMatchObject({ success: true, data: { id, status: 'CANCELLED' } });
});

test('the TypeScript program of the guide to orders signs in, places an order of high value and cancels it', async () => {
  const [{ email }] = await sql<{ email: string }>(app.database.superUrl, 'select email from auth.users where id = $1', [reader.userId]) as [{ email: string }];
  expect(await output(ORDERS_GUIDE, process.execPath, 'ts', { EMAIL: email, PASSWORD })).toMatchObject({ status: 'CANCELLED', quantity: '2' });
});

test('scopes and codes of the guide are those there are', () => {
  expect(tableRows(text, 'scope').map(([scope]) => bare(scope!)).sort()).toEqual([...API_KEY_SCOPES].sort());
  for (const [code, status] of tableRows(text, '`code`')) expect([code, ERROR_CODES[bare(code!) as ErrorCode][0]]).toEqual([code, Number(status)]);
});
