import type { Scope } from '../helpers/scope.ts';

export interface HttpRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | null;
  readonly timeoutMs: number;
  /** For our own pages, whose session is a cookie of our own origin. */
  readonly credentials?: 'same-origin';
  /** Only the configuration may come from the browser's cache. */
  readonly cacheable?: boolean;
}

/** An answer of any status, or silence: we cannot tell whether the other side has done anything. */
export type Reply =
  | { readonly kind: 'answer'; readonly status: number; readonly body: unknown; readonly retryAfterS: number | null }
  | { readonly kind: 'silence'; readonly why: 'timeout' | 'network' };

export type Send = (request: HttpRequest) => Promise<Reply>;

export function createSend(scope: Scope): Send {
  return async (request) => {
    if (scope.ended) return { kind: 'silence', why: 'network' };
    const stop = new AbortController();
    let late = false;
    const callOff = scope.after(request.timeoutMs, () => {
      late = true;
      stop.abort();
    });
    const stopWithScope = () => stop.abort();
    scope.signal.addEventListener('abort', stopWithScope);
    try {
      const response = await fetch(request.url, {
        method: request.method,
        headers: request.headers ?? {},
        body: request.body ?? null,
        signal: stop.signal,
        mode: 'cors',
        credentials: request.credentials ?? 'omit',
        // A redirect could carry a token to somebody else.
        redirect: 'error',
        cache: request.cacheable ? 'default' : 'no-store',
      });
      const text = await response.text();
      return { kind: 'answer', status: response.status, body: parseJson(text), retryAfterS: readSeconds(response.headers.get('Retry-After')) };
    } catch {
      return { kind: 'silence', why: late ? 'timeout' : 'network' };
    } finally {
      callOff();
      scope.signal.removeEventListener('abort', stopWithScope);
    }
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function readSeconds(header: string | null): number | null {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) : null;
}
