import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

const TYPES = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json; charset=utf-8',
  svg: 'image/svg+xml',
};

const WORDS = { 400: 'Not an address', 404: 'Not found', 405: 'Not allowed', 500: 'A fault of ours' };

/** Answers GET and HEAD with a body, its type and its ETag. */
export function answer(request, response, { path, body, headers = {} }) {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
  const all = { 'X-Content-Type-Options': 'nosniff', ETag: etag, ...headers };
  if (request.headers['if-none-match'] === etag) return response.writeHead(304, all).end();
  const type = TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
  response.writeHead(200, { ...all, 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? undefined : body);
}

export function refuse(response, status, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff', ...headers });
  response.end(`${WORDS[status]}\n`);
}

export function isRead(request) {
  return request.method === 'GET' || request.method === 'HEAD';
}

/** "//" and its like come from scanners, and no URL can be made of them. */
export function isAddress(request) {
  return URL.canParse(request.url, 'http://here');
}

/** The file, or null when there is none. */
export async function readIfThere(url) {
  try {
    return await readFile(url);
  } catch {
    return null;
  }
}
