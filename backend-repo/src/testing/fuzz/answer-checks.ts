import { securityHeaders } from '../../http/request-context.ts';
import { ERROR_CODES, type ErrorCode } from '../../errors.ts';
import { ContractChecker } from '../contract.ts';
import type { Draft } from './draft.ts';
import type { Answer } from './sender.ts';

export type Finding = { readonly kind: 'server error' | 'undeclared' | 'unfit'; readonly what: string };

const HEAD_BYTES_MAX = 16_000;
const headBytes = ({ target, headers }: Draft): number => headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, target.length);
export const ANSWER_MS_MAX = 2_000;
const INTERNALS = /node_modules|\bat [\w.<>#]+ \(|file:\/\/\/|\/src\/|SQLSTATE|syntax error at|invalid input syntax|violates|relation "|\bselect\b.+\bfrom\b|password_hash|_sealed/i;
const SECURITY_HEADERS = securityHeaders();
const checker = new ContractChecker();

/** Everything that must hold of any answer to any request. */
export function findingsOf(draft: Draft, answer: Answer, secrets: readonly string[]): Finding[] {
  // More than Node reads: it refuses by itself, before there is a request.
  if (answer.status === 431 && headBytes(draft) > HEAD_BYTES_MAX) return [];
  const text = answer.body.toString('utf8');
  const unfit = [...headerProblems(answer), ...errorProblems(answer, text), ...leaks(text, secrets)];
  if (answer.milliseconds > ANSWER_MS_MAX) unfit.push(`took ${Math.round(answer.milliseconds)} ms`);
  const forbidden = answer.status < 300 ? checker.requestProblem(draft.method, draft.target.split('?')[0]!, parsed(sentText(draft))) : null;
  if (forbidden !== null) unfit.push(`was accepted although ${forbidden.slice(0, 300)}`);
  const undeclared = undeclaredIn(draft, answer, text);
  return [
    ...(answer.status >= 500 ? [{ kind: 'server error', what: `${answer.status} ${text.slice(0, 300)}` } as const] : []),
    ...(undeclared === null ? [] : [{ kind: 'undeclared', what: undeclared } as const]),
    ...unfit.map((what) => ({ kind: 'unfit', what }) as const),
  ];
}

/** As it is read: a byte order mark is passed over (RFC 8259 §8.1), and what is beyond the BMP counts as two characters. */
const sentText = ({ body }: Draft): string => (body?.toString('utf8') ?? '').replace(/^\ufeff/, '').replace(/[\u{10000}-\u{10ffff}]/gu, 'xx');

function undeclaredIn({ method, target, headers }: Draft, { status, headers: answered, body }: Answer, text: string): string | null {
  const path = target.split('?')[0]!;
  if (method === 'OPTIONS') {
    const preflight = headers.some(([name]) => name.toLowerCase() === 'access-control-request-method');
    return (preflight && status === 204) || [400, 404, 405].includes(status) ? null : `OPTIONS answers ${status}`;
  }
  // What cannot be decoded is refused before it is known whose address it is.
  if (status === 400 && !isDecodable(path)) return null;
  const type = (answered['content-type'] ?? '').split(';')[0]!;
  // HEAD is GET without the body (RFC 9110 §9.3.2).
  if (method === 'HEAD') return body.length > 0 ? 'HEAD has a body' : checker.undeclared('get', path, status);
  return checker.problem(method, path, status, type, type.endsWith('json') ? parsed(text) : text);
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

function headerProblems({ headers }: Answer): string[] {
  const problems = SECURITY_HEADERS.filter(([name, value]) => headers[name.toLowerCase()] !== value).map(([name]) => `lacks ${name}`);
  if (!/^req_\w+$/.test(String(headers['x-request-id']))) problems.push('lacks X-Request-Id');
  if (headers['x-powered-by'] !== undefined) problems.push('says what it is built with');
  return problems;
}

function errorProblems({ status, headers, body }: Answer, text: string): string[] {
  if (status < 400 || body.length === 0) return [];
  const json = parsed(text) as { error?: Refusal } & Refusal;
  const { code, request_id: requestId, fields, retry_after: retryAfter } = json?.error ?? json ?? {};
  const known = code !== undefined && code in ERROR_CODES ? ERROR_CODES[code as ErrorCode] : null;
  const problems: string[] = [];
  if (!known) problems.push(`code ${String(code)} is on no list`);
  else if (known[0] !== status) problems.push(`code ${code} came with ${status}`);
  if (requestId !== headers['x-request-id']) problems.push('request_id and X-Request-Id differ');
  if (code === 'VALIDATION_ERROR' && Object.keys(fields ?? {}).length === 0) problems.push('VALIDATION_ERROR names no field');
  if (status === 429 && (headers['retry-after'] === undefined || retryAfter === undefined)) problems.push('429 does not say when to come back');
  if (status === 405 && headers['allow'] === undefined) problems.push('405 lacks Allow');
  return problems;
}

interface Refusal {
  readonly code?: string;
  readonly request_id?: string;
  readonly fields?: Record<string, string>;
  readonly retry_after?: number;
}

function leaks(text: string, secrets: readonly string[]): string[] {
  const internal = INTERNALS.exec(text);
  return [...(internal ? [`shows our inside: ${internal[0]}`] : []), ...(secrets.some((secret) => text.includes(secret)) ? ['shows a secret'] : [])];
}

/** The code of a refusal, `null` of anything else. */
export function codeOf({ status, body }: Answer): string | null {
  if (status < 400 || body.length === 0) return null;
  const json = parsed(body.toString('utf8')) as { error?: Refusal } & Refusal;
  return json?.error?.code ?? json?.code ?? null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
