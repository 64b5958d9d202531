import fc from 'fast-check';
import type { BodyFault, Path } from './body-text.ts';
import type { FuzzedOperation, Parameter, Schema } from './contract-shapes.ts';
import { junkAddress, junkHeader, junkJson, junkName, NO_TIMES } from './junk.ts';

/** One thing that is wrong with a request. Plain data, so that a failing input can be printed and read. */
export type Fault =
  | BodyFault
  | { readonly fault: 'body'; readonly how: 'instead'; readonly text: string }
  | { readonly fault: 'body'; readonly how: 'cut' | 'bad bytes' | 'tail'; readonly at: number; readonly text: string }
  | { readonly fault: 'body'; readonly how: 'byte order mark' | 'utf-16' | 'none' | 'padded to the limit' | 'padded over the limit'; readonly text?: string }
  | { readonly fault: 'header'; readonly name: string; readonly value: string | null }
  | { readonly fault: 'header twice'; readonly name: string; readonly value: string }
  | { readonly fault: 'bearer'; readonly whose: string }
  | { readonly fault: 'query'; readonly name: string; readonly values: readonly string[] }
  | { readonly fault: 'query text'; readonly text: string }
  | { readonly fault: 'parameter'; readonly name: string; readonly text: string }
  | { readonly fault: 'path'; readonly how: 'slash after' | 'slash twice' | 'capitals' | 'dot json' | 'semicolon' | 'encoded slash' }
  | { readonly fault: 'method'; readonly method: string };

const BODY_TEXTS = [
  '', ' ', 'null', '[]', '""', '0', 'true', '{', '}', '{}{}', '{"a"', '{"a":}', '{a:1}', "{'a':1}", '[{}]', '{"":""}', 'NaN', 'a=b&c=d', '<?xml version="1.0"?><a/>', '\u0000', '{"a":1,}', '{"__proto__":{}}',
  '['.repeat(10_000) + ']'.repeat(10_000), '['.repeat(50_000) + ']'.repeat(50_000), '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000), '['.repeat(100_000), '"'.repeat(50_001), '\\'.repeat(50_000), '{"a":"'.repeat(5_000),
] as const;
const CONTENT_TYPES = [
  null, '', '/', ';;;', 'text/plain', 'text/html', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonp', 'application/octet-stream', 'APPLICATION/JSON', 'application/json;', 'application/json; charset',
  'application/json; charset=', 'application/json; charset=utf-8', 'application/json;charset="UTF-8"', 'application/json; charset=utf-16', 'application/json; charset=utf-16le', 'application/json; charset=utf-32', 'application/json; charset=utf-7',
  'application/json; charset=latin1', 'application/json; charset=bogus', 'application/json; charset=utf-8; charset=latin1', 'application/json, application/json', 'application/vnd.api+json', 'application/json\xff', 'application/json; a="',
] as const;
const ENCODINGS = ['gzip', 'deflate', 'br', 'zstd', 'compress', 'identity', 'IDENTITY', 'bogus', 'gzip, gzip', '', '*'] as const;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'PURGE', 'M-SEARCH', 'SEARCH', 'LINK'] as const;
const PARTNER_HEADERS = ['X-API-Key', 'X-API-Signature', 'X-API-Timestamp', 'X-API-Nonce', 'X-API-Signature-Version'] as const;
const ANY_HEADERS = [
  'Origin', 'X-Forwarded-For', 'X-Forwarded-Proto', 'Forwarded', 'Cookie', 'Accept', 'Accept-Language', 'Range', 'If-None-Match', 'If-Match', 'If-Modified-Since', 'X-HTTP-Method-Override', 'X-Request-Id', 'X-CSRF-Token', 'Referer', 'User-Agent',
  'Idempotency-Key', 'X-Trade-Token', 'X-Report-Signature', 'X-Signature', 'Access-Control-Request-Method', 'TE', 'Prefer', 'traceparent',
] as const;

