import type { Request } from 'express';
import type { ObjectSchema } from 'joi';
import { AppError } from '../errors.ts';
import { namesAreUnique } from './unique-names.ts';

const STRICT = { abortEarly: false, convert: false, errors: { wrap: { label: false } } } as const;
const strictSchemas = new WeakMap<ObjectSchema, ObjectSchema>();

/** Options given per call are merged per call; those that a schema carries are merged once. */
function strict<T>(schema: ObjectSchema<T>): ObjectSchema<T> {
  let made = strictSchemas.get(schema);
  if (!made) strictSchemas.set(schema, (made = schema.prefs(STRICT)));
  return made as ObjectSchema<T>;
}

/**
 * Checks one part of a request against its joi schema and returns the checked value. Unknown fields are refused; every wrong field is
 * named at once.
 * @throws AppError VALIDATION_ERROR with `fields`
 */
export function parse<T>(schema: ObjectSchema<T>, value: unknown): T {
  const result = strict(schema).validate(value);
  // Without a prototype: a field may be called `constructor`.
  const fields = Object.create(null) as Record<string, string>;
  for (const detail of result.error?.details ?? []) {
    const path = detail.path.join('.');
    // joi repeats the path in its sentence; the field is named already.
    fields[path === '' ? 'body' : path] ??= sentence(detail.message, path);
  }
  if (!result.error) findUnusableText(result.value, '', fields);
  if (Object.keys(fields).length > 0) throw new AppError('VALIDATION_ERROR', { fields: { ...fields } });
  return result.value as T;
}

/** A number in an address. joi would read "1e3", " 5" and "5.0" as well, and one thing would have many addresses. */
const PLAIN_DIGITS = /^\d{1,16}$/;

/** Query strings and path parameters are text: here alone joi may turn "50" into 50. */
export function parseText<T>(schema: ObjectSchema<T>, value: unknown): T {
  const result = schema.validate(value, { abortEarly: false, convert: true, errors: { wrap: { label: false } } });
  if (result.error) {
    const entries = result.error.details.map((detail) => [detail.path.join('.') || 'query', sentence(detail.message, detail.path.join('.'))]);
    throw new AppError('VALIDATION_ERROR', { fields: Object.fromEntries(entries) });
  }
  const written = value as Record<string, unknown>;
  const odd = Object.entries(result.value as object).filter(([name, read]) => typeof read === 'number' && written[name] !== undefined && !PLAIN_DIGITS.test(String(written[name])));
  if (odd.length > 0) throw new AppError('VALIDATION_ERROR', { fields: Object.fromEntries(odd.map(([name]) => [name, 'Write the number in digits only.'])) });
  return result.value as T;
}

function sentence(message: string, path: string): string {
  // joi writes scopes[0] where we write scopes.0.
  const said = message.replace(/^[\w.]+(\[\d+\])+/, (start) => start.replaceAll('[', '.').replaceAll(']', ''));
  const rest = path !== '' && said.startsWith(path) ? said.slice(path.length).trim() : said;
  return `${rest.charAt(0).toUpperCase()}${rest.slice(1)}${rest.endsWith('.') ? '' : '.'}`;
}

// contract.md: text from outside is well-formed, NFC, without control characters. A NUL would fail a whole batch in Postgres, and a lone
// surrogate would be stored as another character than was signed.
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

function findUnusableText(value: unknown, path: string, fields: Record<string, string>, depth = 0): void {
  if (typeof value === 'string') {
    const problem = textProblem(value);
    if (problem !== null) fields[path] = problem;
  } else if (typeof value === 'object' && value !== null) {
    if (depth === NESTING_MAX) {
      fields[path] = `Is nested deeper than ${NESTING_MAX} levels.`;
      return;
    }
    for (const [key, entry] of Object.entries(value)) {
      const problem = textProblem(key);
      if (problem !== null) fields[path === '' ? 'body' : path] = `The name of a field: ${problem}`;
      else findUnusableText(entry, path === '' ? key : `${path}.${key}`, fields, depth + 1);
    }
  }
}

// Where a schema leaves a part of the body free, nothing else bounds it.
const NESTING_MAX = 32;

function textProblem(text: string): string | null {
  // ASCII, nearly always, is NFC by itself; asking costs a copy.
  if (ASCII.test(text)) return null;
  if (CONTROL.test(text) || !text.isWellFormed()) return 'Contains characters that cannot be used.';
  return text === text.normalize('NFC') ? null : 'Write the text in Unicode normalization form C.';
}
const ASCII = /^[\x20-\x7e]*$/;

/** For routes whose every field may be left out: a call without a body is one without fields. */
export function parseOptionalBody<T>(schema: ObjectSchema<T>, req: Request): T {
  const isEmpty = req.headers['transfer-encoding'] === undefined && Number(req.headers['content-length'] ?? 0) === 0;
  return isEmpty ? parse(schema, {}) : parseBody(schema, req);
}

/** A body that was not sent as JSON is not "an empty object": say so. Checked here, so that no route can forget to. */
export function parseBody<T>(schema: ObjectSchema<T>, req: Request): T {
  if (req.body === undefined) throw new AppError('UNSUPPORTED_MEDIA_TYPE');
  if (req.rawBody && !namesAreUnique(req.rawBody.toString(), req.body)) {
    throw new AppError('VALIDATION_ERROR', { fields: { body: 'A name stands twice in one object, or is one that cannot be used.' } });
  }
  return parse(schema, req.body);
}
