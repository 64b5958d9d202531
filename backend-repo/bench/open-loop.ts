import { connect, type Socket } from 'node:net';
import { CONNECTIONS, type Call, type Latencies } from './measure.ts';

const CREATED = 201;
const READ_BYTES = 65_536;
/** Nothing is waited for longer once the last request has left. */
const LAST_ANSWER_MS = 10_000;

/**
 * Requests leave on their schedule whatever came back, and each latency counts from its scheduled moment, so a stall is charged to all it
 * delayed (no coordinated omission). Bytes are ready beforehand and sockets read into buffers of their own: a client that makes objects for each call stops for its own garbage
 * (25 ms, measured), and its pause would be told as the server's.
 */
export async function openLoop(url: string, callOf: (index: number) => Call, perSecond: number, seconds: number): Promise<Latencies> {
  const total = perSecond * seconds;
  const requests = Array.from({ length: total }, (_, index) => bytesOf(url, callOf(index)));
  const latencies = new Float64Array(total);
  const lines = await Promise.all(Array.from({ length: CONNECTIONS }, () => openLine(url)));
  // Taken in turn: one that rests for five seconds is closed by the server.
  const free = [...lines];
  const waiting: number[] = [];
  const started = performance.now() + 20;
  const due = (index: number): number => started + (index * 1000) / perSecond;
  let done = 0;
  let errors = 0;

  const send = (line: Line, index: number): void => line.ask(requests[index]!, (status) => {
    if (status === CREATED) latencies[done++] = performance.now() - due(index);
    else errors += 1;
    const next = waiting.shift();
    if (next !== undefined) send(line, next);
    else free.push(line);
  });
  for (let index = 0; index < total; ) {
    for (; index < total && due(index) <= performance.now(); index += 1) {
      const line = free.shift();
      if (line) send(line, index);
      else waiting.push(index);
    }
    await soon(1);
  }
  for (const end = performance.now() + LAST_ANSWER_MS; done + errors < total && performance.now() < end; ) await soon(5);
  for (const line of lines) line.close();
  const sorted = latencies.subarray(0, done).sort();
  const at = (share: number): number => sorted[Math.min(done - 1, Math.floor(done * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), errors: errors + (total - done - errors) };
}

const soon = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

function bytesOf(url: string, { path, headers, body }: Call): Buffer {
  const lines = Object.entries({ host: new URL(url).host, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers }).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from([`POST ${path} HTTP/1.1`, ...lines, '', body].join('\r\n'));
}

interface Line {
  /** `told` hears the status of the answer when all of it is here; 0 when the connection ended first. */
  readonly ask: (request: Buffer, told: (status: number) => void) => void;
  readonly close: () => void;
}

/** One kept-alive connection, one call at a time. Reads what our servers and their peers answer with: a head, then as many bytes as `Content-Length` says. */
function openLine(url: string): Promise<Line> {
  const { hostname, port } = new URL(url);
  let head = '';
  let status = 0;
  let left = -1;
  let ended = false;
  let told: ((status: number) => void) | null = null;
  const answer = (what: number): void => {
    const tell = told;
    [head, left, told] = ['', -1, null];
    tell?.(what);
  };
  const read = (bytes: number, buffer: Uint8Array): boolean => {
    if (left === -1) {
      head += Buffer.from(buffer.buffer, buffer.byteOffset, bytes).toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) return true;
      status = Number(head.slice(9, 12));
      left = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0) - (head.length - end - 4);
    } else {
      left -= bytes;
    }
    if (left <= 0) answer(status);
    return true;
  };
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true, onread: { buffer: Buffer.alloc(READ_BYTES), callback: read } }, () => resolve({
      ask: (request, tell) => {
        if (ended) return tell(0);
        told = tell;
        socket.write(request);
        return undefined;
      },
      close: () => socket.destroy(),
    }));
    socket.once('error', reject);
    socket.once('close', () => {
      ended = true;
      answer(0);
    });
  });
}
