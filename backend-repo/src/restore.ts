import { restoreBackup } from './backup/restore-backup.ts';
import { loadDatabaseUrl } from './config.ts';

const USAGE = `npm run restore -- FILE

Fills the empty database that DATABASE_URL names (the owner's login) from a backup, and compares every table with what was backed up. It
ends as a whole or not at all. docs/runbooks/restore-the-ledger.md says what comes before and after.
`;

const [file, ...more] = process.argv.slice(2);
if (!file || file.startsWith('-') || more.length > 0) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else {
  try {
    const started = performance.now();
    const { manifest, tables, leftOut, applied } = await restoreBackup(loadDatabaseUrl(), file);
    process.stdout.write(`${'table'.padEnd(40)}${'rows'.padStart(12)}  equal\n`);
    for (const { name, rows, equal } of tables) process.stdout.write(`${name.padEnd(40)}${rows.padStart(12)}  ${equal ? 'yes' : 'no'}\n`);
    for (const name of leftOut) process.stdout.write(`left out, because no migration makes it: ${name}\n`);
    for (const name of applied) process.stdout.write(`migrated on: ${name}\n`);
    process.stdout.write(`restored the database of ${manifest.createdAt} in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
