import { setImmediate as afterInput } from 'node:timers/promises';
import { REDIS_CONNECT_MS, openRedis, type RedisConnection } from './redis-client.ts';

/** A request waits this long for Redis, once; then this node counts for itself. */
export const REDIS_DEADLINE_MS = 250;
/** From one attempt to have it back to the next. */
export const REDIS_RETRY_MS = 1_000;

export const AWAY = Symbol('Redis is away');

export interface RedisLinkDeps {
  readonly url: string;
  /** What the trial writes: a Redis that can be read but not written to is of no use. */
  readonly trialKey: string;
  /** Told once each time. */
  readonly onAway: (error: unknown) => void;
  readonly onBack: () => void;
}

/**
 * The way to Redis, which may be away at any time. A connection that failed or was late once is thrown away: its answers could come too late for
 * everybody behind it. Until an attempt succeeds, nobody is made to wait.
 */
export class RedisLink {
  readonly #deps: RedisLinkDeps;
  #connection: RedisConnection | null = null;
  #retry: NodeJS.Timeout | undefined;
  #attempt: Promise<void> = Promise.resolve();
  #told = false;
  #stopped = false;

  constructor(deps: RedisLinkDeps) {
    this.#deps = deps;
  }

  /** Resolves after the first attempt, whatever comes of it. */
  start(): Promise<void> {
    this.#attempt = this.#connect();
    return this.#attempt;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#retry);
    await this.#attempt;
    const connection = this.#connection;
    this.#connection = null;
    // Lets what is under way finish, but not for long.
    await within(REDIS_DEADLINE_MS, connection?.close() ?? Promise.resolve()).catch(() => destroy(connection));
  }

  get available(): boolean {
    return this.#connection !== null;
  }

  /** @returns AWAY when there was no answer in time */
  async ask<T>(command: (redis: RedisConnection) => Promise<T>): Promise<T | typeof AWAY> {
    const connection = this.#connection;
    if (connection === null) return AWAY;
    try {
      return await within(REDIS_DEADLINE_MS, command(connection));
    } catch (error) {
      this.#lost(connection, error);
      return AWAY;
    }
  }

  async #connect(): Promise<void> {
    const connection = openRedis(this.#deps.url);
    connection.on('error', (error: unknown) => this.#lost(connection, error));
    try {
      await within(REDIS_CONNECT_MS, connection.connect());
      await within(REDIS_DEADLINE_MS, connection.set(this.#deps.trialKey, '1', { expiration: { type: 'PX', value: REDIS_RETRY_MS } }));
      this.#connection = connection;
      this.#told = false;
      this.#deps.onBack();
    } catch (error) {
      destroy(connection);
      this.#away(error);
    }
  }

  #lost(connection: RedisConnection, error: unknown): void {
    if (this.#connection !== connection) return;
    this.#connection = null;
    destroy(connection);
    this.#away(error);
  }

  #away(error: unknown): void {
    if (this.#stopped) return;
    if (!this.#told) this.#deps.onAway(error);
    this.#told = true;
    this.#retry = setTimeout(() => void (this.#attempt = this.#connect()), REDIS_RETRY_MS);
    this.#retry.unref();
  }
}

/** A connection that was never made, or is broken already, has nothing left to destroy. */
function destroy(connection: RedisConnection | null): void {
  try {
    connection?.destroy();
  } catch {
    return;
  }
}

async function within<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      // If it was we who did not listen for so long, the answer has come and is read first.
      void afterInput().then(() => reject(new Error(`Redis did not answer within ${milliseconds} ms`)));
    }, milliseconds);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
