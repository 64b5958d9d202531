import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import type { Draft } from './draft.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly milliseconds: number;
}

const REQUESTS_PER_ADDRESS = 3;
const ANSWER_MS_MAX = 10_000;

/** Sends requests as they are. Limits count by address, so every few requests come from another one of 127.0.0.0/8. */
export class Sender {
  readonly #port: number;
  #requests = 0;
  #agent: Agent | null = null;

  constructor(url: string) {
    this.#port = Number(new URL(url).port);
  }

  send({ method, target, headers, body }: Draft): Promise<Answer> {
    if (this.#requests % REQUESTS_PER_ADDRESS === 0) {
      this.close();
      this.#agent = new Agent({ keepAlive: true, localAddress: addressNumber(this.#requests / REQUESTS_PER_ADDRESS) });
    }
    this.#requests += 1;
    const flat = headers.flatMap(([name, value]) => [name, value]);
    // Without a length Node would send in chunks.
    if (body !== null) flat.push('Content-Length', String(body.length));
    const started = performance.now();
    return new Promise((resolve, reject) => {
      const call = request({ host: '127.0.0.1', port: this.#port, method, path: target, headers: flat, agent: this.#agent!, timeout: ANSWER_MS_MAX }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks), milliseconds: performance.now() - started }));
      });
      call.on('timeout', () => call.destroy(new Error(`no answer in ${ANSWER_MS_MAX} ms`)));
      // A refusal may come before the whole body was taken; it counts, the broken pipe does not.
      call.on('error', reject);
      call.end(body ?? undefined);
    });
  }

  close(): void {
    this.#agent?.destroy();
    this.#agent = null;
  }
}

/** 127.0.0.0/8 without its first two: 127.1.0.1, 127.1.0.2, … */
export const addressNumber = (index: number): string => `127.${1 + (Math.floor(index / 64_000) % 250)}.${Math.floor(index / 250) % 256}.${1 + (index % 250)}`;
