import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { totp } from '../totp.ts';
import { backupCode, backupCodeHash, lockAfter, readOneTimeCode, TOTP_STEP_SECONDS } from './one-time-code.ts';

const secret = totp.newSecret();
const moment = fc.integer({ min: 1_700_000_000, max: 2_500_000_000 });

describe('codes of an authenticator', () => {
  test('A9 are those of RFC 6238, appendix B', () => {
    // Its secret is the ASCII text 12345678901234567890, its codes have eight digits; six-digit codes are their last six.
    const known = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
    const codes = [[59, '287082'], [1_111_111_109, '081804'], [1_111_111_111, '050471'], [1_234_567_890, '005924'], [2_000_000_000, '279037'], [20_000_000_000, '353130']] as const;
    for (const [at, code] of codes) {
      expect(totp.codeAt(known, at)).toBe(code);
      expect(totp.stepOf(known, code, at)).toBe(Math.floor(at / 30));
    }
  });

  test('A9 count in their own half minute and the next one, and never before', () => {
    fc.assert(
      fc.property(moment, fc.integer({ min: -120, max: 120 }), (now, shift) => {
        const made = Math.floor((now + shift) / TOTP_STEP_SECONDS);
        const behind = Math.floor(now / TOTP_STEP_SECONDS) - made;
        const code = totp.codeAt(secret, now + shift);
        // One code in a million is that of another step too.
        const others = [now, now - 30].map((at) => totp.codeAt(secret, at));
        fc.pre(behind === 0 || behind === 1 || !others.includes(code));
        const step = totp.stepOf(secret, code, now);
        if (behind === 0 || behind === 1) expect(totp.codeAt(secret, step! * TOTP_STEP_SECONDS)).toBe(code);
        else expect(step).toBeNull();
      }),
    );
  });

  test('A9 of somebody else, or of another form, do not count', () => {
    const other = totp.newSecret();
    for (const code of [totp.codeAt(other, 1_800_000_000), '', '12345', '1234567', '１２３４５６', 'abcdef', '12345\n']) {
      expect(totp.stepOf(secret, code, 1_800_000_000)).toBeNull();
    }
  });

  test('a secret has 160 bits, and the address that apps scan carries it', () => {
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    const url = new URL(totp.url(secret, 'Our Platform', 'ann+1@example.com'));
    expect([url.protocol, url.host, decodeURIComponent(url.pathname)]).toEqual(['otpauth:', 'totp', '/Our Platform:ann+1@example.com']);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ secret, issuer: 'Our Platform' });
  });
});

describe('backup codes', () => {
  test('are read as people write them down', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 10, maxLength: 10 }), (bytes) => {
        const code = backupCode(bytes);
        expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
        const plain = readOneTimeCode(code)!;
        expect(plain.kind).toBe('backup');
        for (const written of [code.toUpperCase(), ` ${code} `, code.replaceAll('-', ''), code.replaceAll('-', ' '), code.replaceAll('0', 'O').replaceAll('1', 'l')]) {
          expect(readOneTimeCode(written)).toEqual(plain);
        }
      }),
    );
  });

  test('of other bytes are other codes, and all 80 bits are in them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 10, maxLength: 10 }), fc.nat(9), fc.integer({ min: 1, max: 255 }), (bytes, place, change) => {
        const other = Uint8Array.from(bytes, (byte, index) => (index === place ? byte ^ change : byte));
        expect(backupCode(other)).not.toBe(backupCode(bytes));
      }),
    );
  });

  test('of two people are kept under two hashes', () => {
    expect(backupCodeHash(1, 'a'.repeat(16))).not.toEqual(backupCodeHash(2, 'a'.repeat(16)));
  });
});

test('what is neither is no code', () => {
  for (const text of ['', 'x', '12 34', '1234567', 'u'.repeat(16), 'a'.repeat(15), 'a'.repeat(17)]) expect(readOneTimeCode(text)).toBeNull();
  expect(readOneTimeCode(' 123 456')).toEqual({ kind: 'totp', text: '123456' });
});

test('A9 the lock begins with the fifth failure and doubles with every further five, up to a day', () => {
  expect(Array.from({ length: 11 }, (_, failures) => lockAfter(failures))).toEqual([0, 0, 0, 0, 0, 60_000, 0, 0, 0, 0, 120_000]);
  expect([15, 20, 55, 60, 5_000].map(lockAfter)).toEqual([240_000, 480_000, 61_440_000, 86_400_000, 86_400_000]);
  // A year of trying as fast as the locks let.
  let [tries, waited] = [0, 0];
  while (waited < 365 * 86_400_000) waited += lockAfter((tries += 1));
  expect(tries).toBeLessThan(2_000);
});
