import { readFile, rename, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { ObjectSchema } from 'joi';
import { withSnapshot } from './backup/source.repository.ts';
import { loadCheckpointDir, loadDatabaseUrl } from './config.ts';
import { verifyExport } from './domain/audit-chain-export.ts';
import { AuditProofRepository } from './features/audit/audit-proof.repository.ts';
import { AuditVerifyService, type Known, type Problem, type Verdict } from './features/audit/audit-verify.service.ts';
import { auditExport, checkpointCopy, knownHead } from './features/audit/audit.schema.ts';
import { CheckpointCopies, type CheckpointCopy } from './features/audit/checkpoint-copies.gateway.ts';

const USAGE = `npm run audit:verify -- [--copies DIRECTORY] [--state FILE] [--key KEY_ID ...]
npm run audit:verify -- --export FILE [--key KEY_ID ...]

Says whether the audit log is what was written, and the orders, trades, journal rows and trade tokens that it tells of; names the first row that
is not. Reads DATABASE_URL, the owner's login. The exit code
is 0 when all is right, 1 when something is not. docs/runbooks/audit-log-damaged.md says what to do then.

  --copies   the checkpoints outside the database: what was cut off or hashed anew shows only by them (default: AUDIT_CHECKPOINT_DIR)
  --state    remembers in FILE how far all was right, and compares with it the next time; left as it is when something is not
  --key      the key that signs, as you wrote it down; without it, any key that the copies (or the database, or the export) name
  --export   checks a saved answer of GET /api/admin/audit/export instead, without a database
`;

interface Options {
  readonly copies?: string | undefined;
  readonly state?: string | undefined;
  readonly key?: string[] | undefined;
  readonly export?: string | undefined;
}

/** @returns whether all is right */
async function main(options: Options): Promise<boolean> {
  const keyIds = options.key ?? null;
  if (options.export !== undefined) return verifyFile(options.export, keyIds);
  const databaseUrl = loadDatabaseUrl();
  const directory = options.copies ?? loadCheckpointDir();
  const copies = directory === null ? [] : (await new CheckpointCopies(directory).read()).map((copy) => checked<CheckpointCopy>(checkpointCopy, copy, `A file in ${directory}`));
  const known = options.state === undefined ? null : await readState(options.state);
  const verdict = await withSnapshot(databaseUrl, (client) => new AuditVerifyService(new AuditProofRepository(client), { copies, keyIds, known }).verify());
  tell(verdict, copies.length);
  if (verdict.problem === null && verdict.head && options.state !== undefined) await writeState(options.state, verdict.head);
  return verdict.problem === null;
}

async function verifyFile(file: string, keyIds: readonly string[] | null): Promise<boolean> {
  const saved = JSON.parse(await readFile(file, 'utf8')) as { data?: unknown };
  const given = checked(auditExport, saved.data ?? saved, file);
  const { problem, keyIds: used } = verifyExport(given, keyIds);
  if (problem) return refused(problem);
  process.stdout.write(`${given.rows.length} rows${range(given.rows[0]?.seq, given.rows.at(-1)?.seq)} are what was signed\n${keys(used)}`);
  return true;
}

function tell({ problem, head, checkpoints, checkpointedUpTo, waiting, waitingSince, keyIds, ledger }: Verdict, copies: number): void {
  if (problem) refused(problem);
  const upTo = head ? `${head.seq} rows are what was written; the last hash is ${head.hash}` : 'no row is in the chain';
  process.stdout.write(`${upTo}\n${checkpoints} checkpoints, up to row ${checkpointedUpTo}; ${copies} copies outside the database\n${keys(keyIds)}`);
  process.stdout.write(`orders up to ${ledger.orders}, trades up to ${ledger.trades}, journal up to ${ledger.journal}, trade tokens up to ${ledger.tokens} are what was written\n`);
  if (waiting > 0) process.stdout.write(`${waiting} entries wait for the chain, the oldest of ${waitingSince?.toISOString() ?? 'an unknown time'}\n`);
  if (copies === 0) process.stdout.write('Without copies outside the database, an end that was cut off with its checkpoints does not show.\n');
}

function refused({ seq, text }: Problem): false {
  process.stdout.write(`DAMAGED${seq === null ? '' : ` at row ${seq}`}: ${text}\n`);
  return false;
}

const range = (first: number | undefined, last: number | undefined): string => (first === undefined ? '' : `, ${first} to ${last ?? first},`);
const keys = (keyIds: readonly string[]): string => (keyIds.length === 0 ? '' : `signed with ${keyIds.join(', ')}\n`);

function checked<T>(schema: ObjectSchema<T>, value: unknown, what: string): T {
  const result = schema.validate(value, { convert: false });
  if (result.error) throw new Error(`${what} is not what it should be: ${result.error.message}`);
  return result.value;
}

async function readState(file: string): Promise<Known | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return text === null ? null : checked(knownHead, JSON.parse(text), file);
}

async function writeState(file: string, head: Known): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify(head)}\n`);
  await rename(`${file}.new`, file);
}

try {
  const { values } = parseArgs({
    options: { copies: { type: 'string' }, state: { type: 'string' }, key: { type: 'string', multiple: true }, export: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help) process.stderr.write(USAGE);
  else if (!(await main(values))) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${(error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') ? USAGE : ''}`);
  process.exitCode = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') ? 2 : 1;
}
