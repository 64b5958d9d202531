import type { HttpRequest, Reply, Send } from '../transport/http.ts';

/** Two megabytes take a while on a slow line, and silence for as long as this means that nobody is there. */
const TIMEOUT_MS = 180_000;

/** Sends what is large and says how much of it has left; `fetch` cannot say that. */
export function createUpload(progress: (part: number) => void): Send {
  return ({ url, method, headers, body }: HttpRequest) =>
    new Promise<Reply>((resolve) => {
      const request = new XMLHttpRequest();
      request.open(method, url);
      request.timeout = TIMEOUT_MS;
      for (const [name, value] of Object.entries(headers ?? {})) request.setRequestHeader(name, value);
      request.upload.addEventListener('progress', ({ loaded, total }) => progress(total > 0 ? loaded / total : 0));
      request.addEventListener('load', () => resolve({ kind: 'answer', status: request.status, body: parseJson(request.responseText), retryAfterS: Number(request.getResponseHeader('Retry-After')) || null }));
      request.addEventListener('error', () => resolve({ kind: 'silence', why: 'network' }));
      request.addEventListener('timeout', () => resolve({ kind: 'silence', why: 'timeout' }));
      request.send(body ?? null);
    });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
