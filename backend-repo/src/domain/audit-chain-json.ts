/** A number as it is written: jsonb keeps digits that a double would lose, and a change of those must show. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type ExactJson = null | boolean | string | ExactNumber | readonly ExactJson[] | { readonly [name: string]: ExactJson };

type Reviver = (key: string, value: unknown, context: { readonly source: string }) => unknown;
// The source of a value is younger than the library's types.
const parseWith = JSON.parse as (text: string, reviver: Reviver) => unknown;

export function parseExact(text: string): ExactJson {
  return parseWith(text, (_key, value, { source }) => (typeof value === 'number' ? new ExactNumber(source) : value)) as ExactJson;
}

/** JCS (RFC 8785) but for numbers, which stay as they are written: one text per value, and one value per text. */
export function canonicalJson(value: ExactJson): string {
  if (value instanceof ExactNumber) return value.text;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  // RFC 8785 sorts by UTF-16 code units, and so does sort().
  const members = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name]!)}`);
  return `{${members.join(',')}}`;
}

export const isList = (value: ExactJson): value is readonly ExactJson[] => Array.isArray(value);
export const isObject = (value: ExactJson): value is { readonly [name: string]: ExactJson } =>
  typeof value === 'object' && value !== null && !isList(value) && !(value instanceof ExactNumber);
