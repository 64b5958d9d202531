import { describe, expect, test } from '@jest/globals';
import type { Mail } from './mail.ts';
import { htmlOf, textOf } from './mail-layout.ts';
import { isMailAddress, wordsOf } from './mail-words.ts';

const HOME = 'https://api.example';
const to = 'trader@example.com';
const at = Date.UTC(2026, 10, 21, 15, 20);
const url = `${HOME}/verify#token=abc_DEF-1`;
const nice: readonly Mail[] = [
  { to, template: 'verify-email', data: { url, minutes: 60 } },
  { to, template: 'account-exists', data: { signInUrl: `${HOME}/login`, resetUrl: `${HOME}/reset` } },
  { to, template: 'reset-password', data: { url, minutes: 30 } },
  { to, template: 'password-changed', data: { at, ip: '203.0.113.9' } },
  { to, template: 'second-factor-changed', data: { change: 'enabled', at } },
  { to, template: 'second-factor-changed', data: { change: 'disabled', at } },
  { to, template: 'new-device', data: { device: 'Firefox 128.0 on Linux', ip: '203.0.113.9', country: 'GB', at, confirmUrl: url, denyUrl: `${url}&deny`, minutes: 30 } },
  { to, template: 'new-device', data: { device: 'Firefox 128.0 on Linux', ip: '203.0.113.9', country: null, at, confirmUrl: null, denyUrl: `${url}&deny`, minutes: 30 } },
  { to, template: 'reverify', data: { url, resetUrl: `${HOME}/reset`, minutes: 30 } },
  { to, template: 'reverify', data: { url: null, resetUrl: url, minutes: 30 } },
  { to, template: 'locked-out', data: { until: at, resetUrl: `${HOME}/reset` } },
  { to, template: 'api-key-created', data: { name: 'bot 1', at } },
  { to, template: 'withdrawal-confirm', data: { url, asset: 'BTC', amount: '0.5', address: 'bc1qxy2kgdygjrsqtzq2n0yrf2493p83kkfjhx0wlh', minutes: 30 } },
  { to, template: 'alert', data: { kind: 'wash_trading', severity: 'HIGH', description: 'Two trades with oneself.' } },
];

/** Everything that breaks out somewhere: of HTML, of a line, of the reading direction, and what mail programs make links of. */
const EVIL = '"\'><script>alert(1)</script><a href="https://evil.example/x">go</a>\r\nBcc: all@evil.example\r\n\r\n\u202Ehttps://evil.example www.evil.example a@evil.example &amp; \u0000\u2028end';
const hostile: readonly Mail[] = nice.map((mail) => {
  const data = Object.fromEntries(Object.entries(mail.data).map(([name, value]) => [name, typeof value === 'string' && !value.startsWith(HOME) && name !== 'change' ? EVIL : value]));
  return { ...mail, data } as Mail;
});

const unescape = (html: string): string => html.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&#39;/g, "'").replace(/&amp;/g, '&');
const wordsOfHtml = (html: string): string[] => unescape(html.replace(/^[\s\S]*<body[^>]*>/, '').replace(/<[^>]+>/g, ' ')).split(/\s+/).filter((word) => word !== '');
const name = ({ template, data }: Mail): string => `${template} ${Object.values(data).includes('enabled') || Object.values(data).includes(null) ? '(other)' : ''}`;

describe.each([['everyday', nice], ['hostile', hostile]] as const)('with %s values', (_, mails) => {
  test.each(mails.map((mail) => [name(mail), mail] as const))('%s: both parts say the same, and every link leads home', (__, mail) => {
    const content = wordsOf(mail, HOME);
    const [text, html] = [textOf(content), htmlOf(content)];
    expect(wordsOfHtml(html)).toEqual(text.split(/\s+/).filter((word) => word !== ''));
    expect([...html.matchAll(/(?:href|src|action)\s*=\s*"([^"]*)"/g)].map(([, target]) => target).filter((target) => !target!.startsWith(`${HOME}/`))).toEqual([]);
    expect([...text.matchAll(/https?:\/\/\S+/g)].map(([target]) => target).filter((target) => !target.startsWith(`${HOME}/`))).toEqual([]);
    expect(html.replace(/<\/?(?:html|head|meta|title|body|div|p|a|br|span)\b[^<>]*>|<!doctype html>/g, '')).not.toMatch(/[<>]/);
    expect(content.subject).not.toMatch(/[\r\n\p{Cc}\p{Cf}]/u);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    expect(text).not.toMatch(/undefined|NaN|\[object/);
  });
});

test('what somebody else named is nothing a mail program could make a link of', () => {
  const texts = hostile.filter(({ template }) => ['new-device', 'api-key-created', 'alert'].includes(template)).map((mail) => textOf(wordsOf(mail, HOME)));
  expect(texts).toHaveLength(4);
  for (const text of texts) expect(text).not.toMatch(/evil\.example|@/);
});

test('a withdrawal shows the address letter for letter', () => {
  const mail = nice.find(({ template }) => template === 'withdrawal-confirm')!;
  const text = textOf(wordsOf({ ...mail, data: { ...mail.data, address: 'name.eth' } } as Mail, HOME));
  expect(text).toContain('To: name.eth\n');
  expect(text).toContain('Amount: 0.5 BTC\n');
});

test('times are said with their zone', () => {
  expect(textOf(wordsOf(nice[3]!, HOME))).toContain('When: 21 November 2026 at 15:20 UTC');
});

test.each(['https://evil.example/verify', 'https://api.example.evil.example/', 'https://api.example@evil.example/', 'http://api.example/verify', 'javascript:alert(1)', 'https://api.example/a b', '/verify', ''])(
  'a mail whose link is %j is not written', (target) => {
    expect(() => wordsOf({ to, template: 'verify-email', data: { url: target, minutes: 5 } }, HOME)).toThrow(/PUBLIC_URL/);
  });

test.each([
  ['trader@example.com', true], ["o'neil+x@example.co.uk", true], ['jürgen@example.com', true], ['trader@localhost', true],
  ['a@example.com\r\nBcc: b@example.com', false], ['a@example.com, b@example.com', false], ['a@example.com;b@example.com', false], ['Name <a@example.com>', false],
  ['"a b"@example.com', false], ['a@b@example.com', false], ['a@example.com\u2028', false], ['@example.com', false], ['a', false], [`${'a'.repeat(65)}@example.com`, false],
])('%j is one plain address: %s', (address, plain) => {
  expect(isMailAddress(address)).toBe(plain);
});
