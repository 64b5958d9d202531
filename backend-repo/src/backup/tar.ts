/** Enough of POSIX ustar for named blocks of bytes, so that plain `tar` opens our backups without us. */
export interface Entry {
  readonly name: string;
  readonly body: Buffer;
}

const BLOCK = 512;
const NAME_BYTES_MAX = 100;
export const ENTRY_BYTES_MAX = 64 * 1024 * 1024;

export async function* tarOf(entries: AsyncIterable<Entry>): AsyncGenerator<Buffer> {
  for await (const entry of entries) {
    yield header(entry);
    yield entry.body;
    yield Buffer.alloc(padding(entry.body.length));
  }
  yield Buffer.alloc(2 * BLOCK);
}

/** @throws Error when the bytes are no such archive, end before it does, or go on after it. */
export async function* entriesOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<Entry> {
  const source = new ByteSource(bytes);
  for (;;) {
    const head = await source.take(BLOCK);
    if (isEmpty(head)) break;
    const { name, size } = readHeader(head);
    const body = await source.take(size);
    await source.take(padding(size));
    yield { name, body };
  }
  if (!isEmpty(await source.take(BLOCK)) || !(await source.isAtEnd())) throw new Error('The archive goes on after its end.');
}

function header({ name, body }: Entry): Buffer {
  if (Buffer.byteLength(name) > NAME_BYTES_MAX || body.length > ENTRY_BYTES_MAX) throw new Error(`${name} does not fit into the archive: ${body.length} bytes.`);
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, offset: number, digits: number): number => block.write(value.toString(8).padStart(digits, '0'), offset);
  block.write(name, 0);
  octal(0o600, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(body.length, 124, 11);
  octal(0, 136, 11);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  octal(checksum(block), 148, 6);
  block.write('\x00 ', 154);
  return block;
}

function readHeader(block: Buffer): { name: string; size: number } {
  const text = (offset: number, length: number): string => block.toString('utf8', offset, offset + length).split('\x00')[0]!.trim();
  const size = Number.parseInt(text(124, 12), 8);
  const plain = text(257, 5) === 'ustar' && block[156] === 0x30 && Number.parseInt(text(148, 8), 8) === checksum(block);
  if (!plain || !(size <= ENTRY_BYTES_MAX)) throw new Error('The archive has an entry that is none of ours.');
  return { name: text(0, NAME_BYTES_MAX), size };
}

/** The sum of all bytes, where the eight of the sum itself count as spaces. */
function checksum(block: Buffer): number {
  return block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

const padding = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;
const isEmpty = (block: Buffer): boolean => block.every((byte) => byte === 0);

class ByteSource {
  readonly #chunks: AsyncIterator<Buffer>;
  #pending: Buffer = Buffer.alloc(0);

  constructor(bytes: AsyncIterable<Buffer>) {
    this.#chunks = bytes[Symbol.asyncIterator]();
  }

  async take(size: number): Promise<Buffer> {
    const parts = [this.#pending];
    let length = this.#pending.length;
    while (length < size) {
      const { done, value } = await this.#chunks.next();
      if (done) throw new Error('The archive is cut short.');
      parts.push(value);
      length += value.length;
    }
    const whole = parts.length === 1 ? this.#pending : Buffer.concat(parts);
    this.#pending = whole.subarray(size);
    return whole.subarray(0, size);
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#pending.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return true;
      this.#pending = value;
    }
    return false;
  }
}
