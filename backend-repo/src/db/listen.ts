import pg from 'pg';
import { CONNECT_TIMEOUT_MS } from './connection.ts';

export interface Listener {
  readonly stop: () => Promise<void>;
}

const RECONNECT_MIN_MS = 100;
const RECONNECT_MAX_MS = 5_000;

/**
 * Keeps one connection listening. `onChange` runs after every (re)connection too, since notices sent in between are lost.
 * @param channel a fixed name of ours, never input
 */
export function listen(url: string, channel: string, onChange: () => Promise<void>, onError: (error: unknown) => void): Listener {
  let stopped = false;
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | undefined;
  let delay = RECONNECT_MIN_MS;

  const changed = (): void => {
    onChange().catch(onError);
  };
  const again = (): void => {
    if (stopped || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      void open();
    }, delay);
    timer.unref();
    delay = Math.min(delay * 2, RECONNECT_MAX_MS);
  };
  const open = async (): Promise<void> => {
    const next = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, keepAlive: true, application_name: `listen ${channel}` });
    next.on('error', onError);
    next.on('end', again);
    next.on('notification', changed);
    client = next;
    try {
      await next.connect();
      await next.query(`listen ${channel}`);
      delay = RECONNECT_MIN_MS;
      changed();
    } catch (error) {
      onError(error);
      await next.end().catch(() => undefined);
      again();
    }
  };

  void open();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
