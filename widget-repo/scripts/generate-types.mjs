// Writes src/generated/api.ts from the contract, or with --check says whether it is still what the contract says.
// Only the paths that the widget, the portal, the demo page and the tests call are kept: a change elsewhere is not ours to follow.
import { readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';
import { readContract } from './openapi.mjs';

const CALLED = [
  '/api/widget/config',
  '/api/widget/session',
  '/api/app/widget/generate-trade-token',
  '/api/orders',
  '/api/orders/{id}',
  '/api/markets/{symbol}/orderbook',
  '/api/account/balances',
  '/api/account/widget-session',
  '/api/account/withdrawals',
  '/api/account/kyc',
  '/api/account/withdraw',
  '/api/account/withdrawals/confirm',
  '/api/account/withdrawals/{id}/cancel',
  '/api/auth/login',
  '/api/auth/captcha',
  '/api/auth/register',
  '/api/auth/verify-email',
  '/api/auth/reset-password',
  '/api/auth/refresh',
  '/api/auth/logout',
  '/api/auth/profile',
  '/api/auth/change-password',
  '/api/auth/confirm-device',
  '/api/auth/devices',
  '/api/auth/devices/{id}',
  '/api/auth/sessions',
  '/api/auth/sessions/{id}',
  '/api/auth/enable-2fa',
  '/api/auth/verify-2fa',
  '/api/auth/disable-2fa',
  '/api/auth/api-keys',
  '/api/auth/api-keys/{id}',
  '/api/admin/exchanges/{exchangeId}/tokens',
];
const target = new URL('../src/generated/api.ts', import.meta.url);

const contract = readContract();
const wanted = await render(onlyWhatIsCalled(contract));
if (!process.argv.includes('--check')) {
  writeFileSync(target, wanted);
} else if (readFileSync(target, 'utf8') !== wanted) {
  process.stderr.write('src/generated/api.ts is not what docs/openapi.yaml says. Run: npm run generate\n');
  process.exitCode = 1;
}

async function render(document) {
  const types = astToString(await openapiTS(document));
  return `// Generated from docs/openapi.yaml by scripts/generate-types.mjs. Do not edit.\n${types.trimEnd()}\n`;
}

function onlyWhatIsCalled({ openapi, paths, components }) {
  const kept = { openapi, info: { title: 'What the widget calls', version: '1' }, paths: {}, components: {} };
  for (const path of CALLED) {
    if (!paths[path]) throw new Error(`The contract no longer has ${path}`);
    kept.paths[path] = paths[path];
  }
  const waiting = [kept.paths];
  while (waiting.length > 0) {
    for (const reference of JSON.stringify(waiting.pop()).matchAll(/"\$ref":"#\/components\/([^/"]+)\/([^/"]+)"/g)) {
      const [, kind, name] = reference;
      if (kept.components[kind]?.[name]) continue;
      kept.components[kind] = { ...kept.components[kind], [name]: components[kind][name] };
      waiting.push(components[kind][name]);
    }
  }
  for (const [kind, entries] of Object.entries(kept.components)) {
    kept.components[kind] = Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  return kept;
}
