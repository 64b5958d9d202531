import { parseArgs } from 'node:util';
import { buildApp } from './app.ts';
import { runCommand } from './command-line.ts';
import { loadConfig } from './config.ts';
import { ACTIVATE_IN_SECONDS } from './features/auth/signing-keys.service.ts';

const USAGE = `npm run access-key:rotate -- [--activate-in-seconds 600 | --retire-at-once]

Publishes another key for access tokens in /.well-known/jwks.json. It begins to sign after so many seconds; the one before it is published for
twenty minutes longer. Nobody has to sign in again.

  --retire-at-once   the keys of before have leaked: another one signs now, and every access token of before is refused, on all nodes
`;

const ACTOR = { kind: 'system', id: 'access-key:rotate' } as const;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'activate-in-seconds': { type: 'string' }, 'retire-at-once': { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } });
  const atOnce = values['retire-at-once'];
  const seconds = Number(values['activate-in-seconds'] ?? (atOnce ? 0 : ACTIVATE_IN_SECONDS));
  if (values.help || !Number.isInteger(seconds) || seconds < 0 || seconds > 86_400 || (atOnce && seconds > 0)) {
    process.stderr.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const app = await buildApp(loadConfig());
  try {
    const made = atOnce ? await app.signingKeys.replaceAtOnce(ACTOR) : await app.signingKeys.rotate(seconds, ACTOR);
    process.stdout.write(`${JSON.stringify(made, null, 2)}\n`);
  } finally {
    await app.stop();
  }
}

await runCommand(main);
