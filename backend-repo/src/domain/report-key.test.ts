import { describe, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { readReportKey } from './report-key.ts';

// RFC 7517 appendix A.1's key; the thumbprint was made with another library.
const KEY = { kty: 'EC', crv: 'P-256', x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4', y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM' } as const;
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });

test('a public key is named by its RFC 7638 thumbprint, whatever its members are called and in what order', () => {
  const verdict = readReportKey({ use: 'sig', y: KEY.y, x: KEY.x, kid: 'ours', alg: 'ES256', crv: 'P-256', kty: 'EC', ext: true, key_ops: ['verify'] });
  expect(verdict).toEqual({ ok: true, kid: 'cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s', jwk: KEY });
});

test('a key that was just made is read', () => {
  expect(readReportKey(pair.publicKey.export({ format: 'jwk' }) as Record<string, unknown>)).toMatchObject({ ok: true });
});

describe('refused is', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['the private half', pair.privateKey.export({ format: 'jwk' }) as Record<string, unknown>, 'd'],
    ['another kind of key', generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' }) as Record<string, unknown>, 'kty'],
    ['another curve', generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' }) as Record<string, unknown>, 'crv'],
    ['a coordinate that is padded', { ...KEY, x: `${KEY.x}=` }, 'x'],
    ['another spelling of the same bytes', { ...KEY, x: `${KEY.x.slice(0, -1)}5` }, 'x'],
    ['a point that is not on the curve', { ...KEY, y: KEY.x }, 'x'],
    ['a missing coordinate', { ...KEY, y: undefined }, 'y'],
    ['a key for something else', { ...KEY, use: 'enc' }, 'use'],
    ['a member nobody knows', { ...KEY, x5c: [] }, 'x5c'],
  ])('%s', (_name, jwk, field) => {
    expect(readReportKey(jwk)).toMatchObject({ ok: false, field });
  });
});
