import { sqlState } from './db/pg-error.ts';
import { AppError } from './errors.ts';

/** No such login, no schema, no table: what a database answers that was never migrated. */
const NOT_MIGRATED = new Set(['28P01', '28000', '3F000', '42P01']);

/** Runs a command; what went wrong is told in words, field by field, and the exit code is 1. */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    // An app that could not be built leaves its connections open, and they would keep the process.
    process.exit(1);
  }
}

function explain(error: unknown): string {
  const fields = error instanceof AppError ? Object.entries(error.fields ?? {}).map(([field, text]) => `  ${field}: ${text}`) : [];
  const hint = NOT_MIGRATED.has(sqlState(error) ?? '') ? ['Is the database ready? npm run migrate makes its logins and tables.'] : [];
  return [error instanceof Error ? error.message : String(error), ...fields, ...hint].join('\n');
}
