import { loadConfig } from './config.ts';
import { migrate } from './db/migrate.ts';
import { appUrl, ensureRoles } from './db/roles.ts';

// `npm run migrate`: what the service does at its start, by itself.
const config = loadConfig();
await ensureRoles(config.databaseUrl, appUrl(config.databaseUrl, config.databaseAppUrl, config.encryptionKey));
const applied = await migrate(config.databaseUrl);
process.stdout.write(applied.length === 0 ? 'Nothing to do.\n' : `${applied.join('\n')}\n`);
