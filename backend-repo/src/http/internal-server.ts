import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Metrics } from './metrics.ts';

/** What other nodes of ours may ask, by POST. Each route checks for itself who asks. */
export interface InternalRoute {
  readonly path: string;
  readonly handle: (header: (name: string) => string, body: Buffer) => Promise<{ status: number; body: string }>;
}

const BODY_BYTES_MAX = 64 * 1024;
const REQUEST_TIMEOUT_MS = 5_000;

/** Metrics and calls between nodes, on a port of their own, so that no proxy rule is needed to keep them from the public. */
export function createInternalServer(metrics: Metrics, routes: readonly InternalRoute[]): Server {
  const server = createServer((req, res) => {
    const answer = (status: number, body = '', type = 'application/json'): void => void res.writeHead(status, { 'Content-Type': type }).end(body);
    if (req.method === 'GET' && req.url === '/metrics') {
      metrics.registry.metrics().then((text) => answer(200, text, metrics.registry.contentType), () => answer(500));
      return;
    }
    const route = routes.find(({ path }) => req.method === 'POST' && req.url === path);
    if (!route) return answer(404);
    readBody(req)
      .then(async (body) => (body === null ? { status: 413, body: '' } : route.handle((name) => headerOf(req, name), body)))
      .then(({ status, body }) => answer(status, body), () => answer(500));
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  return server;
}

function headerOf(req: IncomingMessage, name: string): string {
  const value = req.headers[name];
  return typeof value === 'string' ? value : '';
}

async function readBody(req: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
