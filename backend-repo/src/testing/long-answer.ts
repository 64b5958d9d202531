import type { ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';

const PIECE = Buffer.alloc(65_536, ' ');

/** Answers 200 with so many bytes, as fast as they are taken. @returns how many were taken, as soon as no more will be */
export function answerAtLength(res: ServerResponse, bytes: number): Promise<number> {
  let taken = 0;
  function* pieces(): Generator<Buffer> {
    for (; taken < bytes; taken += PIECE.length) yield PIECE;
  }
  res.writeHead(200, { 'Content-Type': 'application/json' });
  return new Promise((resolve) => pipeline(Readable.from(pieces()), res, () => resolve(taken)));
}
