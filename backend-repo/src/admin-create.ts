import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { buildApp } from './app.ts';
import { runCommand } from './command-line.ts';
import { loadConfig } from './config.ts';
import { BREACHED_PASSWORDS } from './app/sign-up.ts';
import { passwordProblem } from './domain/password-strength.ts';
import { invalidField } from './errors.ts';
import { newPerson } from './features/auth/auth.schema.ts';
import { parse } from './http/validate.ts';

const USAGE = `npm run admin:create -- --email you@example.com [options]

  --email      whom to sign in as
  --role       admin (default) or staff, who may look and not change
  --password-stdin   read the password from standard input: 12 to 128 characters

Without --password-stdin it makes a password and prints it, once.
`;

/** Makes the first of our own people, or another one. Reads the same environment as the service, which must have started once. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { email: { type: 'string' }, role: { type: 'string', default: 'admin' }, 'password-stdin': { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  const { role } = values;
  if (values.help || !values.email || (role !== 'admin' && role !== 'staff')) {
    process.stderr.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const given = values['password-stdin'] ? (await text(process.stdin)).replace(/\r?\n$/, '') : null;
  const { email, password } = parse(newPerson, { email: values.email, password: given ?? randomBytes(18).toString('base64url') });
  const problem = passwordProblem(password, { email }, BREACHED_PASSWORDS);
  if (problem !== null) throw invalidField('password', problem);
  const app = await buildApp(loadConfig());
  try {
    const userId = await app.auth.createStaff(email, password, role, { kind: 'system', id: 'admin:create' });
    process.stdout.write(`${JSON.stringify({ userId, email, role, ...(given === null && { password }) }, null, 2)}\n`);
  } finally {
    await app.stop();
  }
}

await runCommand(main);
