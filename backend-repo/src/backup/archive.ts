import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { parseManifest, type Manifest } from './manifest.ts';
import { entriesOf, tarOf, type Entry } from './tar.ts';

export const MANIFEST = 'manifest.json';
const CHECKSUMS = 'SHA256SUMS';
// Levels above cost twice the time for a tenth of the size.
const GZIP_LEVEL = 3;

export interface WrittenFile {
  readonly bytes: number;
  readonly sha256: string;
}

export async function refuseTaken(file: string): Promise<void> {
  const taken = await access(file).then(() => true, () => false);
  if (taken) throw new Error(`${file} exists. A backup does not replace another file: give it a name of its own.`);
}

/** The file is whole and on disk, or it is not there. For its owner's eyes only. */
export async function writeArchive(file: string, entries: AsyncIterable<Entry>): Promise<WrittenFile> {
  const partial = `${file}.partial-${process.pid}`;
  try {
    const written = counter();
    // Opened before anything can fail: a stream that opens by itself can make the file after its removal below.
    const onDisk = (await open(partial, 'wx', 0o600)).createWriteStream({ flush: true });
    await pipeline(Readable.from(tarOf(withChecksums(entries))), createGzip({ level: GZIP_LEVEL }), written.count, onDisk);
    await rename(partial, file);
    await syncDirectory(dirname(file));
    return written.result();
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** Reads all of it before anybody acts on any of it. @throws Error in words when a byte is not what was written */
export async function verifyArchive(file: string): Promise<Manifest> {
  const lines: string[] = [];
  let checksums: string | null = null;
  let manifest: string | null = null;
  for await (const { name, body } of readArchive(file)) {
    if (name === CHECKSUMS) {
      checksums = body.toString();
      continue;
    }
    lines.push(checksumLine(name, body));
    if (name === MANIFEST) manifest = body.toString();
  }
  if (manifest === null) throw new Error(`${file} is not a backup of ours.`);
  if (checksums !== lines.join('')) throw new Error(`${file} is damaged: its checksums do not match. Nothing was restored; use another copy.`);
  return parseManifest(manifest);
}

export async function* readArchive(file: string): AsyncGenerator<Entry> {
  const compressed = createReadStream(file);
  const bytes = createGunzip();
  compressed.on('error', (error) => bytes.destroy(error)).pipe(bytes);
  try {
    yield* entriesOf(bytes);
  } catch (error) {
    throw inWords(file, error);
  } finally {
    compressed.destroy();
    bytes.destroy();
  }
}

function inWords(file: string, error: unknown): Error {
  const { code = '', message } = error as { code?: string; message: string };
  if (code === 'Z_BUF_ERROR') return new Error(`${file} is cut short. Nothing was restored; use another copy.`, { cause: error });
  if (code.startsWith('Z_')) return new Error(`${file} is damaged, or not a backup of ours: ${message}. Nothing was restored; use another copy.`, { cause: error });
  return code === '' ? new Error(`${file} is not usable. ${message} Nothing was restored; use another copy.`, { cause: error }) : (error as Error);
}

async function* withChecksums(entries: AsyncIterable<Entry>): AsyncGenerator<Entry> {
  const lines: string[] = [];
  for await (const entry of entries) {
    lines.push(checksumLine(entry.name, entry.body));
    yield entry;
  }
  yield { name: CHECKSUMS, body: Buffer.from(lines.join('')) };
}

/** As `sha256sum -c` reads it. */
const checksumLine = (name: string, body: Buffer): string => `${createHash('sha256').update(body).digest('hex')}  ${name}\n`;

function counter(): { count: (chunks: AsyncIterable<Buffer>) => AsyncGenerator<Buffer>; result: () => WrittenFile } {
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    count: async function* (chunks) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        bytes += chunk.length;
        yield chunk;
      }
    },
    result: () => ({ bytes, sha256: hash.digest('hex') }),
  };
}

/** A new name is on disk when its directory is. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
