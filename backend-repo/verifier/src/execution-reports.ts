import { setTimeout as sleep } from 'node:timers/promises';
import { requestJson, safeUrl } from './http-json.ts';
import type { JsonAnswer } from './http-json.ts';
import { signPartnerRequest } from './partner-request.ts';
import type { PartnerCredentials } from './partner-request.ts';
import { reportSigner } from './report-key.ts';
import type { ReportKey } from './report-key.ts';

/** What became of one token's order. Quantity and price are totals so far, so a later report of the same order only grows. */
export interface ExecutionReport {
  readonly jti: string;
  readonly status: 'executed' | 'partially_executed' | 'rejected' | 'expired';
  /** Executed so far, a decimal string; "0" when rejected or expired. */
  readonly quantity: string;
  /** Average price so far. Needed when something was executed. */
  readonly price?: string;
  /** Your order number; "-" when there is none. */
  readonly orderId: string;
  /** UTC, RFC 3339, e.g. 2026-01-15T10:30:00.000Z */
  readonly executedAt: string;
}

export interface ReportExecutionsOptions extends PartnerCredentials {
  /** Our API, e.g. `https://api.our-domain.com`. Must be https, except on this machine. */
  readonly apiUrl: string;
  /** Signs each call, so that it is evidence which only you could have made. We hold the public half (`newReportKey`). */
  readonly reportKey?: ReportKey;
  /** Milliseconds for all of it, retries included; default 30,000. */
  readonly deadlineMs?: number;
  /** Milliseconds for one call; default 5,000. */
  readonly timeoutMs?: number;
  /** Milliseconds before the first retry, doubled each time; default 250. */
  readonly retryAfterMs?: number;
  readonly now?: () => number;
  readonly fetch?: typeof globalThis.fetch;
}

export interface ReportExecutionsResult {
  readonly recorded: number;
  readonly duplicates: number;
  /** Reports we refused, `index` being the place in the list you gave. Sending them again unchanged does not help. */
  readonly refused: readonly { readonly index: number; readonly jti: string; readonly code: string; readonly message: string }[];
}

const REPORTS_PER_CALL_MAX = 1_000;
const BODY_BYTES_MAX = 90_000;
const ANSWER_BYTES_MAX = 1_048_576;
const RETRIES_MAX = 6;
const PATH = '/api/widget/executions';

/**
 * Report executions in calls of at most 1,000. Trouble on the way (network, 429, 5xx) is tried again with growing pauses: a report counts once,
 * however often it arrives. Rejects with a ReportError when the deadline passes or we answer another 4xx; report the whole list again then.
 */
export async function reportExecutions(options: ReportExecutionsOptions, executions: readonly ExecutionReport[]): Promise<ReportExecutionsResult> {
  const { deadlineMs = 30_000, now = Date.now } = options;
  const url = new URL(safeUrl(options.apiUrl, 'apiUrl').pathname.replace(/\/$/, '') + PATH, options.apiUrl);
  const until = now() + deadlineMs;
  const sign = options.reportKey === undefined ? undefined : reportSigner(options.reportKey);
  let recorded = 0;
  let duplicates = 0;
  const refused: ReportExecutionsResult['refused'][number][] = [];
  for (const { start, body } of inBatches(executions)) {
    const answer = readAnswer(await sendWithRetries(options, { url, body, until, signature: sign?.(body) }));
    recorded += answer.recorded;
    duplicates += answer.duplicates;
    refused.push(...answer.refused.map((one) => ({ ...one, index: one.index + start })));
  }
  return { recorded, duplicates, refused };
}

