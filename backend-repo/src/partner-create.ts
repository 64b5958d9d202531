import { parseArgs } from 'node:util';
import { buildApp } from './app.ts';
import { runCommand } from './command-line.ts';
import { loadConfig } from './config.ts';
import { createExchangeRequest } from './features/widget/partners.schema.ts';
import { parse } from './http/validate.ts';

const USAGE = `npm run partner:create -- --id my-exchange --name "My Exchange" [options]

  --id         public id, small letters, digits and dashes
  --name       what traders call the exchange
  --alg        ES256 (default: the partner cannot mint tokens) or HS256
  --origin     origin of a page that embeds the widget; may be given several times
  --identity   signed (default) or label
  --symbols    a JSON file with the markets: [{symbol, base, quote, tickSize, lotSize, minQuantity, maxQuantity, minNotional, maxPrice?}]

Prints the partner's secrets as JSON, once. Keep them: we store them sealed and do not show them again.
`;

/** Makes a partner with its first key and credentials. Reads the same environment as the service. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      id: { type: 'string' }, name: { type: 'string' }, alg: { type: 'string', default: 'ES256' }, origin: { type: 'string', multiple: true, default: [] },
      identity: { type: 'string', default: 'signed' }, symbols: { type: 'string' }, help: { type: 'boolean', default: false },
    },
  });
  if (values.help || !values.id || !values.name || !['ES256', 'HS256'].includes(values.alg)) {
    process.stderr.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const request = parse(createExchangeRequest, {
    exchangeId: values.id,
    name: values.name,
    algorithm: values.alg,
    identityMode: values.identity,
    allowedOrigins: values.origin,
    ...(values.symbols && { symbols: await readSymbols(values.symbols) }),
  });
  const app = await buildApp(loadConfig());
  try {
    const { exchange, secrets } = await app.widget!.partners.createFrom(request, { kind: 'system', id: 'partner:create' });
    process.stdout.write(`${JSON.stringify({ exchangeId: exchange.exchangeId, ...secrets }, null, 2)}\n`);
  } finally {
    await app.stop();
  }
}

async function readSymbols(file: string): Promise<unknown> {
  const { readFile } = await import('node:fs/promises');
  return JSON.parse(await readFile(file, 'utf8')) as unknown;
}

await runCommand(main);
