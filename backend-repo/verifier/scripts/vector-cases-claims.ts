import { signHs256 } from './vector-signer.ts';
import { EXCHANGE_ID, JTI, LIMIT_ORDER, MARKET_ORDER, NOW, NOW_SECONDS, accepted, claims, es, expired, hs, hsHeader, invalid, mismatch, signedOut } from './vector-cases.ts';
import type { Vector } from './vector-cases.ts';

export function claimCases(): Vector[] {
  const { iat: _, ...withoutIat } = claims();
  const raw = JSON.stringify(claims());
  return [
    ...['iss', 'aud', 'sub', 'jti', 'nbf', 'exp', 'trade'].map((name) => invalid(`${name} left out`, 'claims_not_closed', hs({ [name]: undefined }))),
    invalid('iat left out', 'claims_not_closed', signHs256(hsHeader, withoutIat)),
    invalid('a claim that is not ours', 'claims_not_closed', hs({ admin: true }), { attack: 10 }),
    invalid('another issuer', 'iss_wrong', hs({ iss: 'their-domain' })),
    invalid('issuer in other letters', 'iss_wrong', hs({ iss: 'Our-Domain' })),
    invalid('for another exchange', 'aud_wrong', hs({ aud: 'demo-exchange' }), { attack: 13 }),
    invalid('for the test twin of this exchange', 'aud_wrong', hs({ aud: 'blofin-exchange-test' }), { attack: 12 }),
    invalid('ES256, for another exchange', 'aud_wrong', es({ aud: 'demo-exchange' }), { attack: 13 }),
    invalid('aud that only begins alike', 'aud_wrong', hs({ aud: `${EXCHANGE_ID}-2` }), { attack: 12 }),
    invalid('aud as a list with this exchange in it', 'aud_wrong', hs({ aud: [EXCHANGE_ID, 'demo-exchange'] }), { attack: 12 }),
    invalid('aud as a list of one', 'aud_wrong', hs({ aud: [EXCHANGE_ID] }), { attack: 12 }),
    ...[17, '', 'two words', 'u'.repeat(129), 'Zoë'].map((sub) => invalid(`sub ${JSON.stringify(sub).slice(0, 12)}`, 'sub_malformed', hs({ sub }))),
    ...[17, '', 'f47ac10b-58cc-4372-a567-0e02b2c3d479', JTI.toUpperCase(), JTI.replaceAll('-', ''), `${JTI}0`].map((jti) =>
      invalid(`jti ${JSON.stringify(jti)}`, 'jti_malformed', hs({ jti }))),
    invalid('exp twice', 'payload_not_canonical_json', signHs256(hsHeader, raw.replace('{', `{"exp":${NOW_SECONDS + 9},`)), { attack: 22 }),
    invalid('quantity twice', 'payload_not_canonical_json', signHs256(hsHeader, raw.replace('"quantity":', '"quantity":"9","quantity":')), { attack: 22 }),
    invalid('white space in the payload', 'payload_not_canonical_json', signHs256(hsHeader, raw.replaceAll(',', ', ')), { attack: 22 }),
    invalid('an escape in a name', 'payload_not_canonical_json', signHs256(hsHeader, raw.replace('"sub"', '"s\\u0075b"')), { attack: 22 }),
    invalid('exp in exponent form', 'payload_not_canonical_json', signHs256(hsHeader, raw.replace(String(NOW_SECONDS + 8), `${(NOW_SECONDS + 8) / 1000}e3`)), { attack: 22 }),
    invalid('broken UTF-8', 'payload_not_canonical_json', signHs256(hsHeader, Buffer.from(raw.replace('our-domain', '\u00f0\u009f\u0098'), 'latin1')), { attack: 22 }),
    invalid('a list instead of claims', 'payload_not_canonical_json', signHs256(hsHeader, [claims()])),
    invalid('text instead of claims', 'payload_not_canonical_json', signHs256(hsHeader, '"claims"')),
    invalid('no JSON at all', 'payload_not_canonical_json', signHs256(hsHeader, 'claims')),
    mismatch('the session of another user', 'user_differs', hs(), { exchangeUserId: 'somebody-else', attack: 14 }),
    mismatch('ES256, the session of another user', 'user_differs', es(), { exchangeUserId: 'somebody-else', attack: 14 }),
    signedOut('no user in the session', hs(), { attack: 14 }),
  ];
}

