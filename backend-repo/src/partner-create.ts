import { parseArgs } from 'node:util';
import { buildApp } from './app.ts';
import { loadConfig } from './config.ts';
import { AppError } from './errors.ts';
import { newExchangeSchema } from './features/widget/partners.schema.ts';
import { parse } from './http/validate.ts';

const USAGE = `npm run partner:create -- --id my-exchange --name "My Exchange" [options]

  --id         public id, small letters, digits and dashes
  --name       what traders call the exchange
  --alg        ES256 (default: the partner cannot mint tokens) or HS256
  --origin     origin of a page that embeds the widget; may be given several times
  --identity   signed (default) or label
  --symbols    a JSON file with the markets: [{symbol, base, quote, tickSize, lotSize, minQuantity, maxQuantity, minNotional}]

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
  const exchange = parse(newExchangeSchema, {
    exchange_id: values.id,
    name: values.name,
    identity_mode: values.identity,
    limit_tier: 'standard',
    allowed_origins: values.origin,
    theme: { primaryColor: '#3A86FF', backgroundColor: '#121212', textColor: '#FFFFFF', fontFamily: 'system-ui, sans-serif' },
    features: { showPnl: true, allowMarketOrders: true },
    locale: 'en',
    symbols: values.symbols ? await readSymbols(values.symbols) : [],
    endpoints: {},
    trader_fee: { makerRate: '0', takerRate: '0', text: '' },
    fee_schedule: 1,
  });
  const app = await buildApp(loadConfig());
  try {
    process.stdout.write(`${JSON.stringify(await app.widget!.partners.create(exchange, values.alg as 'ES256' | 'HS256'), null, 2)}\n`);
  } finally {
    await app.stop();
  }
}

async function readSymbols(file: string): Promise<unknown> {
  const { readFile } = await import('node:fs/promises');
  return JSON.parse(await readFile(file, 'utf8')) as unknown;
}

try {
  await main();
} catch (error) {
  const fields = error instanceof AppError && error.fields ? `\n${Object.entries(error.fields).map(([field, text]) => `  ${field}: ${text}`).join('\n')}` : '';
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}${fields}\n`);
  process.exitCode = 1;
}
