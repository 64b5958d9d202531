import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';

/** In docs/openapi/, core.yaml first, which holds what they share; then role widget, then role trading. */
const FILES = ['core', 'audit', 'second-factor', 'api-keys', 'widget', 'partners', 'trading', 'market', 'account', 'risk', 'venue-staff'];
const HEADER = '# Made from docs/openapi/*.yaml by `scripts/check-contract --write`. Do not edit.\n';

interface Part {
  tags?: unknown[];
  paths?: Record<string, unknown>;
  components?: Record<string, Record<string, unknown>>;
}

export function bundleContract(): string {
  const [core, ...roles] = FILES.map((name) => parse(readFileSync(new URL(`../../../docs/openapi/${name}.yaml`, import.meta.url), 'utf8'), { merge: true }) as Part);
  const whole = core! as Required<Part>;
  for (const role of roles) {
    whole.tags.push(...(role.tags ?? []));
    addAll(whole.paths, role.paths ?? {}, 'path');
    for (const [kind, entries] of Object.entries(role.components ?? {})) addAll((whole.components[kind] ??= {}), entries, kind);
  }
  return HEADER + stringify(whole, { aliasDuplicateObjects: false, lineWidth: 140 });
}

function addAll(target: Record<string, unknown>, more: Record<string, unknown>, kind: string): void {
  for (const [name, value] of Object.entries(more)) {
    if (name in target) throw new Error(`docs/openapi: ${kind} ${name} stands in two files`);
    target[name] = value;
  }
}
