import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const BACKEND = fileURLToPath(new URL('../..', import.meta.url));
const LOOK_AGAIN_MS = 25;

/** The backend as it runs in production: a process of its own, started by `src/main.ts`. */
export interface BackendProcess {
  readonly url: string;
  readonly pid: number;
  /** Resolves with the exit code, or with the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  readonly kill: (signal: NodeJS.Signals) => void;
}

/** @param env with `PORT`, `DATABASE_URL` and the secrets; does not wait until it is ready */
export function spawnBackend(env: Readonly<Record<string, string>>): BackendProcess {
  return backendProcess(process.execPath, [MAIN], env);
}

/** The same through `npm start`, as the guide says: its process is npm. */
export function spawnByNpm(env: Readonly<Record<string, string>>): BackendProcess {
  return backendProcess('npm', ['start', '--silent'], env);
}

function backendProcess(command: string, args: readonly string[], env: Readonly<Record<string, string>>): BackendProcess {
  const child: ChildProcess = spawn(command, args, {
    cwd: BACKEND, env: { ...process.env, LOG_LEVEL: 'fatal', ...env }, stdio: 'ignore', detached: true });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  return { url: `http://127.0.0.1:${env['PORT']}`, pid: child.pid!, ended, kill: (signal) => endBy(child, signal) };
}

/** SIGKILL is how a test cleans up: it ends whatever npm left behind, too. */
function endBy(child: ChildProcess, signal: NodeJS.Signals): void {
  if (signal !== 'SIGKILL') return void child.kill(signal);
  try {
    process.kill(-child.pid!, signal);
  } catch {
    // All of them have ended.
  }

}

/** True once `/ready` says so, false when the process ended before. */
export async function becomesReady({ url, ended }: BackendProcess, milliseconds = 30_000): Promise<boolean> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const deadline = Date.now() + milliseconds;
  while (!over) {
    const ready = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
    await ready?.body?.cancel();
    if (ready?.ok && !over) return true;
    if (Date.now() > deadline) throw new Error(`the backend at ${url} was not ready within ${milliseconds} ms`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  return false;
}
