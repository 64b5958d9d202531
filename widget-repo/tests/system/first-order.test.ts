// What the README promises a stranger: an account, a second factor and an API key, by the calls beneath the pages (portal.test.ts opens those), and its lines for a shell as they stand there.
import { execFile } from 'node:child_process';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { API_URL, call, DEMO_FILE, totp, WAIT_MS } from '../support/system.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PASSWORD = 'seven herons wade at noon';
const email = `heron-${randomBytes(6).toString('hex')}@trader.test`;
const mails = join(dirname(DEMO_FILE ?? '.'), 'mails');

interface Challenge {
  readonly parameters: { readonly algorithm: string; readonly nonce: string; readonly salt: string; readonly cost: number; readonly keyLength: number; readonly keyPrefix: string };
}

const post = <T>(path: string, body: object, token?: string): Promise<T> =>
  call<T>(path, { method: 'POST', headers: { 'Content-Type': 'application/json', ...(token !== undefined && { Authorization: `Bearer ${token}` }) }, body: JSON.stringify(body) });

test('a stranger registers, confirms by the mail, turns on a second factor, creates an API key, and places the signed orders of the README', async () => {
  await post('/api/auth/register', { email, password: PASSWORD, captcha: await proof() });
  await post('/api/auth/verify-email', { token: await linkInMail() });
  const { accessToken } = await post<{ accessToken: string }>('/api/auth/login', { email, password: PASSWORD });
  const { secret: authenticator } = await post<{ secret: string }>('/api/auth/enable-2fa', { password: PASSWORD }, accessToken);
  const { backup_codes: codes } = await post<{ backup_codes: string[] }>('/api/auth/verify-2fa', { code: totp(authenticator) }, accessToken);
  const asked = { name: 'The first key', scopes: ['trade', 'write:balance'], require_version_2: true, password: PASSWORD, totp: codes[0] };
  const { secret } = await post<{ secret: string }>('/api/auth/api-keys', asked, accessToken);

  const [deposit = '', wait = '', order = '', program = '', ...more] = commandsOfReadme();
  expect(more).toEqual([]);
  expect(await run(deposit, secret)).toMatchObject({ success: true, data: { asset: 'USDT', status: 'pending' } });
  expect(await run(wait, secret)).toMatchObject({ success: true, data: { asset: 'USDT', status: 'completed' } });
  const placed = (await run(order, secret)) as { data: { id: number } };
  expect(placed).toMatchObject({ success: true, data: { symbol: 'BTCUSDT', side: 'BUY', price: '59000.00' } });
  // Its name makes it the same order when it is sent again.
  expect(await run(order, secret)).toMatchObject({ data: { id: placed.data.id } });
  const { placed: second, among } = (await run(program, secret)) as { placed: { id: number }; among: number[] };
  expect(among).toEqual(expect.arrayContaining([placed.data.id, second.id]));
}, 60_000);

/** As it stands there, after the line that says where the API is. */
function commandsOfReadme(): string[] {
  const block = /## From a stranger to a signed order[\s\S]*?```sh\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'))?.[1] ?? '';
  const [first = '', ...commands] = block.trim().split('\n');
  expect(first).toMatch(/^export API=\S+ API_SECRET=ak_/);
  return commands;
}

/** In the folder of the README, as its reader would. */
function run(command: string, secret: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    execFile('sh', ['-c', command], { cwd: ROOT, timeout: 4 * WAIT_MS, env: { PATH: process.env.PATH, API: API_URL, API_SECRET: secret } }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command}: ${stderr}`));
      else resolve(JSON.parse(stdout));
    });
  });
}

/** What a browser works out before it may sign somebody up: a counter whose key begins as it should. */
async function proof(): Promise<string> {
  const challenge = await call<Challenge>('/api/auth/captcha', {});
  const { algorithm, nonce, salt, cost, keyLength, keyPrefix } = challenge.parameters;
  const counted = Buffer.alloc(4);
  for (let counter = 0; ; counter += 1) {
    counted.writeUInt32BE(counter);
    const derivedKey = pbkdf2Sync(Buffer.concat([Buffer.from(nonce, 'hex'), counted]), Buffer.from(salt, 'hex'), cost, keyLength, algorithm.replace('PBKDF2/', '').replace('-', '').toLowerCase()).toString('hex');
    if (derivedKey.startsWith(keyPrefix.toLowerCase())) return Buffer.from(JSON.stringify({ challenge, solution: { counter, derivedKey } })).toString('base64');
  }
}

/** The demo keeps its mails in a folder, each with its text beside it. */
async function linkInMail(): Promise<string> {
  let token = '';
  await until(() => {
    const texts = readdirSync(mails).filter((name) => name.includes('-verify-email-') && name.endsWith('.txt')).map((name) => readFileSync(join(mails, name), 'utf8'));
    token = /#token=([\w-]{43})/.exec(texts.find((text) => text.includes(email)) ?? '')?.[1] ?? '';
    return Promise.resolve(token !== '');
  });
  return token;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 2 * WAIT_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('it did not come about in time');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
