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

/** pg's pool throws a connection away on which a query failed, but only that one. */
export function dropSilentOnes(pool: pg.Pool): void {
  const idle = new IdleConnections();
  pool.on('acquire', (connection) => idle.taken(connection));
  pool.on('remove', (connection) => idle.taken(connection));
  pool.on('release', (error, connection) => {
    if (isTimeout(error)) idle.hangUp();
    else if (!error) idle.free(connection);
  });
}

/** knex would hand a connection on which an answer did not come in time to the next caller. */
export function dropSilentOnesOf(app: Knex): void {
  const idle = new IdleConnections();
  const { pool } = app.client as { pool: TarnPool };
  pool.on('createSuccess', (_id, connection) => onTimeout(connection, () => {
    hangUp(connection);
    idle.hangUp();
  }));
  pool.on('acquireSuccess', (_id, connection) => idle.taken(connection));
  pool.on('release', (connection) => idle.free(connection));
  pool.on('destroyRequest', (_id, connection) => idle.taken(connection));
}

function onTimeout(connection: pg.Client, act: () => void): void {
  const query = connection.query.bind(connection) as (statement: unknown, done: QueryDone) => void;
  const watched = (statement: unknown, done: QueryDone): void =>
    query(statement, (error, result) => {
      if (isTimeout(error)) act();
      done(error, result);
    });
  Object.assign(connection, { query: watched });
}

const isTimeout = (error: unknown): boolean => error instanceof Error && error.message === 'Query read timeout';

/** Without the good-bye that `end` waits for. Whoever holds the connection sees it break, and its pool lets it go. */
function hangUp(connection: pg.ClientBase): void {
  (connection as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
}
