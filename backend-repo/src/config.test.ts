import { describe, expect, test } from '@jest/globals';
import { loadConfig } from './config.ts';

const GOOD = {
  DATABASE_URL: 'postgres://owner:secret-password@localhost/platform',
  ENCRYPTION_KEY: 'an-encryption-key-of-32-characters-min',
  JWT_SECRET: 'a-jwt-secret-of-32-characters-or-more-',
};

test('a good environment becomes a frozen config with defaults', () => {
  const config = loadConfig(GOOD);
  expect(config).toMatchObject({ port: 8080, publicUrl: 'http://localhost:8080', roles: ['widget', 'trading'], tokenLifeSeconds: 10, limits: { tokens: { tokensPerSecondPerUser: 10 } } });
  expect(() => ((config.limits as { loginPerHour: number }).loginPerHour = 1)).toThrow(TypeError);
});

test('an empty value counts as none', () => {
  expect(loadConfig({ ...GOOD, PORT: '', API_PORT: '9000' }).port).toBe(9000);
});

test('mails come from no-reply at our own host, unless somebody says otherwise', () => {
  expect(loadConfig({ ...GOOD, PUBLIC_URL: 'https://api.example' }).mail).toEqual({ smtpUrl: null, outboxFolder: null, from: { name: '', address: 'no-reply@api.example' }, alertAddress: null });
  expect(loadConfig({ ...GOOD, SMTP_URL: 'smtps://u:p@mail.example', MAIL_FROM: 'Northlight <hello@northlight.example>' }).mail).toMatchObject({ smtpUrl: 'smtps://u:p@mail.example', from: { name: 'Northlight', address: 'hello@northlight.example' } });
});

describe('mail: the process refuses to boot, and names the variable', () => {
  test.each([
    ['SMTP_URL', 'http://mail.example'], ['MAIL_FROM', 'Northlight'], ['MAIL_FROM', 'A <a@example.com>, B <b@example.com>'], ['MAIL_FROM', 'A\r\nBcc: x <a@example.com>'], ['ALERT_EMAIL', 'a@example.com,b@example.com'],
  ])('%s=%j', (name, value) => {
    expect(() => loadConfig({ ...GOOD, [name]: value })).toThrow(name);
  });

  test('SMTP_URL without MAIL_FROM', () => {
    expect(() => loadConfig({ ...GOOD, SMTP_URL: 'smtp://mail.example' })).toThrow('MAIL_FROM');
  });
});

describe('the process refuses to boot, and names the variable', () => {
  test.each([
    ['PORT', 'abc'], ['PORT', '70000'], ['ROLES', 'widget,cooking'], ['TRADE_TOKEN_LIFE_SECONDS', '60'], ['TRADE_TOKEN_LIFE_SECONDS', '4'], ['CORS_ORIGINS', 'https://a.example/path'],
    ['DATABASE_URL', 'mysql://x'], ['JWT_SECRET', 'short'], ['SERVICE_API_TOKEN', 'short'], ['FUNDING_SECRET', 'short'], ['BREAKER_PAUSE_SECONDS', '0'], ['ENCRYPTION_KEY', 'short'], ['LIMIT_LOGIN_PER_HOUR', '0'], ['LOG_LEVEL', 'loud'], ['TRUST_PROXY_HOPS', '-1'], ['ADMIN_IP_ALLOW_LIST', '10.0.0.0/33'], ['ADMIN_IP_ALLOW_LIST', '127.0.0.1,example.com'], ['ADMIN_IP_ALLOW_LIST', '::/129'],
  ])('%s=%s', (name, value) => {
    expect(() => loadConfig({ ...GOOD, [name]: value })).toThrow(name);
  });

  test('when one secret serves two purposes', () => {
    expect(() => loadConfig({ ...GOOD, JWT_SECRET: GOOD.ENCRYPTION_KEY })).toThrow(/must differ/);
    expect(() => loadConfig({ ...GOOD, SERVICE_API_TOKEN: GOOD.JWT_SECRET })).toThrow(/must differ/);
    const SERVICE_API_TOKEN = 'a-service-api-token-of-32-characters-min';
    for (const FUNDING_SECRET of [GOOD.JWT_SECRET, GOOD.ENCRYPTION_KEY, SERVICE_API_TOKEN]) expect(() => loadConfig({ ...GOOD, SERVICE_API_TOKEN, FUNDING_SECRET })).toThrow(/FUNDING_SECRET must differ/);
  });

  test('without showing a secret', () => {
    expect(() => loadConfig({ ...GOOD, JWT_SECRET: 'hunter2' })).toThrow(expect.not.objectContaining({ message: expect.stringContaining('hunter2') }));
  });
});
