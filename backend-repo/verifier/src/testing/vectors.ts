import { existsSync, readFileSync } from 'node:fs';
import type { JwkSet } from '../keys.ts';
import type { FirstResult, RefusalCode } from '../refusal.ts';

export interface Vector {
  readonly name: string;
  readonly attack?: number;
  readonly token: unknown;
  readonly order: unknown;
  readonly exchangeUserId: string;
  readonly now?: number;
  readonly orderTerms?: 'basic' | 'all';
  readonly record?: FirstResult;
  readonly expect: { readonly ok: boolean; readonly code?: RefusalCode; readonly reason?: string; readonly field?: string; readonly order?: object; readonly firstResult?: FirstResult };
}

interface VectorFile {
  readonly now: number;
  readonly options: { readonly exchangeId: string; readonly issuer: string; readonly leewaySeconds: number };
  readonly keys: { readonly secrets: Record<string, string>; readonly jwks: JwkSet };
  readonly vectors: readonly Vector[];
  readonly sequences: readonly { readonly name: string; readonly attack: number; readonly steps: readonly Vector[] }[];
}

/** docs/ stands beside backend-repo, or inside it where backend-repo is checked out alone. */
export function readVectors(): VectorFile {
  const places = ['../../../../docs/', '../../../docs/'].map((folder) => new URL(`${folder}trade-token-vectors.json`, import.meta.url));
  const file = places.find((place) => existsSync(place));
  if (!file) throw new Error('docs/trade-token-vectors.json is missing: write it with `npm run vectors`');
  return JSON.parse(readFileSync(file, 'utf8')) as VectorFile;
}
