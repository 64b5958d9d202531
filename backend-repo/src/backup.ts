import { fullName } from './backup/manifest.ts';
import { writeBackup } from './backup/write-backup.ts';
import { loadDatabaseUrl } from './config.ts';

const USAGE = `npm run backup -- FILE

Writes the whole database, as it is at one moment, into FILE (a .tar.gz). The service may go on meanwhile. Reads DATABASE_URL, the owner's
login. docs/runbooks/restore-the-ledger.md says where to keep it, and what must be kept elsewhere.
`;

const [file, ...more] = process.argv.slice(2);
if (!file || file.startsWith('-') || more.length > 0) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else {
  try {
    const started = performance.now();
    const { manifest, bytes, sha256 } = await writeBackup(loadDatabaseUrl(), file);
    for (const table of manifest.tables) process.stdout.write(`${fullName(table).padEnd(40)}${table.rows.padStart(12)}\n`);
    process.stdout.write(`${file}: the database of ${manifest.createdAt}, ${bytes} bytes, in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
    process.stdout.write(`sha256 ${sha256}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
