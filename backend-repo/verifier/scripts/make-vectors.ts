// Writes docs/trade-token-vectors.json. Run it with `npm run vectors`; it gives the same file each time.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { ES256_KEY, ES_KID, HS_KID, SECRET, publicJwk, reuseSignatures } from './vector-signer.ts';
import { EXCHANGE_ID, LIMIT_ORDER, NOW, accepted, es, expired, hs, mismatch, validCases } from './vector-cases.ts';
import type { Vector } from './vector-cases.ts';
import { formatCases, headerCases, signatureCases } from './vector-cases-format.ts';
import { claimCases, timeCases, tokenTradeCases } from './vector-cases-claims.ts';
import { amountCases, orderCases } from './vector-cases-order.ts';
import { termsCases } from './vector-cases-terms.ts';

const FILE = new URL('../../../docs/trade-token-vectors.json', import.meta.url);

const ABOUT = [
  'Test vectors for whoever verifies trade tokens, in any language. Every vector: a fresh nonce store, the clock at `now` (milliseconds since 1970; a vector may have its own),',
  'the keys and options of this file, and the user of your own session in `exchangeUserId`. `token` and `order` may be of any JSON type: that is what a request can hold.',
  'A secret is text: its bytes are the HMAC key, nothing is decoded. The key set is RFC 7517.',
  '`expect.order` is the order to place. `code` is part of the contract; `reason` and `field` say why, and yours may differ. `attack` is a number in our attack list.',
  'A sequence runs its steps against one store; `record` is the result to keep after an accepted step, `expect.firstResult` what a later refusal must carry.',
  'A vector with `orderTerms: all` is for who accepts every order of the contract; all others for who accepts MARKET by quantity and plain LIMIT orders.',
  'Every key here is a test key and public.',
];

/** What only shows over several calls: a token is spent once, a refusal does not spend it, and the first result comes back. */
function sequences() {
  const first = { orderId: '17', status: 'FILLED' };
  const ok = accepted('the first use', hs(), LIMIT_ORDER);
  const spent = (name: string, more: object = {}, token = hs()) => ({
    name, token, order: LIMIT_ORDER, exchangeUserId: ok.exchangeUserId, ...more, expect: { ok: false, code: 'TRADE_TOKEN_SPENT', reason: 'already_spent', firstResult: first },
  });
  const kept = { ...ok, record: first };
  const late = NOW + 20_000;
  const otherSide = { order: { ...LIMIT_ORDER, side: 'SELL' }, field: 'side' };
  return [
    { name: 'a replay gets the first result', attack: 5, steps: [kept, spent('the replay'), spent('and again')] },
    { name: 'the same jti signed again, ES256, is the same token', attack: 5, steps: [kept, spent('the replay under another key', {}, es())] },
    { name: 'a lost answer, asked for after the token expired', attack: 20, steps: [kept, spent('the late retry', { now: late })] },
    { name: 'an expired token that was never spent stays expired', attack: 20, steps: [expired('too late', 'token_expired', hs(), { now: late }), expired('again', 'token_expired', hs(), { now: late })] },
    { name: 'a mismatch does not spend', attack: 10, steps: [mismatch('another side', 'order_differs', hs(), otherSide), ok] },
    { name: 'another user does not spend, and does not see the first result', attack: 14, steps: [
      mismatch('the other user', 'user_differs', hs(), { exchangeUserId: 'somebody-else' }), kept, mismatch('the other user again', 'user_differs', hs(), { exchangeUserId: 'somebody-else' }),
    ] },
    { name: 'a replay for another order is a mismatch', attack: 5, steps: [kept, mismatch('another side', 'order_differs', hs(), otherSide)] },
    { name: 'remembered for 60 seconds and the largest leeway after expiry', attack: 7, steps: [kept, spent('69 s after issue', { now: NOW + 72_000 })] },
  ];
}

if (existsSync(FILE)) {
  const old = JSON.parse(readFileSync(FILE, 'utf8')) as { vectors: Vector[]; sequences: { steps: Vector[] }[] };
  reuseSignatures([...old.vectors, ...old.sequences.flatMap(({ steps }) => steps)].map(({ token }) => token));
}

const vectors = [
  ...validCases(), ...formatCases(), ...headerCases(), ...signatureCases(), ...claimCases(), ...timeCases(), ...tokenTradeCases(), ...amountCases(), ...orderCases(), ...termsCases(),
];
const names = new Set(vectors.map(({ name }) => name));
if (names.size !== vectors.length) throw new Error('Two vectors have the same name');

const head = {
  version: 1,
  now: NOW,
  options: { exchangeId: EXCHANGE_ID, issuer: 'our-domain', leewaySeconds: 2 },
  keys: { secrets: { [HS_KID]: SECRET }, jwks: { keys: [publicJwk(ES256_KEY, ES_KID)] } },
};
// One line per vector, so that a change of one is one line in a diff.
const lines = (list: readonly object[]): string => list.map((one) => `    ${JSON.stringify(one)}`).join(',\n');
const text = `{
  "about": ${JSON.stringify(ABOUT, null, 4).replace(/\n\]/, '\n  ]')},
${Object.entries(head).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},`).join('\n')}
  "vectors": [
${lines(vectors)}
  ],
  "sequences": [
${lines(sequences())}
  ]
}
`;
JSON.parse(text);
writeFileSync(FILE, text);
