import { parseArgs } from 'node:util';
import { buildApp } from './app.ts';
import { runCommand } from './command-line.ts';
import { loadConfig } from './config.ts';

const USAGE = `npm run mail:retry -- --reason "…" [--hours 24] [--template NAME] [--id MAIL_ID] [--refused-too]

Lets mails that are parked go out again: those that were parked within so many hours, and were not refused for good. On record, with the reason.
docs/runbooks/mail-does-not-leave.md says when.

  --template     only those of this kind
  --id           only this one, refused or not
  --refused-too  those that a server refused, too: it would take them now
`;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      reason: { type: 'string', default: '' }, hours: { type: 'string', default: '24' }, template: { type: 'string' }, id: { type: 'string' }, 'refused-too': { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
    },
  });
  const hours = Number(values.hours);
  const wrong = values.reason.trim().length < 3 || !(hours > 0 && hours <= 24 * 30) || (values.id !== undefined && !UUID.test(values.id));
  if (values.help || wrong) {
    process.stderr.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const app = await buildApp(loadConfig());
  try {
    const which = { hours, template: values.template ?? null, mailId: values.id ?? null, refusedToo: values['refused-too'] };
    process.stdout.write(`${JSON.stringify(await app.mail.retry.retry(which, values.reason, { kind: 'system', id: 'mail:retry' }), null, 2)}\n`);
  } finally {
    await app.stop();
  }
}

await runCommand(main);
