import fc from 'fast-check';

/** What stands in the place of a value. The first of each list is the simplest: fast-check shrinks towards it. */
const DEPTHS = [3, 1_000, 10_000, 45_000] as const;
const nested = (open: string, close: string): string[] => DEPTHS.filter((depth) => depth * (open.length + close.length) < 100_000).map((depth) => open.repeat(depth) + close.repeat(depth));

const JSON_VALUES = [
  'null', 'true', 'false', '0', '-0', '-1', '1', '1.5', '1e2', '1e400', '-1e400', '1e-400', '9007199254740993', '123456789012345678901234567890', '""', '" "', '[]', '{}', '[null]', '[[]]',
  '{"a":{}}', '{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{}}}', '{"$ne":null}', '{"length":1000000000}', '{"toString":1}', '{"toJSON":1}',
];
const STRINGS = [
  '"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\udc00\\ud800"', '"a\\u0007b"', '"\\u202eabc\\u2066"', '"e\\u0301"', '"\\u1112\\u1161"', '"😀"', '"\\ufeff"', '"\\u0085"', '"\\u2028"', '"\\uffff"',
  '"__proto__"', '"constructor"', '"NaN"', '"Infinity"', '"null"', '"-1"', '"1e5"', '"1e400"', '"0x10"', '" 1"', '"1 "', '"1\\n"', '"1."', '".5"', '"+1"', '"1,5"', '"00000000000001"', '"١٢٣"', '"１"',
  '"999999999999.99999999"', '"1000000000000"', '"0.000000001"', '"0.00000001"', '"0"', '"../../etc/passwd"', '"%00"', '"\' or 1=1 --"', '"${7*7}"', '"<script>alert(1)</script>"', '"javascript:alert(1)"',
  '"http://localhost@evil.example/"', '"https://[::1"', '"2026-13-45T99:99:99Z"', '"2026-02-30T00:00:00Z"', '"0000-01-01T00:00:00Z"', '"9999-12-31T23:59:59+23:59"', '"00000000-0000-0000-0000-000000000000"',
  '"ffffffff-ffff-ffff-ffff-ffffffffffff"', '"a.b.c"', '"eyJhbGciOiJub25lIn0.e30."', '"eyJhbGciOiJIUzI1NiJ9.bnVsbA.AAAA"', '"eyJhbGciOiJIUzI1NiIsImtpZCI6Il9fcHJvdG9fXyJ9.W10.AAAA"',
];
const NO_JSON = ['NaN', 'Infinity', 'undefined', '01', '+1', '.5', '1.', "'x'", '0x10', '"\\x"', '"\t"', '"unterminated', '/* */1', '1//', '\u0000', '`x`', '\ufeff1'];

const longText = fc.constantFrom(65, 129, 256, 501, 4_097, 20_000, 70_000).map((length) => JSON.stringify('a'.repeat(length)));

/** JSON text in the place of a value: mostly values of another kind, some of it no JSON at all. */
export const junkJson: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...JSON_VALUES) },
  { weight: 6, arbitrary: fc.constantFrom(...STRINGS) },
  { weight: 1, arbitrary: fc.constantFrom(...NO_JSON) },
  { weight: 1, arbitrary: fc.constantFrom(...nested('[', ']'), ...nested('{"a":', '}').map((text) => text.replace('}', '1}'))) },
  { weight: 2, arbitrary: longText },
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }).map((text) => JSON.stringify(text)) },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.double().map(String).filter((text) => !/NaN|Infinity/.test(text)) },
  { weight: 1, arbitrary: fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }).map(String) },
);

export const junkName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('extra', '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'toJSON', '', ' ', '0', 'a.b', 'a'.repeat(5_000), 'é', '😀', '\u0000', '\ud800', '__defineGetter__'),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

/** What an HTTP header can carry at all: no control characters, Latin-1. */
const headerText = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).filter((code) => code < 0x7f || code > 0x9f).map((code) => String.fromCharCode(code)), maxLength: 60 }).map((text) => text.trim());
export const junkHeader: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', ',', '*', '""', '"', 'null', 'undefined', '[object Object]', '__proto__', 'W/""', '"abc", W/"def"', '%00', '%', '\xff\xfe', 'é', '0', '-1', '1e400', 'NaN', 'a'.repeat(15), 'a'.repeat(65), 'a'.repeat(6_000), '..', 'eyJhbGciOiJub25lIn0..'),
  headerText,
);

/** Percent-encoded or not: what may stand in a query or in one step of a path. */
const ADDRESS_TEXT = [
  '', '%00', '%2f', '%2F..%2F', '..', '.', '%2e%2e', '%', '%z', '%zz', '%ff', '%c0%af', '%ed%a0%80', '%e2%80%ae', '%F0%9F%98%80', '%0d%0aSet-Cookie:a=b', '*', ';', ';a=b', ':', '@', '~', '\\', '%5c', "'", '"', '<x>', '[', '{id}', '|', '^', '`',
  '__proto__', 'constructor', 'null', 'undefined', 'NaN', '0', '-0', '-1', '1.5', '1e2', '1e400', '0x10', '01', '+1', ' 1'.trim() + '%20', '%201', '9007199254740991', '9007199254740993', '99999999999999999999999999', 'BTCUSDT', 'btcusdt', 'a', 'a'.repeat(65),
  'a'.repeat(10_000), 'e%CC%81', '2026-01-01T00:00:00Z', '2026-13-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999999%2B23:59', '00000000-0000-0000-0000-000000000000',
] as const;
/** Written like times, of days and hours that there are not, or that a database cannot hold. */
export const NO_TIMES = [
  '2026-02-30T10:00:00.000Z', '2026-13-45T10:00:00.000Z', '2026-00-00T00:00:00.000Z', '2027-02-29T00:00:00.000Z', '2026-01-01T24:00:00.000Z', '2026-01-01T23:60:60.000Z', '0000-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z',
] as const;

// What is not ASCII never gets past Node's parser.
const isAddressText = (text: string): boolean => /^[\x21-\x7e]*$/.test(text) && !/[#?&/]/.test(text);
export const junkAddress: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...ADDRESS_TEXT),
  fc.string({ unit: 'binary', maxLength: 30 }).map((text) => encodeURIComponent(text.toWellFormed())),
  fc.string({ maxLength: 20 }).filter(isAddressText),
);
