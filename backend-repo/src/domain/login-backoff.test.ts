import { expect, test } from '@jest/globals';
import { accountWaitAfter, lineOf, networkOf, waitAfter } from './login-backoff.ts';

const RULES = { threshold: 5, lockoutSeconds: 3_600 };

test('A8 two failures cost nothing, then waits double up to the lockout, which doubles up to a day', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 9, 10, 1_000].map((failures) => waitAfter(failures, RULES))).toEqual([0, 0, 1, 2, 3_600, 7_200, 14_400, 57_600, 86_400, 86_400]);
});

test('A8 of an account as a whole waits begin at ten times as many failures, and end at a quarter of an hour', () => {
  expect([49, 50, 51, 59, 60, 1_000].map((failures) => accountWaitAfter(failures, RULES))).toEqual([0, 1, 2, 512, 900, 900]);
});

test('a lockout that is set shorter or longer holds as it is set', () => {
  expect(waitAfter(5, { threshold: 5, lockoutSeconds: 60 })).toBe(60);
  expect(waitAfter(1, { threshold: 1, lockoutSeconds: 60 })).toBe(60);
  expect(waitAfter(7, { threshold: 8, lockoutSeconds: 4 })).toBe(4);
});

test.each([
  ['192.0.2.77', '192.0.2.0/24', '192.0.2.77'],
  ['::ffff:192.0.2.77', '192.0.2.0/24', '192.0.2.77'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::1', '2001:db8:1::/48', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0::/48', '2001:db8:0:0::/64'],
  ['::1', '0:0:0::/48', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0::/48', 'fe80:0:0:0::/64'],
])('%s lies in %s and on the line %s', (ip, network, line) => {
  expect([networkOf(ip), lineOf(ip)]).toEqual([network, line]);
});
