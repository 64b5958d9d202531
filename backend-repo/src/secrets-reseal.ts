import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { runCommand } from './command-line.ts';
import { loadConfig } from './config.ts';
import { ownerTransaction } from './db/migrate.ts';
import { createSecretBox } from './domain/secret-box.ts';
import { uuidV7 } from './domain/uuid.ts';
import { AuditRepository } from './features/audit/audit.repository.ts';
import { ResealRepository } from './features/secrets/reseal.repository.ts';
import { ResealService } from './features/secrets/reseal.service.ts';

const USAGE = `npm run secrets:reseal

Seals with ENCRYPTION_KEY whatever lies under ENCRYPTION_KEY_PREVIOUS, and names of people that were written before they were sealed. May be run
while the service runs, and again. Reads DATABASE_URL, the owner's login. When it says that nothing is left, ENCRYPTION_KEY_PREVIOUS can go.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { help: { type: 'boolean', default: false } } });
  if (values.help) return void process.stderr.write(USAGE);
  const { databaseUrl, encryptionKey, encryptionKeyPrevious } = loadConfig();
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'secrets:reseal' });
  await client.connect();
  try {
    const service = new ResealService({
      repository: new ResealRepository(client),
      box: createSecretBox([encryptionKey, ...(encryptionKeyPrevious ? [encryptionKeyPrevious] : [])]),
      audit: (entry) => ownerTransaction(databaseUrl, (transaction) => new AuditRepository(transaction).add(uuidV7(Date.now(), randomBytes(10)), Date.now(), entry)),
      randomBytes,
    });
    const done = await service.reseal();
    for (const { column, resealed, unopened } of done) process.stdout.write(`${column.padEnd(48)} ${resealed} sealed anew${unopened > 0 ? `, ${unopened} under a key that is not there` : ''}\n`);
    const unopened = done.reduce((sum, each) => sum + each.unopened, 0);
    process.stdout.write(unopened > 0 ? `${unopened} did not open: set ENCRYPTION_KEY_PREVIOUS to the key they lie under, and run it again\n` : 'Nothing is left under an older key\n');
    if (unopened > 0) process.exitCode = 1;
  } finally {
    await client.end();
  }
}

await runCommand(main);