/** Batches small enough in number and in bytes, in order. */
function* inBatches(executions: readonly ExecutionReport[]): Generator<{ start: number; body: string }> {
  let start = 0;
  let batch: string[] = [];
  let bytes = 0;
  const body = () => `{"executions":[${batch.join(',')}]}`;
  for (const [index, report] of executions.entries()) {
    const json = JSON.stringify(report);
    const size = Buffer.byteLength(json) + 1;
    if (batch.length > 0 && (batch.length >= REPORTS_PER_CALL_MAX || bytes + size > BODY_BYTES_MAX)) {
      yield { start, body: body() };
      [start, batch, bytes] = [index, [], 0];
    }
    batch.push(json);
    bytes += size;
  }
  if (batch.length > 0) yield { start, body: body() };
}

interface Call {
  readonly url: URL;
  readonly body: string;
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly signature: string | undefined;
}

async function sendWithRetries(options: ReportExecutionsOptions, call: Call): Promise<JsonAnswer> {
  const { retryAfterMs = 250, now = Date.now } = options;
  for (let attempt = 0; ; attempt += 1) {
    const tried = await sendOnce(options, call);
    if ('answer' in tried && tried.answer.status === 200) return tried.answer;
    const pauseMs = ('answer' in tried ? tried.answer.retryAfterMs : undefined) ?? retryAfterMs * 2 ** attempt;
    const hopeless = 'answer' in tried && tried.answer.status < 500 && tried.answer.status !== 429;
    if (hopeless || attempt >= RETRIES_MAX || now() + pauseMs >= call.until) throw failure(tried);
    await sleep(pauseMs);
  }
}

type Tried = { readonly answer: JsonAnswer } | { readonly cause: unknown };

async function sendOnce(options: ReportExecutionsOptions, { url, body, until, signature }: Call): Promise<Tried> {
  const { apiKey, apiSecret, timeoutMs = 5_000, now = Date.now, fetch } = options;
  const nowMs = now();
  const left = until - nowMs;
  if (left <= 0) return { cause: new Error('The deadline has passed') };
  const signed = signPartnerRequest({ apiKey, apiSecret, method: 'POST', path: url.pathname, body, timestampMs: nowMs });
  const headers = { 'content-type': 'application/json', ...signed, ...(signature === undefined ? {} : { 'X-Report-Signature': signature }) };
  try {
    return { answer: await requestJson({ url, method: 'POST', headers, body, timeoutMs: Math.min(timeoutMs, left), bytesMax: ANSWER_BYTES_MAX, fetch }) };
  } catch (cause) {
    return { cause };
  }
}

/** What went wrong, as our answer said it; with network trouble there is only a `cause`. */
export class ReportError extends Error {
  override readonly name = 'ReportError';
  /** HTTP status of the last answer. */
  readonly status: number | undefined;
  /** Our error code, e.g. `SIGNATURE_INVALID`. */
  readonly code: string | undefined;
  /** Tell it to us: we find the call by it. */
  readonly requestId: string | undefined;

  constructor(message: string, { status, code, requestId, cause }: { status?: number; code?: string | undefined; requestId?: string | undefined; cause?: unknown }) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }
}

function failure(tried: Tried): ReportError {
  if ('cause' in tried) return new ReportError('Executions could not be reported', { cause: tried.cause });
  const { status, json } = tried.answer;
  const said = (json as { error?: Partial<Record<'code' | 'message' | 'request_id', unknown>> } | undefined)?.error;
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const [code, message, requestId] = [text(said?.code), text(said?.message), text(said?.request_id)];
  const why = [code, message, requestId === undefined ? undefined : `(request ${requestId})`].filter((part) => part !== undefined).join(' ');
  return new ReportError(`Reporting executions was answered with status ${status}${why === '' ? '' : `: ${why}`}`, { status, code, requestId });
}

function readAnswer({ json }: JsonAnswer): ReportExecutionsResult {
  const data = (json as { data?: Partial<ReportExecutionsResult> } | undefined)?.data;
  if (typeof data?.recorded !== 'number' || typeof data.duplicates !== 'number' || !Array.isArray(data.refused)) {
    throw new Error('The answer to reported executions is not the one of our contract');
  }
  return { recorded: data.recorded, duplicates: data.duplicates, refused: data.refused as ReportExecutionsResult['refused'] };
}
