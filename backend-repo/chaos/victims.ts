import { startCluster, type Cluster } from '../demo/cluster.ts';
import { becomesReady, spawnBackend, type BackendProcess } from '../src/testing/backend-process.ts';
import { pause } from './pause.ts';

/** Something that is killed and comes back, as under a supervisor. */
export interface Victim {
  readonly name: string;
  /** Milliseconds by `performance.now()` since when it serves, `null` while it does not. */
  readonly upSince: () => number | null;
  /** kill -9, at once; it comes back by itself. */
  readonly kill: () => Promise<void>;
}

const RESTART_MS = 30;
const COME_BACK_MS = 60_000;

/** A backend, started again whenever it ends. */
export class BackendVictim implements Victim {
  readonly name: string;
  readonly url: string;
  /** Where other nodes reach it. */
  readonly internalUrl: string;
  readonly #env: Readonly<Record<string, string>>;
  #running: BackendProcess | null = null;
  #upSince: number | null = null;
  #stopped = false;
  /** Times it ended while it served and nobody had killed it: never right, whatever happens to its database. */
  diedByItself = 0;
  #killed = false;

  constructor(name: string, env: Readonly<Record<string, string>>) {
    this.name = name;
    this.url = `http://127.0.0.1:${env['PORT']}`;
    this.internalUrl = `http://127.0.0.1:${env['METRICS_PORT']}`;
    this.#env = env;
  }

  upSince(): number | null {
    return this.#upSince;
  }

  /** Resolves when it serves for the first time. */
  async start(): Promise<void> {
    const deadline = Date.now() + COME_BACK_MS;
    while (!this.#stopped) {
      if (Date.now() > deadline) throw new Error(`${this.name} did not come back`);
      this.#killed = false;
      this.#running = spawnBackend(this.#env);
      void this.#running.ended.then(() => this.#gone());
      if (await becomesReady(this.#running, COME_BACK_MS)) {
        this.#upSince = performance.now();
        return;
      }
      // Its database is away; a supervisor tries again.
      await pause(RESTART_MS);
    }
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const running = this.#running!;
    this.#killed = true;
    running.kill(signal);
    await running.ended;
  }

  /** Stands still for so long, wherever it is, and goes on as if nothing had happened. */
  async stall(milliseconds: number): Promise<void> {
    const running = this.#running!;
    running.kill('SIGSTOP');
    await pause(milliseconds);
    running.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#running?.kill('SIGKILL');
    await this.#running?.ended;
  }

  #gone(): void {
    if (this.#upSince === null || this.#stopped) return;
    if (!this.#killed) this.diedByItself += 1;
    this.#upSince = null;
    void this.start().catch((error: unknown) => console.error(error));
  }
}

/** A durable PostgreSQL that comes back where it was. */
export class DatabaseVictim implements Victim {
  readonly name = 'Postgres';
  readonly #options: Parameters<typeof startCluster>[0];
  #cluster: Cluster | null = null;
  #upSince: number | null = null;
  #comingBack: Promise<void> = Promise.resolve();

  constructor(options: Parameters<typeof startCluster>[0]) {
    this.#options = options;
  }

  get url(): string {
    return this.#cluster!.url('postgres');
  }

  upSince(): number | null {
    return this.#upSince;
  }

  async start(): Promise<void> {
    const deadline = Date.now() + COME_BACK_MS;
    for (;;) {
      try {
        this.#cluster = await startCluster(this.#options);
        this.#upSince = performance.now();
        return;
      } catch (error) {
        // What the killed one left behind may still be ending.
        if (Date.now() > deadline) throw error;
        await pause(RESTART_MS);
      }
    }
  }

  async kill(): Promise<void> {
    this.#upSince = null;
    await this.#cluster!.kill();
    this.#comingBack = this.start();
    this.#comingBack.catch((error: unknown) => console.error(error));
  }

  /** Resolves when it is back after the last kill. */
  back(): Promise<void> {
    return this.#comingBack;
  }

  async stop(): Promise<void> {
    await this.#comingBack.catch(() => undefined);
    await this.#cluster?.stop('immediate');
  }
}

