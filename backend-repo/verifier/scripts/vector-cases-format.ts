import {
  ES256_KEY, ES_KID, HS_KID, OTHER_ES256_KEY, OTHER_SECRET, SECRET, publicJwk, publicPem, signEs256, signHs256, unsigned,
} from './vector-signer.ts';
import { claims, es, esHeader, hs, hsHeader, invalid, required } from './vector-cases.ts';
import type { Vector } from './vector-cases.ts';

export function formatCases(): Vector[] {
  const token = hs();
  const [head = '', body = '', signature = ''] = token.split('.');
  return [
    required('no token', 'token_missing', null),
    required('an empty token', 'token_missing', ''),
    invalid('a number instead of a token', 'token_not_text', 17),
    invalid('an object instead of a token', 'token_not_text', { token }),
    invalid('one segment', 'token_malformed', head, { attack: 2 }),
    invalid('two segments', 'token_malformed', `${head}.${body}`, { attack: 2 }),
    invalid('an empty third segment', 'token_malformed', `${head}.${body}.`, { attack: 2 }),
    invalid('four segments', 'token_malformed', `${token}.${signature}`, { attack: 2 }),
    invalid('five segments, as of an encrypted token', 'token_malformed', `${token}.${body}.${body}`, { attack: 24 }),
    invalid('a space in front', 'token_malformed', ` ${token}`),
    invalid('a line break at the end', 'token_malformed', `${token}\n`),
    invalid('padded base64', 'token_malformed', `${head}=.${body}.${signature}`),
    invalid('standard base64 alphabet in the signature', 'token_malformed', `${head}.${body}.${signature.slice(0, -2)}+/`),
    invalid('another spelling of the same signature bytes', 'token_malformed', `${head}.${body}.${otherSpelling(signature)}`),
    invalid('4,097 characters', 'token_too_long', `${head}.${body}.${'A'.repeat(4095 - head.length - body.length)}`, { attack: 22 }),
    invalid('4,096 characters are still looked at', 'header_not_canonical_json', `${'A'.repeat(4090)}.AA.AA`, { attack: 22 }),
    invalid('deeply nested header', 'header_not_canonical_json', signHs256('['.repeat(1200), '{}'), { attack: 22 }),
    invalid('deeply nested claim', 'claims_not_closed', signHs256(hsHeader, `{"a":${'['.repeat(600)}${']'.repeat(600)}}`), { attack: 22 }),
  ];
}