/** Bad requests of one operation: one to three faults each. */
export function badRequests(operation: FuzzedOperation, bearers: readonly string[]): fc.Arbitrary<readonly Fault[]> {
  const kinds: { weight: number; arbitrary: fc.Arbitrary<Fault> }[] = [
    { weight: operation.hasBody ? 3 : 6, arbitrary: headerFault(operation) },
    { weight: operation.hasBody ? 2 : 6, arbitrary: addressFault },
    { weight: 1, arbitrary: fc.constantFrom(...METHODS).filter((method) => method !== operation.method).map((method): Fault => ({ fault: 'method', method })) },
    { weight: 1, arbitrary: fc.constantFrom<Fault & { fault: 'path' }>(...(['slash after', 'slash twice', 'capitals', 'dot json', 'semicolon', 'encoded slash'] as const).map((how) => ({ fault: 'path', how }) as const)) },
  ];
  const own = operation.parameters.filter((parameter) => parameter.in !== 'header');
  if (own.length > 0) kinds.push({ weight: operation.hasBody ? 3 : 24, arbitrary: fc.constantFrom(...own).chain(parameterFault) });
  if (!['nobody', 'partner', 'provider'].includes(operation.caller)) kinds.push({ weight: 2, arbitrary: fc.constantFrom(...bearers).map((whose): Fault => ({ fault: 'bearer', whose })) });
  if (operation.caller === 'partner' || operation.caller === 'provider') kinds.push({ weight: 2, arbitrary: fc.tuple(fc.constantFrom(...PARTNER_HEADERS), fc.option(junkHeader)).map(([name, value]): Fault => ({ fault: 'header', name, value })) });
  if (operation.hasBody) kinds.push({ weight: 26, arbitrary: fieldFault(operation) }, { weight: 6, arbitrary: wholeBodyFault });
  else kinds.push({ weight: 1, arbitrary: fc.constantFrom('{}', 'x', 'a'.repeat(200_000)).map((text): Fault => ({ fault: 'body', how: 'instead', text })) });
  const accept = fc.option(fc.constantFrom<Fault>({ fault: 'header', name: 'Accept', value: 'application/problem+json' }), { freq: 4 });
  const faults = fc.oneof(...kinds);
  return fc.tuple(fc.oneof({ weight: 5, arbitrary: faults.map((fault) => [fault]) }, { weight: 1, arbitrary: fc.array(faults, { minLength: 2, maxLength: 3 }) }), accept).map(([chosen, more]) => (more ? [...chosen, more] : chosen));
}

function fieldFault({ fields }: FuzzedOperation): fc.Arbitrary<Fault> {
  return fc.constantFrom(...fields).chain(({ path, schema }) => {
    const choices: { weight: number; arbitrary: fc.Arbitrary<Fault> }[] = [
      { weight: 6, arbitrary: junkJson.map((json): Fault => ({ fault: 'value', path, json })) },
      { weight: 4, arbitrary: nearMiss(schema).map((json): Fault => ({ fault: 'value', path, json })) },
    ];
    if (typeof path.at(-1) === 'string') choices.push({ weight: 2, arbitrary: fc.constant<Fault>({ fault: 'missing', path }) });
    if (schema.properties || mayBe(schema, 'object')) choices.push({ weight: 4, arbitrary: objectFault(path) });
    if (schema.items) choices.push({ weight: 3, arbitrary: fc.constantFrom(2, (schema.maxItems ?? 100) + 1, 30_000).map((times): Fault => ({ fault: 'repeated items', path, times })) });
    return fc.oneof(...choices);
  });
}

const objectFault = (path: Path): fc.Arbitrary<Fault> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.tuple(junkName, junkJson).map(([name, json]): Fault => ({ fault: 'unknown field', path, name, json })) },
    { weight: 1, arbitrary: fc.constant<Fault>({ fault: 'name twice', path }) },
  );

const mayBe = ({ type }: Schema, kind: string): boolean => type === kind || (Array.isArray(type) && (type as readonly string[]).includes(kind));

/** Just outside what the schema allows, or allowed but not meant. */
function nearMiss(schema: Schema): fc.Arbitrary<string> {
  const values: unknown[] = [[], {}, null, ''];
  if (schema.enum) values.push(...schema.enum.flatMap((value) => [String(value).toLowerCase(), ` ${String(value)}`, [value], `${String(value)}\u0000`]), 'OTHER');
  if (schema.minLength !== undefined) values.push('a'.repeat(Math.max(0, schema.minLength - 1)), ' '.repeat(schema.minLength));
  if (schema.maxLength !== undefined) values.push('a'.repeat(schema.maxLength + 1), '😀'.repeat(Math.floor(schema.maxLength / 2)), 'é'.repeat(schema.maxLength), `${'a'.repeat(Math.min(20, schema.maxLength - 1))}\n`);
  for (const edge of [schema.minimum, schema.maximum]) if (edge !== undefined) values.push(edge - 1, edge + 1, edge + 0.5, String(edge), edge * 1e6);
  if (schema.pattern) values.push('BTCUSDT\n', 'a\n', '0.01\n', '1'.repeat(200), '-', '.', '#GGGGGG', '#12345', 'en-', '٣', ' 0.01', '0.010000000', '1e-2', 'a'.repeat(129));
  if (schema.format === 'date-time') values.push(...NO_TIMES);
  return fc.constantFrom(...values).map((value) => JSON.stringify(value));
}

