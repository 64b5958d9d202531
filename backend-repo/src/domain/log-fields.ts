import { maskEmails } from './audit-mask.ts';

const REDACTED = '[redacted]';
/** What is too deep or too much to write. */
const LEFT_OUT = '[left out]';

/** Names are compared in small letters, without what joins their words. */
const SECRET = /password|passphrase|secret|token|signature|cookie|authorization|credential|csrf|captcha|totp|otpauth|code|key$|rawheaders|(database|app|redis|smtp)url$/;
const PERSONAL = /email|fullname|dateofbirth|phone/;
/** They are named like secrets and are none. */
const HARMLESS: ReadonlySet<string> = new Set(['idempotencykey', 'publickey', 'tokenid', 'tradetokenjti', 'labeltokensperday']);
/** Of an error or an answer, and no factor of anybody: `ECONNREFUSED`, `TOKEN_SPENT`. */
const REASON = /^[A-Z]+(_[A-Z0-9]+)*$/;

/** What could not be read, to the end of the message: it may hold quotes itself. */
const QUOTED = /(?<=: |value )".*"/s;

const DEPTH_MAX = 20;
const VALUES_MAX = 1_000;
const CAUSES_MAX = 5;
const NAMES_MAX = 1_000;

/**
 * The fields of a log line without what belongs in none, however deep it stands. What is named like a secret is one until its name is on the
 * list of the harmless.
 */
export function logFields(fields: object): Record<string, unknown> {
  return objectOf(fields, 0, { left: VALUES_MAX });
}

interface Budget {
  left: number;
}

const judged = new Map<string, boolean>();

function isSecretName(name: string): boolean {
  const known = judged.get(name);
  if (known !== undefined) return known;
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  const verdict = PERSONAL.test(plain) || (SECRET.test(plain) && !HARMLESS.has(plain));
  // Some names are chosen by callers.
  if (judged.size >= NAMES_MAX) judged.clear();
  judged.set(name, verdict);
  return verdict;
}

function isSecret(name: string, value: unknown): boolean {
  if (value === null || value === undefined || typeof value === 'boolean' || !isSecretName(name)) return false;
  return name !== 'code' || typeof value !== 'string' || !REASON.test(value);
}

function objectOf(object: object, depth: number, budget: Budget): Record<string, unknown> {
  const written: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(object)) {
    if ((budget.left -= 1) < 0) return { ...written, '…': LEFT_OUT };
    written[name] = isSecret(name, value) ? REDACTED : valueOf(value, depth + 1, budget);
  }
  return written;
}

function arrayOf(array: readonly unknown[], depth: number, budget: Budget): unknown[] {
  const written: unknown[] = [];
  for (const value of array) {
    if ((budget.left -= 1) < 0) return [...written, LEFT_OUT];
    written.push(valueOf(value, depth + 1, budget));
  }
  return written;
}

function valueOf(value: unknown, depth: number, budget: Budget): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isError(value)) return errorOf(value, 0, depth, budget);
  if (depth > DEPTH_MAX) return LEFT_OUT;
  if (Array.isArray(value)) return arrayOf(value, depth, budget);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return objectOf(value, depth, budget);
  // What others hold nobody here knows: a request its headers as one text, a client its password.
  const kind = value.constructor.name;
  return kind === 'Date' ? value : `[${kind}]`;
}

/** By its looks: what Node itself throws is of another realm inside a test. */
const isError = (value: object): value is Error => 'stack' in value && typeof value.stack === 'string' && 'message' in value && typeof value.message === 'string';

/** What helps to find the mistake, by name: a driver's error has the refused row in `detail`, a client's the request with its headers. */
function errorOf(error: Error, causes: number, depth: number, budget: Budget): Record<string, unknown> {
  const { code, constraint, table, cause, errors } = error as unknown as Record<string, unknown>;
  const message = messageOf(error, code);
  // Above its first frame the stack repeats the message.
  const frames = /\n {4}at .*/s.exec(error.stack!)?.[0] ?? '';
  return {
    type: error.name,
    message,
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(typeof constraint === 'string' && { constraint }),
    ...(typeof table === 'string' && { table }),
    stack: `${error.name}: ${message}${frames}`,
    ...(cause !== undefined && { cause: causeOf(cause, causes + 1, depth, budget) }),
    ...(Array.isArray(errors) && { errors: errors.slice(0, CAUSES_MAX).map((one) => causeOf(one, causes + 1, depth, budget)) }),
  };
}

function causeOf(cause: unknown, causes: number, depth: number, budget: Budget): unknown {
  if (causes > CAUSES_MAX || (budget.left -= 1) < 0) return LEFT_OUT;
  return typeof cause === 'object' && cause !== null && isError(cause) ? errorOf(cause, causes, depth, budget) : valueOf(cause, depth + 1, budget);
}

/** SQLSTATE class 22 and the parser of JSON quote what they could not read. */
function messageOf({ name, message }: Error, code: unknown): string {
  const quotes = name === 'SyntaxError' || (typeof code === 'string' && /^22[0-9A-Z]{3}$/.test(code));
  // Names of tables may stand in quotes before it.
  return maskEmails(quotes ? message.replace(QUOTED.test(message) ? QUOTED : /".*"/s, '"…"') : message);
}
