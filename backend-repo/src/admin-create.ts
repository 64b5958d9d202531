import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { buildApp } from './app.ts';
import { loadConfig } from './config.ts';
import { sqlState } from './db/pg-error.ts';
import { AppError } from './errors.ts';
import { registerRequest } from './features/auth/auth.schema.ts';
import { parse } from './http/validate.ts';

const USAGE = `npm run --silent admin:create -- admin@example.com [--password-stdin]

Makes somebody who signs in at POST /api/auth/login and may take partners on and change them. Prints a password as JSON, once: we store
its hash and do not show it again.

  --password-stdin   take the first line of standard input as the password (at least 12 characters), and print none
`;

const PASSWORD_BYTES = 18;
/** No login, no schema, no table: what a database answers that was not migrated. */
const NOT_MIGRATED = new Set(['28P01', '28000', '3F000', '42P01']);

class UsageError extends Error {}

/** Makes an admin. Reads the same environment as the service. */
async function main(): Promise<void> {
  const { email: given, help, passwordStdin } = options();
  if (help) return void process.stdout.write(USAGE);
  if (given === undefined) throw new UsageError('Whose e-mail address?');
  const made = passwordStdin ? null : randomBytes(PASSWORD_BYTES).toString('base64url');
  const { email, password } = parse(registerRequest, { email: given, password: made ?? (await firstLine()) });
  const app = await buildApp(loadConfig());
  try {
    const userId = await app.auth.createAdmin(email, password, { kind: 'system', id: 'admin:create' });
    if (userId === null) throw new Error(`Somebody has the e-mail address ${email} already, so nobody was made.`);
    process.stdout.write(`${JSON.stringify({ email, ...(made && { password: made }) }, null, 2)}\n`);
  } finally {
    await app.stop();
  }
}

function options(): { email: string | undefined; help: boolean; passwordStdin: boolean } {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { 'password-stdin': { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } });
    if (positionals.length > 1) throw new Error('One e-mail address at a time.');
    return { email: positionals[0], help: values.help, passwordStdin: values['password-stdin'] };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function firstLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line;
  return '';
}

function explain(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) return `${text}\n\n${USAGE.trimEnd()}`;
  if (error instanceof AppError && error.fields) return [text, ...Object.entries(error.fields).map(([field, problem]) => `  ${field}: ${problem}`)].join('\n');
  return NOT_MIGRATED.has(sqlState(error) ?? '') ? `${text}\nIs the database ready? npm run migrate makes its logins and tables.` : text;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
