import { mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
const ROOM_BYTES = 1024 ** 3;

/**
 * A folder for what nobody keeps: in memory where there is room, since there a clone of a database, which is 700 files, costs a tenth of the
 * work; else among the temporary files.
 */
export async function createMemoryFolder(name: string): Promise<string> {
  const parent = (await hasRoom()) ? MEMORY : tmpdir();
  await removeLeftBehind(parent, name);
  return mkdtemp(join(parent, `${name}-${process.pid}-`));
}

async function hasRoom(): Promise<boolean> {
  const { bavail, bsize } = await statfs(MEMORY).catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize >= ROOM_BYTES;
}

/** A run that was killed could not clean up, and memory is scarcer than disk. */
async function removeLeftBehind(parent: string, name: string): Promise<void> {
  for (const entry of await readdir(parent)) {
    const pid = new RegExp(`^${name}-(\\d+)-`).exec(entry)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(parent, entry), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}
