export interface JsonRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly bytesMax: number;
  readonly fetch?: typeof globalThis.fetch | undefined;
}

export interface JsonAnswer {
  readonly status: number;
  readonly json: unknown;
  readonly retryAfterMs: number | undefined;
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** A URL that may be asked for keys or sent secrets: https, or http to this machine. No user name or password in it. */
export function safeUrl(text: string | URL, name: string): URL {
  if (!URL.canParse(String(text))) throw new TypeError(`${name} is not a URL`);
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.has(url.hostname))) throw new TypeError(`${name} must be an https URL`);
  if (url.username || url.password) throw new TypeError(`${name} must not hold a user name or password`);
  return url;
}

/** One request with a deadline over all of it and a limit on the answer. Redirects are errors: the URL we were told is the one we trust. */
export async function requestJson(request: JsonRequest): Promise<JsonAnswer> {
  const { url, method, headers = {}, body, timeoutMs, bytesMax, fetch = globalThis.fetch } = request;
  const response = await fetch(url, {
    method,
    headers: { accept: 'application/json', ...headers },
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
    ...(body === undefined ? {} : { body }),
  });
  const text = await readAtMost(response, bytesMax);
  return { status: response.status, json: parseOrUndefined(text), retryAfterMs: retryAfterMs(response.headers.get('retry-after')) };
}

async function readAtMost(response: Response, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the body, so a sender that never ends cannot hold us.
  for await (const chunk of response.body ?? []) {
    const bytes: Uint8Array = chunk;
    size += bytes.length;
    if (size > bytesMax) throw new Error(`The answer is longer than ${bytesMax} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's HTML page, most likely. The status tells the caller enough.
    return undefined;
  }
}

function retryAfterMs(header: string | null): number | undefined {
  return header !== null && /^\d{1,4}$/.test(header) ? Number(header) * 1000 : undefined;
}
