import type { Knex } from 'knex';
import type { Socket } from 'node:net';
import type pg from 'pg';

/** knex's pool, as far as its documented events go. */
interface TarnPool {
  on(event: 'release', listener: (connection: pg.Client) => void): void;
  on(event: 'createSuccess' | 'acquireSuccess' | 'destroyRequest', listener: (id: number, connection: pg.Client) => void): void;
}

type QueryDone = (error: unknown, result: unknown) => void;

/**
 * Connections of one pool that nobody uses now. Where one of a pool gave no answer in time, the others are as likely dead, and each would let
 * somebody wait as long: they are hung up on together, and new ones made.
 */
class IdleConnections {
  readonly #idle = new Set<pg.ClientBase>();

  taken(connection: pg.ClientBase): void {
    this.#idle.delete(connection);
  }

  free(connection: pg.ClientBase): void {
    this.#idle.add(connection);
  }

  hangUp(): void {
    for (const connection of this.#idle) hangUp(connection);
    this.#idle.clear();
  }
}

/**
 * No query of this pool is waited for longer than this, unless it says otherwise itself. pg's pool throws a connection away on which a query failed,
 * but only that one.
 */
export function dropSilentOnes(pool: pg.Pool, milliseconds: number): void {
  const idle = new IdleConnections();
  pool.on('connect', (connection) => limitQueries(connection, milliseconds));
  pool.on('acquire', (connection) => idle.taken(connection));
  pool.on('remove', (connection) => idle.taken(connection));
  pool.on('release', (error, connection) => {
    if (isTimeout(error)) idle.hangUp();
    else if (!error) idle.free(connection);
  });
}

/** knex would hand a connection on which an answer did not come in time to the next caller. */
export function dropSilentOnesOf(app: Knex, milliseconds: number): void {
  const idle = new IdleConnections();
  const { pool } = app.client as { pool: TarnPool };
  pool.on('createSuccess', (_id, connection) => limitQueries(connection, milliseconds, () => {
    hangUp(connection);
    idle.hangUp();
  }));
  pool.on('acquireSuccess', (_id, connection) => idle.taken(connection));
  pool.on('release', (connection) => idle.free(connection));
  pool.on('destroyRequest', (_id, connection) => idle.taken(connection));
}

/**
 * As the driver's own `query_timeout`, whose timers hold their query: V8 then keeps each query with all its parameters until the next full collection,
 * 17 kB a query, and the pauses of the small collections are six times as long.
 */
function limitQueries(connection: pg.ClientBase, milliseconds: number, onTimeout?: () => void): void {
  const query = connection.query.bind(connection) as (...call: unknown[]) => unknown;
  const limited = (...call: unknown[]): unknown => {
    if (hasItsOwnLimit(call[0])) return query(...call);
    const done = call.at(-1);
    if (typeof done === 'function') return query(...call.slice(0, -1), inTime(done as QueryDone, milliseconds, onTimeout));
    return new Promise((resolve, reject) => void limited(...call, (error: unknown, result: unknown) => (error ? reject(error as Error) : resolve(result))));
  };
  Object.assign(connection, { query: limited });
}

const hasItsOwnLimit = (statement: unknown): boolean => typeof statement === 'object' && statement !== null && 'query_timeout' in statement;

/** The timer must not hold what it no longer waits for. */
function inTime(done: QueryDone, milliseconds: number, onTimeout?: () => void): QueryDone {
  let waiting: QueryDone | null = done;
  const settle: QueryDone = (error, result) => {
    const first = waiting;
    waiting = null;
    clearTimeout(timer);
    first?.(error, result);
  };
  const timer = setTimeout(() => {
    onTimeout?.();
    settle(new Error('Query read timeout'), undefined);
  }, milliseconds);
  return settle;
}

const isTimeout = (error: unknown): boolean => error instanceof Error && error.message === 'Query read timeout';

/** Without the good-bye that `end` waits for. Whoever holds the connection sees it break, and its pool lets it go. */
function hangUp(connection: pg.ClientBase): void {
  (connection as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
}