export function timeCases(): Vector[] {
  const exp = NOW_SECONDS + 8;
  const at = (iat: unknown, end: unknown, nbf: unknown = iat) => hs({ iat, nbf, exp: end });
  const seconds = (value: unknown, name: string) => invalid(`times as ${name}`, 'time_malformed', at(value, value), { attack: 8 });
  const lifetime = (name: string, token: string) => invalid(name, 'lifetime_wrong', token, { attack: 8 });
  return [
    accepted('the last millisecond of the leeway', hs(), LIMIT_ORDER, { now: (exp + 2) * 1000 - 1, attack: 8 }),
    expired('expired exactly at the end of the leeway', 'token_expired', hs(), { now: (exp + 2) * 1000, attack: 8 }),
    expired('ES256, expired a minute ago', 'token_expired', es(), { now: (exp + 60) * 1000 }),
    expired('a clock 31 s behind ours', 'token_expired', at(NOW_SECONDS - 31, NOW_SECONDS - 21), { attack: 8 }),
    accepted('issued 2 s in the future, within the leeway', at(NOW_SECONDS + 2, NOW_SECONDS + 12), LIMIT_ORDER, { attack: 8 }),
    invalid('issued 3 s in the future', 'issued_in_future', at(NOW_SECONDS + 3, NOW_SECONDS + 13), { attack: 8 }),
    invalid('a clock 31 s ahead of ours', 'issued_in_future', at(NOW_SECONDS + 31, NOW_SECONDS + 41), { attack: 8 }),
    invalid('issued a millisecond beyond the leeway', 'issued_in_future', at(NOW_SECONDS + 3, NOW_SECONDS + 13), { now: NOW + 999, attack: 8 }),
    accepted('nbf 2 s in the future, within the leeway', at(NOW_SECONDS, NOW_SECONDS + 10, NOW_SECONDS + 2), LIMIT_ORDER, { attack: 8 }),
    invalid('nbf 3 s in the future', 'not_yet_valid', at(NOW_SECONDS, NOW_SECONDS + 10, NOW_SECONDS + 3), { attack: 8 }),
    accepted('a life of exactly 10 s', at(NOW_SECONDS, NOW_SECONDS + 10), LIMIT_ORDER, { attack: 8 }),
    accepted('a life of 5 s', at(NOW_SECONDS, NOW_SECONDS + 5), LIMIT_ORDER, { attack: 8 }),
    lifetime('a life of 11 s', at(NOW_SECONDS, NOW_SECONDS + 11)),
    lifetime('a life of an hour', at(NOW_SECONDS, NOW_SECONDS + 3600)),
    lifetime('no life at all', at(NOW_SECONDS, NOW_SECONDS)),
    lifetime('exp before iat', at(NOW_SECONDS, NOW_SECONDS - 5)),
    lifetime('exp at iat, nbf long before', at(NOW_SECONDS, NOW_SECONDS, NOW_SECONDS - 20)),
    lifetime('nbf at exp', at(NOW_SECONDS, NOW_SECONDS + 10, NOW_SECONDS + 10)),
    seconds(NOW, 'milliseconds'),
    seconds(String(NOW_SECONDS), 'text'),
    seconds(NOW_SECONDS + 0.5, 'fractions'),
    seconds(-NOW_SECONDS, 'negative numbers'),
    seconds(0, 'zero'),
    seconds(null, 'null'),
    invalid('only exp in milliseconds', 'time_malformed', hs({ exp: exp * 1000 }), { attack: 8 }),
  ];
}

/** The trade in a token is canonical and obeys the rules of an order; a token of ours always does. */
export function tokenTradeCases(): Vector[] {
  const bad = (name: string, field: string, trade: unknown) => invalid(`in the token: ${name}`, 'trade_malformed', hs({ trade }), { field, attack: 9 });
  const { price: _, ...noPrice } = LIMIT_ORDER;
  return [
    bad('quantity 1.0', 'quantity', { ...LIMIT_ORDER, quantity: '1.0' }),
    bad('quantity 01', 'quantity', { ...LIMIT_ORDER, quantity: '01' }),
    bad('quantity 1e0', 'quantity', { ...LIMIT_ORDER, quantity: '1e0' }),
    bad('quantity as a number', 'quantity', { ...LIMIT_ORDER, quantity: 1 }),
    bad('quantity 0', 'quantity', { ...LIMIT_ORDER, quantity: '0' }),
    bad('price 45000.00', 'price', { ...LIMIT_ORDER, price: '45000.00' }),
    bad('price on a market order', 'price', { ...MARKET_ORDER, price: '45000' }),
    bad('no price on a limit order', 'price', noPrice),
    bad('side HOLD', 'side', { ...LIMIT_ORDER, side: 'HOLD' }),
    bad('type STOP', 'type', { ...LIMIT_ORDER, type: 'STOP' }),
    bad('symbol in small letters', 'symbol', { ...LIMIT_ORDER, symbol: 'btcusdt' }),
    bad('an unknown field', 'stopPrice', { ...LIMIT_ORDER, stopPrice: '1' }),
    bad('price null', 'price', { ...MARKET_ORDER, price: null }),
    bad('a list', 'order', [LIMIT_ORDER]),
    bad('null', 'order', null),
  ];
}
