import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { totp } from '../totp.ts';
import { FUNDING_SECRET, getToken, openSession, signIn, turnOnSecondFactor, type TestPartner } from './builders.ts';
import { codeBlocks, type CodeBlock } from './markdown.ts';
import { createTestApp, type TestApp } from './test-app.ts';
import { createMarkets, sql } from './venue.ts';

const GUIDE = fileURLToPath(new URL('../../../docs/guides/operator.md', import.meta.url));
const EMAIL = 'admin@example.com';
const PASSWORD = 'correct horse battery';

let app: TestApp;
let folder: string;
let totpSecret: string;
let blocks: CodeBlock[];
beforeAll(async () => {
  blocks = codeBlocks(await readFile(GUIDE, 'utf8'));
  folder = await mkdtemp(join(tmpdir(), 'operator-guide-'));
  app = await createTestApp({ env: { FUNDING_SECRET } });
  const userId = (await app.app.auth.createUser(EMAIL, PASSWORD, 'admin'))!;
  totpSecret = await turnOnSecondFactor(app, { userId, email: EMAIL });
  await writeFile(join(folder, 'northlight.json'), blockWith('"exchangeId": "northlight"'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await app.close();
});

const blockWith = (words: string): string => blocks.find(({ text }) => text.includes(words))!.text;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Signs in as the guide says, with this password, and goes on with one of its blocks. The first line that fails is the last. */
async function asTheGuideSays(block: string, password = PASSWORD): Promise<Ended> {
  // Each code counts once, and a test has no half minute to wait for the next one.
  await sql(app.database.superUrl, 'update auth.second_factors set last_step = 0');
  const script = ['set -e', blockWith('login()').replace('https://api.example', app.url), block].join('\n');
  return new Promise((resolve) => {
    const child = execFile('bash', ['-c', script], { cwd: folder }, (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }));
    child.stdin!.end(`${password}\n${totp.codeAt(totpSecret, Math.floor(app.now() / 1000))}\n`);
  });
}

test('the partner of the guide is made by its lines, gets a widget and trades', async () => {
  const { code, stdout, stderr } = await asTheGuideSays(blockWith('@northlight.json'));
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('"orderEndpoint":{"url":"https://northlight.example/orders"');
  const secrets = JSON.parse(/"secrets":(\{[^}]*\})/.exec(stdout)![1]!) as object;
  const user = await openSession(app, { exchangeId: 'northlight', ...secrets } as TestPartner);
  // A second of the ten may have begun since it was signed.
  expect((await getToken(app, user)).expiresIn).toBeGreaterThan(8);
});

test('its other lines do what they say, from a change of looks to the fees', async () => {
  const { x, y } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  const { code, stdout } = await asTheGuideSays(blockWith('/suspend').replace('"x":"…","y":"…"', `"x":"${x}","y":"${y}"`));
  expect(code).toBe(0);
  expect(stdout.match(/"success":true/g)).toHaveLength(6);
  expect(stdout).toContain('"allowMarketOrders":false');
});

test('money that has arrived is credited by the lines for the payment provider', async () => {
  const { userId } = await signIn(app, 'user');
  await createMarkets(app);
  const { deposits } = app.app.trading!;
  const { id } = (await deposits.announce(userId, { asset: 'USDT', amount: '250.5' }, randomUUID())) as { id: string };
  const { code, stdout } = await asTheGuideSays(`FUNDING_SECRET=${FUNDING_SECRET}\n${blockWith('openssl dgst').replace('REFERENCE', id)}`);
  expect([code, stdout]).toEqual([0, expect.stringContaining('"status":"completed"')]);
});

test('the lines for the venue show it, halt a market and open it', async () => {
  await createMarkets(app);
  const { code, stdout } = await asTheGuideSays(blockWith('venue()'));
  expect([code, stdout.match(/"success":true/g)?.length]).toEqual([0, 11]);
  expect(stdout).toContain('"pending_deposits":0');
  for (const status of ['halted', 'post-only', 'open']) expect(stdout).toContain(`{"symbol":"BTCUSDT","status":"${status}"}`);
});

test('a failed sign-in is seen, and what would need it is not tried', async () => {
  const { code, stdout, stderr } = await asTheGuideSays('', 'a wrong password');
  expect([code, stdout]).toEqual([1, expect.stringMatching(/^\{"success":false,"error":\{"code":"AUTHENTICATION_FAILED",[^}]*\}\}\n$/)]);
  expect(stderr).toContain('error: 401');
});

test('every line for a shell can be read by one', async () => {
  const run = promisify(execFile);
  await Promise.all(blocks.filter(({ language }) => language === 'sh').map(({ text }) => run('bash', ['-n', '-c', text])));
});