export function headerCases(): Vector[] {
  const withHeader = (more: Record<string, unknown>) => signHs256({ ...hsHeader, ...more }, claims());
  const jwk = publicJwk(OTHER_ES256_KEY, ES_KID);
  return [
    ...['none', 'None', 'NONE', 'nOnE', ''].map((alg) => invalid(`alg ${JSON.stringify(alg)}, signed all the same`, 'alg_not_allowed', withHeader({ alg }), { attack: 2 })),
    ...['none', 'HS256'].map((alg) => invalid(`alg ${alg} and no signature`, 'token_malformed', unsigned({ ...hsHeader, alg }, claims()), { attack: 2 })),
    ...['hs256', 'HS384', 'HS512', 'RS256', 'PS256', 'ES384', 'EdDSA'].map((alg) => invalid(`alg ${alg}`, 'alg_not_allowed', withHeader({ alg }), { attack: 1 })),
    invalid('alg as a list', 'alg_not_allowed', withHeader({ alg: ['HS256'] }), { attack: 1 }),
    invalid('HS256 with the PEM of the ES256 public key as secret', 'alg_not_allowed', signHs256({ ...esHeader, alg: 'HS256' }, claims(), publicPem()), { attack: 1 }),
    invalid('HS256 with the JWK of the ES256 public key as secret', 'alg_not_allowed', signHs256({ ...esHeader, alg: 'HS256' }, claims(), Buffer.from(JSON.stringify(publicJwk(ES256_KEY, ES_KID)))), { attack: 1 }),
    invalid('an HS256 key id with an ES256 signature', 'alg_not_allowed', signEs256({ ...esHeader, kid: HS_KID }, claims()), { attack: 1 }),
    invalid('an ES256 key id with the HS256 secret', 'alg_not_allowed', signHs256({ ...hsHeader, kid: ES_KID }, claims()), { attack: 1 }),
    ...['../../dev/null', '/etc/passwd', "x' union select 'secret", 'a b', 'a\u0000b', 'https://evil.example/jwks', 'ключ', '', 'k'.repeat(65)].map((kid) =>
      invalid(`kid ${JSON.stringify(kid)}`, 'kid_malformed', withHeader({ kid }), { attack: 3 })),
    invalid('kid as a number', 'kid_malformed', withHeader({ kid: 1 }), { attack: 3 }),
    invalid('kid left out', 'kid_malformed', signHs256({ alg: 'HS256', typ: 'trade+jwt' }, claims()), { attack: 3 }),
    ...['unknown-key', '__proto__', 'constructor', 'toString', '..'].map((kid) =>
      invalid(`kid ${kid}`, kid === '..' ? 'kid_malformed' : 'kid_unknown', withHeader({ kid }), { attack: 3 })),
    invalid('jku', 'header_field_unknown', withHeader({ jku: 'https://evil.example/jwks' }), { attack: 3 }),
    invalid('x5u', 'header_field_unknown', withHeader({ x5u: 'https://evil.example/cert' }), { attack: 3 }),
    invalid('x5c', 'header_field_unknown', withHeader({ x5c: ['MIIB'] }), { attack: 3 }),
    invalid('jwk with the key that signed', 'header_field_unknown', signEs256({ ...esHeader, jwk }, claims(), OTHER_ES256_KEY), { attack: 3 }),
    invalid('crit with a known name', 'header_field_unknown', withHeader({ crit: ['exp'] }), { attack: 3 }),
    invalid('crit with b64, payload not encoded', 'header_field_unknown', withHeader({ crit: ['b64'], b64: false }), { attack: 3 }),
    invalid('cty', 'header_field_unknown', withHeader({ cty: 'JWT' }), { attack: 3 }),
    invalid('__proto__ in the header', 'header_field_unknown', signHs256(`{"alg":"HS256","typ":"trade+jwt","kid":"${HS_KID}","__proto__":{}}`, claims()), { attack: 3 }),
    invalid('alg twice in the header', 'header_not_canonical_json', signHs256(`{"alg":"none","alg":"HS256","typ":"trade+jwt","kid":"${HS_KID}"}`, claims()), { attack: 22 }),
    invalid('white space in the header', 'header_not_canonical_json', signHs256(`{ "alg":"HS256","typ":"trade+jwt","kid":"${HS_KID}"}`, claims()), { attack: 22 }),
    ...['JWT', 'trade+JWT', 'application/trade+jwt', 'at+jwt', ''].map((typ) => invalid(`typ ${JSON.stringify(typ)}`, 'typ_wrong', withHeader({ typ }), { attack: 24 })),
    invalid('typ left out', 'typ_wrong', signHs256({ alg: 'HS256', kid: HS_KID }, claims()), { attack: 24 }),
  ];
}

export function signatureCases(): Vector[] {
  const token = hs();
  const [head = '', , signature = ''] = token.split('.');
  const otherBody = hs({ sub: 'somebody-else' }).split('.')[1] ?? '';
  const esSignature = (es().split('.')[2] ?? '');
  return [
    invalid('HS256 with another secret', 'signature_wrong', signHs256(hsHeader, claims(), OTHER_SECRET), { attack: 13 }),
    invalid('HS256 with the secret decoded as base64url, not its text', 'signature_wrong', signHs256(hsHeader, claims(), Buffer.from(SECRET, 'base64url'))),
    invalid('ES256 with another key under the same key id', 'signature_wrong', signEs256(esHeader, claims(), OTHER_ES256_KEY), { attack: 13 }),
    invalid('another payload under the signature', 'signature_wrong', `${head}.${otherBody}.${signature}`, { attack: 10 }),
    invalid('HS512 digest under alg HS256', 'signature_wrong', signHs256(hsHeader, claims(), undefined, 'sha512'), { attack: 1 }),
    invalid('a signature cut short', 'signature_wrong', token.slice(0, -3), { attack: 2 }),
    invalid('an ES256 signature of zeros', 'signature_wrong', `${es().split('.').slice(0, 2).join('.')}.${'A'.repeat(86)}`, { attack: 2 }),
    invalid('an ES256 signature under an HS256 token', 'signature_wrong', `${token.split('.').slice(0, 2).join('.')}.${esSignature}`, { attack: 1 }),
  ];
}

/** The last character of base64url may carry bits that belong to no byte; many decoders ignore them. */
function otherSpelling(signature: string): string {
  const bytes = Buffer.from(signature, 'base64url');
  const last = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].find(
    (one) => one !== signature.at(-1) && Buffer.from(signature.slice(0, -1) + one, 'base64url').equals(bytes),
  );
  return signature.slice(0, -1) + String(last);
}
