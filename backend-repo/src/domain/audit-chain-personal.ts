import { createHash } from 'node:crypto';
import { canonicalJson, isList, isObject, type ExactJson } from './audit-chain-json.ts';

/**
 * What of an audit entry is a person's own (rule H6). The chain holds it as a commitment, SHA-256(0x02 || salt || JCS([entry, path, value])), under a
 * salt of that person. Where the value is taken out, its commitment takes its place and the salt goes: the row keeps its hash, and nobody
 * can try values any more.
 */
const NAMES = new Set([
  'email', 'ip', 'ip_address', 'phone', 'full_name', 'first_name', 'last_name', 'username', 'date_of_birth', 'user_agent', 'device', 'avatar_url', 'address',
]);
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const COMMITTED = /^personal_data:[0-9a-f]{64}$/;

/** These rules belong to encoding 1: another list is another encoding, since it makes other bytes of rows that are in the chain already. */
export function isPersonal(name: string | undefined, value: ExactJson): boolean {
  if (value === null) return false;
  return (typeof value === 'string' && EMAIL.test(value)) || (name !== undefined && NAMES.has(snakeCase(name)));
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export const isCommitted = (value: ExactJson): value is string => typeof value === 'string' && COMMITTED.test(value);

export function commitment(salt: Uint8Array, entryId: string, path: readonly string[], value: ExactJson): string {
  if (salt.length !== 32) throw new Error('A salt has 32 bytes, so that where it ends is known.');
  const text = canonicalJson([entryId, path, value]);
  return `personal_data:${createHash('sha256').update(Uint8Array.of(2)).update(salt).update(text).digest('hex')}`;
}

/** Replaces each personal value inside `value`; what has been replaced before stays. */
export function replacePersonal(value: ExactJson, path: readonly string[], replace: (path: readonly string[], value: ExactJson) => ExactJson): ExactJson {
  if (isCommitted(value)) return value;
  // An element of a list has no name of its own.
  const last = path.at(-1);
  if (path.length > 1 && isPersonal(last, value)) return replace(path, value);
  if (isList(value)) return value.map((item, index) => replacePersonal(item, [...path, String(index)], replace));
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, replacePersonal(item, [...path, name], replace)]));
  return value;
}

/** Is there a value that has been replaced already? */
export function holdsCommitted(value: ExactJson): boolean {
  if (isList(value)) return value.some(holdsCommitted);
  return isCommitted(value) || (isObject(value) && Object.values(value).some(holdsCommitted));
}
