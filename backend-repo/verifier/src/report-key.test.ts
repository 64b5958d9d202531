import { createPrivateKey, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { newReportKey, reportSigner, thumbprint } from './report-key.ts';

/** RFC 7515, appendix A.3: key, payload and signature as printed. */
const RFC_7515 = {
  jwk: {
    kty: 'EC', crv: 'P-256', x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU', y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0', d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI',
  },
  header: 'eyJhbGciOiJFUzI1NiJ9',
  payload: 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ',
  signature: 'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
} as const;

const [publicKey, body] = [createPublicKey({ key: RFC_7515.jwk, format: 'jwk' }), Buffer.from(RFC_7515.payload, 'base64url').toString()];
/** Appendix F read backwards: the payload is put between the dots. */
const attached = (signature: string, payload: string): string => signature.replace('..', `.${Buffer.from(payload).toString('base64url')}.`);
const holds = (compact: string): boolean => {
  const [header, payload, signature] = compact.split('.') as [string, string, string];
  return verify('sha256', Buffer.from(`${header}.${payload}`), { key: publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
};

test('the check of this file takes what RFC 7515 prints', () => {
  expect(holds(`${RFC_7515.header}.${RFC_7515.payload}.${RFC_7515.signature}`)).toBe(true);
});

test('a body is signed as a detached JWS that verifies once its payload is put back, and no longer when one byte differs', () => {
  const signature = reportSigner(RFC_7515.jwk)(body);
  const [header, nothing, value] = signature.split('.');
  expect(JSON.parse(Buffer.from(header!, 'base64url').toString())).toEqual({ alg: 'ES256', kid: 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U' });
  expect([nothing, value!.length]).toEqual(['', 86]);
  expect(holds(attached(signature, body))).toBe(true);
  expect(holds(attached(signature, body.replace('joe', 'jim')))).toBe(false);
});

test('another library verifies it', () => {
  const signature = reportSigner(RFC_7515.jwk)('{"executions":[]}');
  expect(jwt.verify(attached(signature, '{"executions":[]}'), publicKey, { algorithms: ['ES256'] })).toEqual({ executions: [] });
});

test('the key id is the thumbprint of RFC 7638, as RFC 9449 prints one', () => {
  expect(thumbprint({ kty: 'EC', crv: 'P-256', x: 'l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs', y: '9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA' })).toBe('0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I');
});

test('a new pair signs under the id that belongs to its public half, which holds nothing private', () => {
  const { privateKey, publicJwk, kid } = newReportKey();
  expect(Object.keys(publicJwk)).toEqual(['kty', 'crv', 'x', 'y']);
  expect(kid).toBe(thumbprint(publicJwk));
  const text = 'naïve – €';
  for (const key of [privateKey, createPrivateKey(privateKey), createPrivateKey(privateKey).export({ format: 'jwk' })]) {
    const compact = attached(reportSigner(key)(text), text);
    const [header, payload, signature] = compact.split('.') as [string, string, string];
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'ES256', kid });
    expect(verify('sha256', Buffer.from(`${header}.${payload}`), { key: createPublicKey({ key: { ...publicJwk }, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))).toBe(true);
  }
});

test.each<[string, () => Parameters<typeof reportSigner>[0]]>([
  ['a public key', () => publicKey],
  ['the public half as a JWK', () => ({ kty: 'EC', crv: 'P-256', x: RFC_7515.jwk.x, y: RFC_7515.jwk.y })],
  ['a key of another curve', () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
  ['an RSA key', () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
  ['a JWK whose halves do not belong together', () => ({ ...RFC_7515.jwk, ...newReportKey().publicJwk })],
  ['a shared secret', () => 'report-secret-0123456789-abcdefghijklmnop'],
])('%s is refused', (_name, key) => {
  expect(() => reportSigner(key())).toThrow(TypeError);
});
