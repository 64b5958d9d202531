import { type Failure, failure, readFailure, valueAt } from '../model/failure.ts';
import type { HttpRequest, Reply, Send } from '../transport/http.ts';

/** Why something did not happen, with what is wrong at which field. */
export interface Trouble extends Failure {
  /** 0: no answer came. */
  readonly status: number;
  readonly fields: Readonly<Record<string, string>>;
  /** What the service's clock said, when ours is off. */
  readonly serverTime?: number;
}

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly trouble: Trouble };

export interface Call {
  readonly method: HttpRequest['method'];
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** How it is sent, when not like the others. */
  readonly send?: Send;
}

/** With what the session adds. */
export interface SignedCall extends Call {
  /** For what the access token alone is not enough for. */
  readonly sign?: Sign;
}

/** Headers that prove that the holder of the session's signing key wants this call. */
export type Sign = (key: string, call: Call, now: number) => Promise<Readonly<Record<string, string>>>;

export type Ask = <T>(call: Call) => Promise<Outcome<T>>;

const TIMEOUT_MS = 20_000;

/** Calls our own origin as a browser: the refresh token travels in a cookie that no script can read. */
export function createAsk(send: Send): Ask {
  return async <T>({ method, path, body, headers, send: own }: Call) => {
    const reply = await (own ?? send)({
      url: path,
      method,
      headers: { Accept: 'application/json', 'X-Client': 'browser', ...(body && { 'Content-Type': 'application/json' }), ...headers },
      body: body ? JSON.stringify(body) : null,
      timeoutMs: TIMEOUT_MS,
      credentials: 'same-origin',
    });
    return outcomeOf<T>(reply);
  };
}

export function outcomeOf<T>(reply: Reply): Outcome<T> {
  if (reply.kind === 'silence') return { ok: false, trouble: { ...failure(reply.why === 'timeout' ? 'NO_ANSWER_IN_TIME' : 'NO_CONNECTION'), status: 0, fields: {} } };
  const { status, body } = reply;
  if (status >= 200 && status < 300) return { ok: true, value: (valueAt(body, 'data') ?? body) as T };
  const why = readFailure(body, status >= 500 ? 'SERVICE_AWAY' : 'REFUSED');
  const serverTime = valueAt(body, 'error.details.serverTime');
  return { ok: false, trouble: { ...why, retryAfterS: why.retryAfterS ?? reply.retryAfterS, status, fields: fieldsOf(body), ...(typeof serverTime === 'number' && { serverTime }) } };
}

function fieldsOf(body: unknown): Record<string, string> {
  const fields = valueAt(body, 'error.fields');
  if (typeof fields !== 'object' || fields === null) return {};
  return Object.fromEntries(Object.entries(fields).filter(([, text]) => typeof text === 'string'));
}
