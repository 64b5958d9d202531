import { link, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checkpoint } from '../../domain/audit-chain-checkpoint.ts';

/** A checkpoint as it lies outside the database: enough to name the first row that differs, without any row. */
export interface CheckpointCopy {
  readonly checkpoint: Checkpoint;
  readonly public_key: string;
  /** Hex. */
  readonly leaves: string;
}

const FILE = /^checkpoint-(\d{10,})\.json$/;
const fileOf = (number: number): string => `checkpoint-${String(number).padStart(10, '0')}.json`;

/** A directory in another trust zone (rule H3): a disk that who owns the database cannot write. What lies there is never replaced. */
export class CheckpointCopies {
  readonly #directory: string;
  #last: number | null = null;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The number of the newest copy; 0: there is none. */
  async last(): Promise<number> {
    this.#last ??= Math.max(0, ...(await this.#numbers()));
    return this.#last;
  }

  async write(copy: CheckpointCopy): Promise<void> {
    const { number } = copy.checkpoint;
    const path = join(this.#directory, fileOf(number));
    const partial = `${path}.partial-${process.pid}`;
    const text = `${JSON.stringify(copy)}\n`;
    try {
      const handle = await open(partial, 'w', 0o644);
      try {
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      // Unlike a rename, a link does not take the place of what is there: another node's copy, or the only witness.
      await link(partial, path).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
        if ((await readFile(path, 'utf8')) !== text) throw new Error(`${path} holds another checkpoint ${number} than the database: see docs/runbooks/audit-log-damaged.md`);
      });
    } finally {
      await rm(partial, { force: true });
    }
    this.#last = number;
  }

  /** In their order, as they were found: who reads them checks what they are. */
  async read(): Promise<unknown[]> {
    const numbers = (await this.#numbers()).sort((one, other) => one - other);
    return Promise.all(numbers.map(async (number) => JSON.parse(await readFile(join(this.#directory, fileOf(number)), 'utf8')) as unknown));
  }

  async #numbers(): Promise<number[]> {
    return (await readdir(this.#directory)).flatMap((name) => FILE.exec(name)?.[1] ?? []).map(Number);
  }
}
