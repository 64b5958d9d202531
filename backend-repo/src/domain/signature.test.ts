import { expect, test } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { signatureMatches, signRequest, timestampInWindow } from './signature.ts';

const request = { version: 1, timestamp: '1642248600000', nonce: 'abc', method: 'POST', path: '/api/widget/redeem?x=1', body: Buffer.from('{"token":"t"}') } as const;
const hmac = (text: string): string => createHmac('sha256', 'secret').update(text).digest('hex');

test('version 1 signs timestamp + method + path with query + body (spec/4)', () => {
  expect(signRequest(request, 'secret')).toBe(hmac('1642248600000POST/api/widget/redeem?x=1{"token":"t"}'));
});

test('version 2 signs the nonce too', () => {
  expect(signRequest({ ...request, version: 2 }, 'secret')).toBe(hmac('1642248600000abcPOST/api/widget/redeem?x=1{"token":"t"}'));
});

test('a signature that is not 64 hex digits never matches', () => {
  const right = signRequest(request, 'secret');
  expect(signatureMatches(request, 'secret', right)).toBe(true);
  expect(signatureMatches(request, 'secret', right.toUpperCase())).toBe(true);
  for (const wrong of ['', right.slice(1), `${right}0`, right.replace(/^./, 'g'), '0'.repeat(64)]) expect(signatureMatches(request, 'secret', wrong)).toBe(false);
});

test('a timestamp is good for 30 seconds on either side, in milliseconds', () => {
  const now = 1_642_248_600_000;
  expect([now, now - 30_000, now + 30_000].every((at) => timestampInWindow(String(at), now))).toBe(true);
  expect([now - 30_001, now + 30_001, now / 1000].some((at) => timestampInWindow(String(at), now))).toBe(false);
  expect(timestampInWindow('1642248600000.0', now)).toBe(false);
});