const wholeBodyFault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...BODY_TEXTS).map((text): Fault => ({ fault: 'body', how: 'instead', text })) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('cut', 'bad bytes', 'tail' as const), fc.nat(300), fc.constantFrom('x', '\u0000', '{}', ']', ',', '\xff\xfe', '\xc0\xaf', '\xed\xa0\x80', '\xf8')).map(([how, at, text]): Fault => ({ fault: 'body', how, at, text })) },
  { weight: 2, arbitrary: fc.constantFrom('byte order mark', 'utf-16', 'none', 'padded to the limit', 'padded over the limit' as const).map((how): Fault => ({ fault: 'body', how })) },
  { weight: 1, arbitrary: junkJson.map((text): Fault => ({ fault: 'body', how: 'instead', text })) },
);

function headerFault({ hasBody, parameters }: FuzzedOperation): fc.Arbitrary<Fault> {
  const own = parameters.filter((parameter) => parameter.in === 'header').map(({ name }) => name);
  const names = fc.constantFrom(...own, ...own, ...own, ...ANY_HEADERS);
  const kinds: fc.Arbitrary<Fault>[] = [
    fc.tuple(names, fc.option(junkHeader, { freq: 8 })).map(([name, value]): Fault => ({ fault: 'header', name, value })),
    fc.tuple(fc.constantFrom('Authorization', 'Content-Type', 'Origin', 'X-API-Key', 'X-API-Nonce', 'Idempotency-Key', 'X-Trade-Token', 'Cookie', 'X-Forwarded-For', ...own), junkHeader).map(([name, value]): Fault => ({ fault: 'header twice', name, value })),
    fc.constantFrom('https://evil.example', 'null', 'https://exchange.example', 'https://exchange.example:443', 'HTTPS://EXCHANGE.EXAMPLE', 'https://trading.example', 'file://').map((value): Fault => ({ fault: 'header', name: 'Origin', value })),
  ];
  if (hasBody) kinds.push(
    fc.constantFrom(...CONTENT_TYPES).map((value): Fault => ({ fault: 'header', name: 'Content-Type', value })),
    fc.constantFrom(...ENCODINGS).map((value): Fault => ({ fault: 'header', name: 'Content-Encoding', value })),
  );
  return fc.oneof(...kinds);
}

function parameterFault({ name, in: place, schema }: Parameter): fc.Arbitrary<Fault> {
  if (place === 'path') return junkAddress.map((text): Fault => ({ fault: 'parameter', name, text }));
  return fc.oneof(
    { weight: 5, arbitrary: fc.array(junkAddress, { minLength: 0, maxLength: 2 }).map((values): Fault => ({ fault: 'query', name, values })) },
    ...(schema.format === 'date-time' ? [{ weight: 12, arbitrary: fc.constantFrom(...NO_TIMES).map((time): Fault => ({ fault: 'query', name, values: [time] })) }] : []),
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom(`${name}[]`, `${name}[a]`, `${name}.a`, name.toUpperCase(), `%${name}`), junkAddress).map(([odd, value]): Fault => ({ fault: 'query', name: odd, values: [value] })) },
  );
}

const addressFault: fc.Arbitrary<Fault> =
  fc.oneof(
    fc.constantFrom('', '&', '&&==&', '=', '?', '__proto__=1', 'constructor=1', 'a=1&a=2', 'toString=1', '%=%', `${'a=1&'.repeat(2_000)}`, `q=${'a'.repeat(9_000)}`).map((text): Fault => ({ fault: 'query text', text })),
    fc.tuple(junkAddress, junkAddress).map(([name, value]): Fault => ({ fault: 'query text', text: `${name}=${value}` })),
  );
