import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runCommand } from './command-line.ts';
import { loadDatabaseUrl } from './config.ts';
import { ownerTransaction } from './db/migrate.ts';
import { uuidV7 } from './domain/uuid.ts';
import { AuditEraseRepository } from './features/audit/audit-erase.repository.ts';
import { AuditEraseService } from './features/audit/audit-erase.service.ts';
import { AuditRepository } from './features/audit/audit.repository.ts';

const USAGE = `npm run audit:erase -- --person user:7 --reason "They asked for it on 3 May."

Takes the addresses, names and other personal data of one person out of the audit log, for ever. What they did stays, and so does the
chain. Reads DATABASE_URL, the owner's login. Backups and logs hold the data until they are gone.
`;

/** Rule H6: on record itself, or npm run audit:verify would call it tampering. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { person: { type: 'string' }, reason: { type: 'string' }, help: { type: 'boolean', default: false } } });
  const [, kind, id] = /^(user|partner):(.{1,200})$/.exec(values.person ?? '') ?? [];
  if (values.help || !kind || !id || !values.reason) {
    process.stderr.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const { reason } = values;
  const changed = await ownerTransaction(loadDatabaseUrl(), (transaction, client) => {
    const entries = new AuditRepository(transaction);
    const now = Date.now();
    const service = new AuditEraseService({ repository: new AuditEraseRepository(client), audit: (entry) => entries.add(uuidV7(now, randomBytes(10)), now, entry) });
    return service.erase({ kind: kind as 'user' | 'partner', id }, reason);
  });
  process.stdout.write(`${changed} entries held something of ${kind}:${id}; it is gone\n`);
}

await runCommand(main);
