import type pg from 'pg';

/**
 * One connection of a pool for as long as `work` takes. A pool takes its error listener away from a connection it hands out: without one
 * here, a server that restarts between two of our queries would end the process.
 */
export async function withClient<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on('error', onError);
  try {
    return await work(client);
  } catch (error) {
    // What the connection is in the middle of is unknown: it is thrown away, not handed to the next caller.
    broken ??= error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}
