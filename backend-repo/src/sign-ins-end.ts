import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runCommand } from './command-line.ts';
import { loadDatabaseUrl } from './config.ts';
import { ownerTransaction } from './db/migrate.ts';
import { uuidV7 } from './domain/uuid.ts';
import { AuditRepository } from './features/audit/audit.repository.ts';
import { EndSignInsRepository } from './features/auth/end-sign-ins.repository.ts';
import { EndSignInsService } from './features/auth/end-sign-ins.service.ts';

const USAGE = `npm run sign-ins:end -- --reason "ENCRYPTION_KEY leaked"

Ends every session and revokes every API key of everybody, staff included, while the service runs; on record with the reason, 10 to 200
characters. People sign in again and make new API keys; revoked ones do not come back. Reads DATABASE_URL, the owner's login.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { reason: { type: 'string', default: '' }, help: { type: 'boolean', default: false } } });
  const reason = values.reason.trim();
  if (values.help || reason.length < 10 || reason.length > 200) {
    process.stderr.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const databaseUrl = loadDatabaseUrl();
  const service = new EndSignInsService((work) =>
    ownerTransaction(databaseUrl, (transaction) => {
      const entries = new AuditRepository(transaction);
      return work({ signIns: new EndSignInsRepository(transaction), audit: (entry) => entries.add(uuidV7(Date.now(), randomBytes(10)), Date.now(), entry) });
    }),
  );
  const { sessions, apiKeys } = await service.endAll(reason);
  process.stdout.write(`${sessions} sessions ended, ${apiKeys} API keys revoked\n`);
}

await runCommand(main);
