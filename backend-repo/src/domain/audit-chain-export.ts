import { chainHash } from './audit-chain.ts';
import { isSigned, readCheckpointKey, type Checkpoint } from './audit-chain-checkpoint.ts';
import { rootOfProof } from './audit-chain-tree.ts';

export const EXPORT_FORMAT = 'audit-export-1';

/** One row as it leaves us: the very bytes that were hashed, and the way from their hash up to a signed root. Hashes are hex. */
export interface ExportedRow {
  readonly seq: number;
  readonly prev: string;
  readonly hash: string;
  /** JSON, with commitments where personal data was. */
  readonly row: string;
  /** The number of the checkpoint that covers it. */
  readonly checkpoint: number;
  readonly proof: readonly string[];
}

export interface AuditExport {
  readonly format: typeof EXPORT_FORMAT;
  readonly rows: readonly ExportedRow[];
  readonly checkpoints: readonly Checkpoint[];
  readonly keys: readonly { readonly key_id: string; readonly public_key: string }[];
  /** Where the next export begins; `null`: nothing more is covered by a checkpoint yet. */
  readonly next_from_seq: number | null;
}

export interface ExportVerdict {
  /** `null`: each row is what was signed. */
  readonly problem: { readonly seq: number | null; readonly text: string } | null;
  readonly keyIds: readonly string[];
}

/** Rule H5: without a database. @param keyIds the keys that may have signed; `null`: those that the export itself names */
export function verifyExport(given: AuditExport, keyIds: readonly string[] | null): ExportVerdict {
  const signed = new Map<number, Checkpoint>();
  const used = new Set<string>();
  const answer = (problem: ExportVerdict['problem']): ExportVerdict => ({ problem, keyIds: [...used] });
  for (const checkpoint of given.checkpoints) {
    const key = given.keys.find(({ key_id }) => key_id === checkpoint.key_id);
    const publicKey = key && (keyIds === null || keyIds.includes(key.key_id)) ? readCheckpointKey(key.key_id, key.public_key) : null;
    if (publicKey === null) return answer({ seq: checkpoint.first_seq, text: `checkpoint ${checkpoint.number} names a key that is not ours: ${checkpoint.key_id}` });
    if (!isSigned(checkpoint, publicKey)) return answer({ seq: checkpoint.first_seq, text: `checkpoint ${checkpoint.number} is not as it was signed` });
    used.add(checkpoint.key_id);
    signed.set(checkpoint.number, checkpoint);
  }
  for (const [index, row] of given.rows.entries()) {
    const before = given.rows[index - 1];
    if (before && row.seq !== before.seq + 1) return answer({ seq: before.seq + 1, text: `row ${before.seq + 1} is missing, or stands elsewhere` });
    const text = rowProblem(row, before, signed.get(row.checkpoint));
    if (text !== null) return answer({ seq: row.seq, text });
  }
  return answer(null);
}

function rowProblem(row: ExportedRow, before: ExportedRow | undefined, checkpoint: Checkpoint | undefined): string | null {
  if (before && row.prev !== before.hash) return `row ${row.seq} does not continue the one before`;
  const hash = chainHash(Buffer.from(row.prev, 'hex'), row.row);
  if (hash.toString('hex') !== row.hash) return `row ${row.seq} is not what was hashed`;
  if (!checkpoint) return `row ${row.seq} has no checkpoint`;
  const { first_seq, last_seq, root } = checkpoint;
  const proven = rootOfProof(hash, row.seq - first_seq, last_seq - first_seq + 1, row.proof.map((node) => Buffer.from(node, 'hex')));
  return proven?.toString('hex') === root ? null : `row ${row.seq} is not in checkpoint ${checkpoint.number}`;
}
