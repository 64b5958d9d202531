import type pg from 'pg';
import { MANIFEST, refuseTaken, writeArchive, type WrittenFile } from './archive.ts';
import { fullName, type Manifest, type Table } from './manifest.ts';
import { copyOut, describe, withSnapshot } from './source.repository.ts';
import type { Entry } from './tar.ts';

const PART_BYTES = 4 * 1024 * 1024;
const LINE_FEED = 0x0a;

export interface WrittenBackup extends WrittenFile {
  readonly manifest: Manifest;
}

/** One moment of the whole database in one file, while the service goes on. Memory stays flat: a part of one table at a time. */
export async function writeBackup(ownerUrl: string, file: string): Promise<WrittenBackup> {
  await refuseTaken(file);
  return withSnapshot(ownerUrl, async (snapshot) => {
    const manifest = await describe(snapshot);
    return { manifest, ...(await writeArchive(file, entriesOf(snapshot, manifest))) };
  });
}

async function* entriesOf(snapshot: pg.Client, manifest: Manifest): AsyncGenerator<Entry> {
  yield { name: MANIFEST, body: Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`) };
  for (const table of manifest.tables) yield* partsOf(table, copyOut(snapshot, table));
}

/** Each part holds whole rows, so that each can be loaded by itself. In COPY's text form a raw line feed only ever ends a row. */
async function* partsOf(table: Table, rows: AsyncIterable<Buffer>): AsyncGenerator<Entry> {
  let number = 0;
  const part = (body: Buffer): Entry => ({ name: partName(table, (number += 1)), body });
  let chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of rows) {
    chunks.push(chunk);
    size += chunk.length;
    if (size < PART_BYTES) continue;
    const gathered = Buffer.concat(chunks);
    const end = gathered.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) yield part(gathered.subarray(0, end));
    chunks = [gathered.subarray(end)];
    size = gathered.length - end;
  }
  if (size > 0) yield part(Buffer.concat(chunks));
}

const partName = (table: Table, number: number): string => `${fullName(table)}/${String(number).padStart(6, '0')}.copy`;
