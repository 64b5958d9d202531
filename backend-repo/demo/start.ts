import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { loadConfig } from '../src/config.ts';
import { drain, run } from '../src/main.ts';
import { startBots } from './bots.ts';
import { startCluster, type Cluster } from './cluster.ts';
import { startPaymentProvider } from './payment-provider.ts';
import { demoSecrets } from './secrets.ts';
import { seedDemo } from './seed.ts';

/**
 * `npm run demo`: the backend with everything it needs, for somebody who has only Node. An embedded Postgres unless DATABASE_URL names another
 * server, secrets that are made once and kept in DATA_DIR, a seeded demo, a few bots that trade, and one that pays. Prints `ready` when it serves.
 */
const dataDirectory = resolve(process.env['DATA_DIR'] ?? '.data');
await mkdir(dataDirectory, { recursive: true, mode: 0o711 });

// Without a server to hand them to, mails are files that whoever tries the demo can open.
const outbox = process.env['SMTP_URL'] ? null : join(dataDirectory, 'mails');

let cluster: Cluster | null = null;
if (!process.env['DATABASE_URL']) {
  cluster = await startCluster({ dataDirectory });
  if (cluster.movedTo) console.log(`The database cannot live in ${dataDirectory}, which its own user may not enter; it lives in ${cluster.movedTo}`);
}

try {
  const secrets = await demoSecrets(join(dataDirectory, 'secrets.json'));
  const demoUrl = process.env['DEMO_URL'] ?? `http://localhost:${process.env['DEMO_PORT'] ?? 8082}`;
  const config = loadConfig({
    METRICS_PORT: '0',
    LOG_LEVEL: 'warn',
    // Everybody who tries the demo comes from one address; only these two per-IP limits are raised, and only here.
    LIMIT_LOGIN_PER_HOUR: '1000',
    LIMIT_REGISTER_PER_HOUR: '1000',
    // And this address is of no country.
    GEO_ALLOW_PRIVATE: 'true',
    ...secrets,
    ...(outbox && { MAIL_OUTBOX_DIR: outbox }),
    CORS_ORIGINS: demoUrl,
    ...process.env,
    ...(cluster && { DATABASE_URL: cluster.url('postgres') }),
  });
  const app = await run(config);
  const demo = await seedDemo(app, { file: join(dataDirectory, 'demo.json'), apiUrl: config.publicUrl, serviceApiToken: config.serviceApiToken, demoUrl, cdnUrl: process.env['CDN_URL'] ?? `http://localhost:${process.env['CDN_PORT'] ?? 8081}` });
  const bots = startBots(app, demo.botIds);
  const provider = startPaymentProvider(app, config);

  let stopping = false;
  const stop = async (code: number): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await Promise.all([bots.stop(), provider.stop()]);
    await drain(app);
    await cluster?.stop();
    process.exit(code);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop(0));
  // Whoever started us may be killed before it can say stop; its end of this pipe closes all the same.
  if (process.env['STOP_WITH_STDIN'] === '1') process.stdin.resume().once('end', () => void stop(0));
  if (config.mail.smtpUrl === null) console.log(`Mails are not sent but kept: ${config.mail.outboxFolder}`);
  console.log(`ready ${config.publicUrl}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  await cluster?.stop();
  process.exit(1);
}
