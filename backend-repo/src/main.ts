import { once } from 'node:events';
import { buildApp, type App } from './app.ts';
import { loadConfig, type Config } from './config.ts';
import { ensureRoles, appUrl } from './db/roles.ts';
import { migrate } from './db/migrate.ts';

const DRAIN_MS = 10_000;

/** The process: load config, migrate, build, listen; on a signal drain and stop. */
export async function run(config: Config): Promise<App> {
  await ensureRoles(config.databaseUrl, appUrl(config.databaseUrl, config.databaseAppUrl, config.encryptionKey));
  await migrate(config.databaseUrl);
  const app = await buildApp(config, { processMetrics: true });
  await app.start();
  await listenOn(app.server, config.port, config.host);
  await listenOn(app.internalServer, config.metricsPort, config.metricsHost);
  app.logger.info({ port: config.port, roles: config.roles }, 'listening');
  return app;
}

async function listenOn(server: App['server'], port: number, host: string): Promise<void> {
  server.listen(port, host);
  // `once` rejects when the server says 'error' first: the port is taken, and the message names it.
  await once(server, 'listening');
}

/** Stop accepting, finish what is under way, flush, close. Ten seconds at most. */
export async function drain(app: App): Promise<void> {
  const deadline = setTimeout(() => {
    app.logger.error('draining took too long; leaving');
    process.exit(1);
  }, DRAIN_MS);
  deadline.unref();
  const began = performance.now();
  app.logger.info('draining');
  await app.closeConnections();
  // Other nodes may send the engine commands until it has handed its lease on. Then they are told that it is not here: a connection cut off
  // would leave them in doubt about what became of an order.
  await app.stop();
  await app.closeInternalConnections();
  clearTimeout(deadline);
  app.logger.info({ ms: Math.round(performance.now() - began) }, 'drained');
}

/** Drains on the first signal. Another one changes nothing: an impatient supervisor must not cut answers off. */
function drainOnSignal(app: App): void {
  let draining = false;
  const begin = (): void => {
    if (draining) return;
    draining = true;
    drain(app).then(
      () => process.exit(0),
      (error: unknown) => {
        app.logger.error({ error }, 'draining failed; leaving');
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, begin);
}

/** Nobody knows what state such an error leaves behind, so the process ends. Node would print the error with all that it carries, also a row that the database refused. */
export function endOnUncaught({ logger }: Pick<App, 'logger'>, of: Pick<NodeJS.Process, 'on' | 'exit'> = process): void {
  of.on('uncaughtException', (error) => {
    logger.error({ error }, 'an error that nobody caught; leaving');
    of.exit(1);
  });
}

if (import.meta.main) {
  try {
    const app = await run(loadConfig());
    endOnUncaught(app);
    drainOnSignal(app);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
