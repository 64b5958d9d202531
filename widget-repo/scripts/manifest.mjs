// Writes dist/manifest.json: the sha384 of every file on the CDN, for integrity="…" and for a deployment to compare with.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const parts = readdirSync(new URL(`dist/${version}/`, root)).sort();
const files = {};
for (const path of [...parts.map((name) => `${version}/${name}`), 'v1/main.js']) {
  const bytes = readFileSync(new URL(`dist/${path}`, root));
  files[path] = { integrity: `sha384-${createHash('sha384').update(bytes).digest('base64')}`, bytes: bytes.length };
}
writeFileSync(new URL('dist/manifest.json', root), `${JSON.stringify({ version, files }, null, 2)}\n`);
