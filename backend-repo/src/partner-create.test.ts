import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createTestApp, type TestApp } from './testing/test-app.ts';
import { TEST_ENCRYPTION_KEY } from './testing/postgres.ts';
import { until } from './testing/venue.ts';

const run = promisify(execFile);
const COMMAND = fileURLToPath(new URL('./partner-create.ts', import.meta.url));

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const create = (...args: string[]): Promise<{ stdout: string }> =>
  run(process.execPath, [COMMAND, ...args], {
    env: {
      ...process.env,
      DATABASE_URL: app.database.ownerUrl,
      DATABASE_APP_URL: app.database.appUrl,
      ENCRYPTION_KEY: TEST_ENCRYPTION_KEY,
      JWT_SECRET: 'test-jwt-secret-0123456789abcdef-012345',
      LOG_LEVEL: 'silent',
    },
  });

test('partner:create makes a partner that running nodes serve, and prints its secrets once', async () => {
  const { stdout } = await create('--id', 'acme-exchange', '--name', 'Acme', '--origin', 'https://acme.example', '--origin', 'https://m.acme.example');
  expect(JSON.parse(stdout)).toEqual({
    exchangeId: 'acme-exchange', kid: expect.stringMatching(/^tk_/), algorithm: 'ES256', apiKey: expect.stringMatching(/^pk_/), apiSecret: expect.any(String), sessionSecret: expect.any(String),
  });
  // Running nodes hear of it a moment after it is committed.
  const { body } = await until(() => app.request.get('/api/widget/config?id=acme-exchange').set('Origin', 'https://m.acme.example'), ({ status }) => status === 200);
  expect(body).toMatchObject({ name: 'Acme', identityMode: 'signed' });
});

test('with HS256 it prints the shared secret too', async () => {
  const { stdout } = await create('--id', 'shared-exchange', '--name', 'Shared', '--alg', 'HS256');
  expect((JSON.parse(stdout) as { tokenSecret: string }).tokenSecret).toHaveLength(43);
});

describe('partner:create refuses, and says what is wrong:', () => {
  test.each([
    ['an id that is taken', ['--id', 'acme-exchange', '--name', 'Acme'], 'Another partner has this id'],
    ['an id that is none', ['--id', 'Acme Exchange', '--name', 'Acme'], 'exchangeId'],
    ['an origin with a path', ['--id', 'other-exchange', '--name', 'Other', '--origin', 'https://acme.example/trade'], 'allowedOrigins.0'],
    ['no name', ['--id', 'other-exchange'], 'partner:create'],
  ])('%s', async (_name, args, words) => {
    await expect(create(...args)).rejects.toMatchObject({ stderr: expect.stringContaining(words) });
  });
});
