import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { canonicalJson, ExactNumber } from './audit-chain-json.ts';
import { treeRoot } from './audit-chain-tree.ts';

export const CHECKPOINT_ROWS_MAX = 1_000;
const FORMAT = 'audit-checkpoint-1';

/** What is signed of up to a thousand rows of the chain (rule H3), as it is exported and copied. Hashes are hex. */
export interface Checkpoint {
  readonly number: number;
  readonly first_seq: number;
  readonly last_seq: number;
  /** Of a tree whose leaves are the hashes of these rows, RFC 6962. */
  readonly root: string;
  /** Of row `last_seq`, which stands for all rows before it. */
  readonly last_hash: string;
  /** The hash of the checkpoint before, `null` of the first. */
  readonly previous: string | null;
  readonly at: string;
  readonly key_id: string;
  /** Ed25519 over the other fields, base64url. */
  readonly signature: string;
}

export type Unsigned = Omit<Checkpoint, 'signature'>;

/** The text that is signed: canonical JSON of all fields but the signature, and of what it is. */
export function signedText({ number, first_seq, last_seq, root, last_hash, previous, at, key_id }: Unsigned): string {
  const count = (value: number): ExactNumber => new ExactNumber(String(value));
  return canonicalJson({ format: FORMAT, number: count(number), first_seq: count(first_seq), last_seq: count(last_seq), root, last_hash, previous, at, key_id });
}

export function signCheckpoint(unsigned: Unsigned, privateKey: KeyObject): Checkpoint {
  return { ...unsigned, signature: sign(null, Buffer.from(signedText(unsigned)), privateKey).toString('base64url') };
}

export function isSigned(checkpoint: Checkpoint, publicKey: KeyObject): boolean {
  return publicKey.asymmetricKeyType === 'ed25519' && verify(null, Buffer.from(signedText(checkpoint)), publicKey, Buffer.from(checkpoint.signature, 'base64url'));
}

/** What the next one names as `previous`. */
export const checkpointHash = (checkpoint: Unsigned): string => createHash('sha256').update(signedText(checkpoint)).digest('hex');

/** An entry of the audit log that tells of a new key. The key before it signs its name: so whoever trusts the one may trust the other. */
export const KEY_PUBLISHED = 'audit_key.published';

const endorsedText = (keyId: string): Buffer => Buffer.from(canonicalJson({ format: 'audit-key-1', key_id: keyId }));

export const endorseKey = (keyId: string, privateKey: KeyObject): string => sign(null, endorsedText(keyId), privateKey).toString('base64url');

export const isEndorsed = (keyId: string, endorsement: string, publicKey: KeyObject): boolean => verify(null, endorsedText(keyId), publicKey, Buffer.from(endorsement, 'base64url'));

/** A key's name is its own SHA-256: who wrote it down knows the key. */
export function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('hex').slice(0, 32);
}

/** `null` when this is no Ed25519 key, or not the one of this name. */
export function readCheckpointKey(keyId: string, pem: string): KeyObject | null {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'ed25519' && keyIdOf(key) === keyId ? key : null;
  } catch {
    // OpenSSL says in its own words why it is none; that it is none is all we ask.
    return null;
  }
}

/** What is wrong with a checkpoint that follows `before`, or `null`. @param leaves the hashes of its rows, one after the other */
export function checkpointProblem(checkpoint: Checkpoint, leaves: Uint8Array, before: Checkpoint | null, publicKey: KeyObject): string | null {
  if (!isSigned(checkpoint, publicKey)) return 'its signature does not fit';
  if (checkpoint.number !== (before?.number ?? 0) + 1) return `it does not follow checkpoint ${before?.number ?? 0}`;
  if (checkpoint.first_seq !== (before?.last_seq ?? 0) + 1) return 'its rows do not follow those of the one before';
  if (checkpoint.previous !== (before && checkpointHash(before))) return 'it was made after another checkpoint than the one before';
  const rows = leavesOf(leaves);
  if (rows.length === 0 || rows.length !== checkpoint.last_seq - checkpoint.first_seq + 1 || rows.length > CHECKPOINT_ROWS_MAX) return 'it has not as many hashes as rows';
  if (treeRoot(rows).toString('hex') !== checkpoint.root || Buffer.from(rows.at(-1)!).toString('hex') !== checkpoint.last_hash) return 'its hashes are not those that were signed';
  return null;
}

export function leavesOf(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.floor(bytes.length / 32) }, (_, index) => bytes.subarray(index * 32, index * 32 + 32));
}
