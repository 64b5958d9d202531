/** Why something did not happen, in a form that can be put into words. */
export interface Failure {
  readonly code: string;
  /** The other side's own sentence; shown only when we have no words for the code. */
  readonly message: string | null;
  readonly requestId: string | null;
  readonly retryAfterS: number | null;
}

const MESSAGE_LENGTH_MAX = 200;
const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;

export function failure(code: string, more: Partial<Omit<Failure, 'code'>> = {}): Failure {
  return { code, message: null, requestId: null, retryAfterS: null, ...more };
}

/** Reads `{error: {code, message, request_id}}`, or the places that a partner's mapping names. */
export function readFailure(body: unknown, fallbackCode: string, places: Readonly<Record<string, string>> = {}): Failure {
  const code = textAt(body, places['errorCode'] ?? 'error.code');
  const message = textAt(body, places['errorMessage'] ?? 'error.message');
  const retryAfter = Number(textAt(body, 'error.retry_after') ?? NaN);
  return {
    code: code !== null && CODE.test(code) ? code : fallbackCode,
    message: message?.slice(0, MESSAGE_LENGTH_MAX) ?? null,
    requestId: textAt(body, places['requestId'] ?? 'error.request_id')?.slice(0, MESSAGE_LENGTH_MAX) ?? null,
    retryAfterS: Number.isFinite(retryAfter) ? retryAfter : null,
  };
}

/** The value at a dotted path, when it is a text or a number. */
export function textAt(body: unknown, path: string): string | null {
  const value = valueAt(body, path);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

export function valueAt(body: unknown, path: string): unknown {
  let value = body;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
