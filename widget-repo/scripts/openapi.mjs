// Reads the contract: the bundled file, or, where that has not been made, the files it is bundled from.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { parse } from 'yaml';

const docs = new URL('../../docs/', import.meta.url);

export function readContract() {
  const bundled = new URL('openapi.yaml', docs);
  if (existsSync(bundled)) return parse(readFileSync(bundled, 'utf8'), { merge: true });
  const folder = new URL('openapi/', docs);
  const parts = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => parse(readFileSync(new URL(name, folder), 'utf8'), { merge: true }));
  return parts.reduce(joined, { openapi: '3.1.0', info: { title: 'contract', version: '0' }, paths: {}, components: {} });
}

function joined(whole, part) {
  const components = { ...whole.components };
  for (const [kind, entries] of Object.entries(part.components ?? {})) components[kind] = { ...components[kind], ...entries };
  return { ...whole, paths: { ...whole.paths, ...part.paths }, components };
}
