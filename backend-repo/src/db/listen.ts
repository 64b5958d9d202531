import pg from 'pg';

export interface Listener {
  readonly stop: () => Promise<void>;
}

const RECONNECT_MIN_MS = 100;
const RECONNECT_MAX_MS = 1_000;
/** A connection whose other end vanished without a word sounds like one on which nothing happens: it is asked now and then. */
const ASK_EVERY_MS = 2_000;
const ANSWER_MS = 2_000;
const STOP_MS = 1_000;

/**
 * Keeps one connection listening. `onChange` runs after every (re)connection too, since notices sent in between are lost.
 * @param channel a fixed name of ours, never input
 */
export function listen(url: string, channel: string, onChange: () => Promise<void>, onError: (error: unknown) => void): Listener {
  let stopped = false;
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | undefined;
  let asking: NodeJS.Timeout | undefined;
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
    clearInterval(asking);
    const next = new pg.Client({ connectionString: url, connectionTimeoutMillis: ANSWER_MS, query_timeout: ANSWER_MS, keepAlive: true, application_name: `listen ${channel}` });
    next.on('error', onError);
    next.on('end', again);
    next.on('notification', changed);
    client = next;
    try {
      await next.connect();
      await next.query(`listen ${channel}`);
      delay = RECONNECT_MIN_MS;
      asking = setInterval(() => void next.query('select 1').catch(() => next.end()), ASK_EVERY_MS);
      asking.unref();
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
      clearInterval(asking);
      // Nobody waits for the good-bye of a server that is away.
      await Promise.race([client?.end().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, STOP_MS).unref())]);
    },
  };
}
