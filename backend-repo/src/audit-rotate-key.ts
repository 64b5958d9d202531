import { parseArgs } from 'node:util';
import { buildApp } from './app.ts';
import { runCommand } from './command-line.ts';
import { loadConfig } from './config.ts';
import { ACTIVATE_IN_SECONDS, ACTIVATE_IN_SECONDS_MIN } from './features/audit/checkpoint-keys.service.ts';

const USAGE = `npm run audit:rotate-key -- [--activate-in-seconds ${ACTIVATE_IN_SECONDS}] [--old-key-is-lost]

Publishes another key for the checkpoints of the audit log, on record and vouched for by the one that signs now. It begins to sign after so many
seconds, ${ACTIVATE_IN_SECONDS_MIN} at least. What the old key signed stays right. Prints the new key's id: write it down for audit:verify --key.

  --old-key-is-lost   the old one opens with no ENCRYPTION_KEY that is left: the new one signs at once, and nobody vouches for it
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { 'activate-in-seconds': { type: 'string', default: String(ACTIVATE_IN_SECONDS) }, 'old-key-is-lost': { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  const seconds = Number(values['activate-in-seconds']);
  if (values.help || !Number.isInteger(seconds) || seconds < ACTIVATE_IN_SECONDS_MIN || seconds > 30 * 86_400) {
    process.stderr.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const app = await buildApp(loadConfig());
  try {
    process.stdout.write(`${JSON.stringify(await app.audit.checkpointKeys.rotate(seconds, { kind: 'system', id: 'audit:rotate-key' }, values['old-key-is-lost']), null, 2)}\n`);
  } finally {
    await app.stop();
  }
}

await runCommand(main);
