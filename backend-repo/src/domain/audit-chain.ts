import { createHash } from 'node:crypto';
import { canonicalJson, ExactNumber, type ExactJson } from './audit-chain-json.ts';
import { commitment, holdsCommitted, isCommitted, replacePersonal } from './audit-chain-personal.ts';

/** A row of audit.entries, letter for letter. */
export interface StoredEntry {
  readonly entry_id: string;
  /** UTC with microseconds: `2026-01-15T10:30:00.000000Z`. */
  readonly at: string;
  readonly actor_kind: string;
  readonly actor_id: string;
  readonly on_behalf_of: string | null;
  readonly action: string;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly reason: string | null;
  readonly ip: string | null;
  readonly request_id: string | null;
  readonly before: ExactJson;
  readonly after: ExactJson;
}

/** `null`: this person has none (any more). */
export type SaltOf = (person: string) => Uint8Array | null;

export const ENCODING = 1;
export const FIRST_PREV = Buffer.alloc(32);

/** Whose address `ip` is, and whose data `before` and `after` hold. */
export const actorOf = (entry: StoredEntry): string => `${entry.actor_kind}:${entry.actor_id}`;
export const subjectOf = (entry: StoredEntry): string => (entry.subject_kind === 'user' ? `user:${entry.subject_id}` : actorOf(entry));

/** The entry with each personal value replaced. Of what was replaced before, nothing is asked. */
function withoutPersonal(entry: StoredEntry, replace: (person: string, path: readonly string[], value: ExactJson) => ExactJson): StoredEntry {
  const inside = (name: 'before' | 'after'): ExactJson => replacePersonal(entry[name], [name], (path, value) => replace(subjectOf(entry), path, value));
  // A text takes the place of a text.
  const ip = entry.ip === null || isCommitted(entry.ip) ? entry.ip : (replace(actorOf(entry), ['ip'], entry.ip) as string);
  return { ...entry, ip, before: inside('before'), after: inside('after') };
}

/** The persons whose salts the encoding of this entry needs. */
export function personsOf(entry: StoredEntry): Set<string> {
  const persons = new Set<string>();
  withoutPersonal(entry, (person) => {
    persons.add(person);
    return '';
  });
  return persons;
}

/** Whose data has been taken out of this entry. */
export function erasedPersonsOf(entry: StoredEntry): string[] {
  const inside = holdsCommitted(entry.before) || holdsCommitted(entry.after);
  return [...(holdsCommitted(entry.ip) ? [actorOf(entry)] : []), ...(inside ? [subjectOf(entry)] : [])];
}

/** What the entry of an erasure says; an erasure that no entry tells of is tampering. */
export const ERASED = 'personal_data.erased';

/** What an erasure leaves behind: commitments in place of this person's values, and the others' as they are. */
export function erased(entry: StoredEntry, person: string, salt: Uint8Array): StoredEntry {
  return withoutPersonal(entry, (whose, path, value) => (whose === person ? commitment(salt, entry.entry_id, path, value) : value));
}

/** The entry with commitments in place of all personal values. `null` when a salt is missing. */
export function committed(entry: StoredEntry, saltOf: SaltOf): StoredEntry | null {
  let complete = true;
  const replaced = withoutPersonal(entry, (person, path, value) => {
    const salt = saltOf(person);
    if (salt === null) complete = false;
    return salt === null ? '' : commitment(salt, entry.entry_id, path, value);
  });
  return complete ? replaced : null;
}

/** The bytes of a row that are hashed, as text. What is not there is left out, so that nothing is another thing than JSON's null. */
export function encodeEntry(entry: StoredEntry, saltOf: SaltOf): string | null {
  const row = committed(entry, saltOf);
  if (row === null) return null;
  const present = Object.entries(row).filter(([, value]) => value !== null);
  return canonicalJson(Object.fromEntries([...present, ['encoding', new ExactNumber(String(ENCODING))]]));
}

/** Rule H1. `prev` has 32 bytes, so where the row begins is known; it is a leaf hash of RFC 6962 over prev and row. */
export function chainHash(prev: Uint8Array, encoded: string): Buffer {
  if (prev.length !== 32) throw new Error('prev has 32 bytes');
  return createHash('sha256').update(Uint8Array.of(0)).update(prev).update(encoded).digest();
}
