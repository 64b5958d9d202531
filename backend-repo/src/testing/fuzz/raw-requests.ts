import fc from 'fast-check';
import { connect } from 'node:net';
import { addressNumber } from './sender.ts';

/**
 * What is wrong with a request before it is one: Node's parser refuses it by itself (400, 408, 417, 431), in its own words. What must hold is that
 * nothing answers 5xx, nothing is smuggled in behind, and the process lives.
 */
const HEAD = 'Host: localhost\r\n';
const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n';
const LOGIN = 'POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

/** Two requests in one: whoever reads the length otherwise than we do must not find a second one in it. */
const AMBIGUOUS: readonly string[] = [
  `${LOGIN}Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}${SMUGGLED}`,
  `${LOGIN}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  `${LOGIN}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n${SMUGGLED}`,
  `${LOGIN}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  `${LOGIN}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  `${LOGIN}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  `${LOGIN}Content-Length: +2\r\n\r\n{}${SMUGGLED}`,
  `${LOGIN}Content-Length: 0x2\r\n\r\n{}${SMUGGLED}`,
  `${LOGIN}Content-Length: -1\r\n\r\n${SMUGGLED}`,
  `${LOGIN}Content-Length: 99999999999999999999999\r\n\r\n${SMUGGLED}`,
];

const MALFORMED: readonly string[] = [
  '\r\n\r\n\r\n', 'x', '\u0000\u0001\u0002', 'GET\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n', `get /health HTTP/1.1\r\n${HEAD}\r\n`, `BREW /health HTTP/1.1\r\n${HEAD}\r\n`, 'GET /health\r\n\r\n', 'GET /health HTTP/0.9\r\n\r\n',
  `GET /health HTTP/1.1\r\n${HEAD}a header without colon\r\n\r\n`, `GET /health HTTP/1.1\r\n${HEAD}: no name\r\n\r\n`, `GET /health HTTP/1.1\r\n${HEAD}A\u0000B: c\r\n\r\n`, `GET /health HTTP/1.1\r\n${HEAD}A: b\u0000c\r\n\r\n`, `GET /health HTTP/1.1\r\n${HEAD} folded: yes\r\n\r\n`,
  `GET /health HTTP/1.1\r\n${HEAD}X: ${'a'.repeat(20_000)}\r\n\r\n`, `GET /health HTTP/1.1\r\n${HEAD}${'X: a\r\n'.repeat(3_000)}\r\n`, `GET /${'a'.repeat(30_000)} HTTP/1.1\r\n${HEAD}\r\n`, `GET /health HTTP/1.1\r\n${HEAD}${HEAD}\r\n`,
  `GET /hea\u0000lth HTTP/1.1\r\n${HEAD}\r\n`, `GET health HTTP/1.1\r\n${HEAD}\r\n`, `GET /hea lth HTTP/1.1\r\n${HEAD}\r\n`, `GET http://evil.example/health HTTP/1.1\r\n${HEAD}\r\n`, `GET //evil.example/health HTTP/1.1\r\n${HEAD}\r\n`, `GET * HTTP/1.1\r\n${HEAD}\r\n`, `OPTIONS * HTTP/1.1\r\n${HEAD}\r\n`,
  `CONNECT evil.example:443 HTTP/1.1\r\n${HEAD}\r\n`, `GET /health HTTP/1.1\r\n${HEAD}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n`, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', `GET /health HTTP/1.1\r\n${HEAD}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA\r\n\r\n`,
  `${LOGIN}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}`, `${LOGIN}Expect: miracles\r\nContent-Length: 2\r\n\r\n{}`, `${LOGIN}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`, `${LOGIN}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}`, `${LOGIN}Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n`,
  `${LOGIN}Transfer-Encoding: chunked\r\n\r\n2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`, `${LOGIN}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nTrailer: ${'x'.repeat(20_000)}\r\n\r\n`, `GET /api/nothing HTTP/1.1\r\n${HEAD}\r\nGET /health HTTP/1.1\r\n${HEAD}\r\n`, `\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003`,
  `${LOGIN}Content-Length: 50\r\n\r\n{"email":`, `${LOGIN}Content-Length: 2\r\n\r\n{}{}{}{}`, `${LOGIN}Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\u001f\u008b\u0008\u0000`,
];

/** Bytes of one connection; the first of them may be altered. */
export const rawRequests: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...AMBIGUOUS) },
  { weight: 6, arbitrary: fc.constantFrom(...MALFORMED) },
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...MALFORMED, ...AMBIGUOUS), fc.nat(120), fc.constantFrom('\u0000', '\r', '\n', ' ', ':', '\u00ff', '\t', '%', '\r\n')).map(([text, at, odd]) => text.slice(0, at) + odd + text.slice(at)) },
  { weight: 1, arbitrary: fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 200 }) },
);

const SILENCE_MS = 60;
const WAIT_MS = 3_000;

/** @returns what is wrong with how we took these bytes */
export async function rawFinding(url: string, bytes: string, turn: number): Promise<string | null> {
  const text = await exchange(Number(new URL(url).port), bytes, addressNumber(60_000 + turn));
  const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map((match) => Number(match[1]));
  if (statuses.some((status) => status >= 500)) return `answers ${statuses.join(', ')}`;
  if (AMBIGUOUS.includes(bytes) && statuses.length > 1) return `one request with two lengths was taken for two: ${statuses.join(', ')}`;
  if (/node_modules|\bat [\w.<>]+ \(/.test(text)) return 'shows our inside';
  return null;
}

/** Everything that comes back until the other side closes or falls silent. */
function exchange(port: number, bytes: string, localAddress: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress });
    let text = '';
    let silence: NodeJS.Timeout;
    const wait = (milliseconds: number): void => {
      clearTimeout(silence);
      silence = setTimeout(() => socket.destroy(), milliseconds);
    };
    const end = setTimeout(() => socket.destroy(), WAIT_MS);
    socket.on('connect', () => {
      socket.write(Buffer.from(bytes, 'latin1'));
      wait(SILENCE_MS);
    });
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      wait(SILENCE_MS / 3);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNREFUSED' ? reject(error) : undefined));
    socket.on('close', () => {
      clearTimeout(silence);
      clearTimeout(end);
      resolve(text);
    });
  });
}
