import type { KeyObject } from 'node:crypto';
import { isObject } from '../../domain/audit-chain-json.ts';
import { chainHash, ENCODING, encodeEntry, ERASED, erasedPersonsOf, FIRST_PREV, personsOf, type StoredEntry } from '../../domain/audit-chain.ts';
import { checkpointProblem, isEndorsed, KEY_PUBLISHED, leavesOf, readCheckpointKey, signedText, type Checkpoint } from '../../domain/audit-chain-checkpoint.ts';
import type { AuditProofRepository, ProofRow } from './audit-proof.repository.ts';
import type { CheckpointCopy } from './checkpoint-copies.gateway.ts';
import { checkLedger, ledgerStart, tellsOfLedger, type LedgerProgress, type LedgerRow } from './ledger-verify.service.ts';

export interface Known {
  readonly seq: number;
  /** Hex. */
  readonly hash: string;
}

export interface VerifyOptions {
  /** Checkpoints as they lie in the other trust zone; those decide where the database says otherwise. */
  readonly copies: readonly CheckpointCopy[];
  /** The keys that may have signed; `null`: those of the copies, and without copies those of the database. */
  readonly keyIds: readonly string[] | null;
  /** What was right the last time. */
  readonly known: Known | null;
}

export interface Problem {
  /** The first row that is not as it was written; `null` when it has no place in the chain. */
  readonly seq: number | null;
  readonly text: string;
}

export interface Verdict {
  readonly problem: Problem | null;
  /** How far everything is right. */
  readonly head: Known | null;
  readonly checkpoints: number;
  readonly checkpointedUpTo: number;
  readonly waiting: number;
  readonly waitingSince: Date | null;
  readonly keyIds: readonly string[];
  /** How far the rows of the venue and the token ledger are what was written. */
  readonly ledger: LedgerProgress['upTo'];
}

interface Witness {
  readonly checkpoint: Checkpoint;
  readonly publicKey: string;
  readonly leaves: Buffer;
}

/** Ends the search: what comes after the first bad row says nothing. */
const found = (seq: number | null, text: string): Error => Object.assign(new Error(text), { problem: { seq, text } satisfies Problem });

const ROWS_PER_READ = 1_000;
const CHECKPOINTS_PER_READ = 20;

/** Rule H4: finds what was edited, deleted, inserted, swapped, cut off or hashed anew, and names the first bad row. */
export class AuditVerifyService {
  readonly #proof: AuditProofRepository;
  readonly #options: VerifyOptions;
  #seq = 0;
  #hash: Buffer = FIRST_PREV;
  #checkpoints = 0;
  #checkpointedUpTo = 0;
  readonly #keyIds = new Set<string>();
  /** Keys that have signed a checkpoint which is right, and those that one of them vouches for. */
  readonly #trusted = new Map<string, KeyObject>();
  readonly #endorsed = new Set<string>();
  /** Whose data is missing since which row, and whose erasure is on record. */
  readonly #erased = new Map<string, number>();
  readonly #recorded = new Set<string>();
  readonly #ledger = ledgerStart();
  /** Right themselves; what they tell of was not looked at yet. */
  #ledgerRows: LedgerRow[] = [];

  constructor(proof: AuditProofRepository, options: VerifyOptions) {
    this.#proof = proof;
    this.#options = options;
  }

  async verify(): Promise<Verdict> {
    const { waiting, oldest, stray } = await this.#proof.unchained();
    const problem = await problemOf(() => this.#search(stray));
    // They stand before the row that is not right.
    const earlier = await problemOf(() => this.#checkLedger());
    return {
      problem: earlier ?? problem,
      head: this.#seq === 0 ? null : { seq: this.#seq, hash: this.#hash.toString('hex') },
      checkpoints: this.#checkpoints,
      checkpointedUpTo: this.#checkpointedUpTo,
      waiting,
      waitingSince: oldest,
      keyIds: [...this.#keyIds],
      ledger: this.#ledger.upTo,
    };
  }

  async #search(stray: string | null): Promise<void> {
    await this.#followCheckpoints();
    await this.#followTail();
    const { known } = this.#options;
    if (known && known.seq > this.#seq) throw found(this.#seq + 1, `the chain ends at ${this.#seq}, and was known to reach ${known.seq}: its end was cut off`);
    for (const [person, seq] of this.#erased) {
      if (!this.#recorded.has(person)) throw found(seq, `the data of ${person} was taken out, and no entry ${ERASED} tells of it`);
    }
    if (stray !== null) throw found(null, `entry ${stray} is neither in the chain nor waiting for it: it was put there, or its rows were taken from both, past the service`);
  }

  async #followCheckpoints(): Promise<void> {
    let before: Checkpoint | null = null;
    for await (const { witness, stored } of this.#witnesses()) {
      const { checkpoint } = witness;
      const key = readCheckpointKey(checkpoint.key_id, witness.publicKey);
      if (key === null || !this.#mayHaveSigned(checkpoint.key_id)) throw found(this.#seq + 1, `checkpoint ${checkpoint.number} is signed with a key that is not ours: ${checkpoint.key_id}`);
      const problem = checkpointProblem(checkpoint, witness.leaves, before, key);
      if (problem !== null) throw found(this.#seq + 1, `checkpoint ${checkpoint.number} is not as it was signed: ${problem}`);
      this.#trusted.set(checkpoint.key_id, key);
      await this.#followRows(leavesOf(witness.leaves));
      if (!stored || signedText(stored) !== signedText(checkpoint)) throw found(checkpoint.first_seq, `checkpoint ${checkpoint.number} of the database is not its copy, or is gone`);
      this.#keyIds.add(checkpoint.key_id);
      this.#checkpoints += 1;
      this.#checkpointedUpTo = checkpoint.last_seq;
      before = checkpoint;
    }
  }

  #mayHaveSigned(keyId: string): boolean {
    const { keyIds, copies } = this.#options;
    if (this.#endorsed.has(keyId)) return true;
    if (keyIds !== null) return keyIds.includes(keyId);
    return copies.length === 0 || copies.some(({ checkpoint }) => checkpoint.key_id === keyId);
  }

  /** Each checkpoint once, in order: the copy where there is one. */
  async *#witnesses(): AsyncGenerator<{ witness: Witness; stored: Checkpoint | null }> {
    const copies = new Map(this.#options.copies.map((copy) => [copy.checkpoint.number, copy]));
    const keys = new Map((await this.#proof.keys()).map(({ key_id, public_key }) => [key_id, public_key]));
    let number = 0;
    for (;;) {
      const page = await this.#proof.checkpointsAfter(number, CHECKPOINTS_PER_READ);
      for (const stored of page) {
        // What the database lost of its middle, the copies may still have.
        while ((number += 1) < stored.number && copies.has(number)) yield { witness: fromCopy(copies.get(number)!), stored: null };
        const copy = copies.get(stored.number);
        yield { witness: copy ? fromCopy(copy) : { checkpoint: stored, publicKey: keys.get(stored.key_id) ?? '', leaves: stored.leaves }, stored };
        number = stored.number;
      }
      if (page.length < CHECKPOINTS_PER_READ) break;
    }
    while (copies.has((number += 1))) yield { witness: fromCopy(copies.get(number)!), stored: null };
  }

  async #followRows(leaves: readonly Uint8Array[]): Promise<void> {
    const rows = await this.#proof.rowsAfter(this.#seq, leaves.length);
    const salts = await this.#saltsOf(rows);
    for (const [index, leaf] of leaves.entries()) {
      const seq = this.#seq + 1;
      const row = rows[index];
      if (!row) throw found(seq, `the chain ends at ${this.#seq}, and a checkpoint tells of more: its end was cut off`);
      this.#follow(row, salts);
      if (!row.hash.equals(leaf)) throw found(seq, `row ${seq} was hashed anew: its checkpoint has another hash`);
    }
    await this.#checkLedger();
  }

  async #followTail(): Promise<void> {
    for (;;) {
      const rows = await this.#proof.rowsAfter(this.#seq, ROWS_PER_READ);
      const salts = await this.#saltsOf(rows);
      for (const row of rows) this.#follow(row, salts);
      await this.#checkLedger();
      if (rows.length < ROWS_PER_READ) return;
    }
  }

  #noteKey({ subject_id, after }: StoredEntry): void {
    if (!isObject(after) || typeof after['endorsed_by'] !== 'string' || typeof after['endorsement'] !== 'string') return;
    const by = this.#trusted.get(after['endorsed_by']);
    if (by && isEndorsed(subject_id, after['endorsement'], by)) this.#endorsed.add(subject_id);
  }

  async #checkLedger(): Promise<void> {
    const rows = this.#ledgerRows;
    this.#ledgerRows = [];
    const problem = await checkLedger(this.#proof, rows, this.#ledger);
    if (problem) throw found(problem.seq, problem.text);
  }

  async #saltsOf(rows: readonly ProofRow[]): Promise<Map<string, Buffer>> {
    return this.#proof.salts([...new Set(rows.flatMap(({ entry }) => (entry ? [...personsOf(entry)] : [])))]);
  }

  #follow({ seq, encoding, prev, hash, entry }: ProofRow, salts: ReadonlyMap<string, Buffer>): void {
    const expected = this.#seq + 1;
    if (seq !== expected) throw found(expected, `row ${expected} of the chain is gone`);
    if (entry === null) throw found(seq, `the entry of row ${seq} is gone`);
    if (!prev.equals(this.#hash)) throw found(seq, `row ${seq} does not continue the one before: a row was put in, taken out or moved`);
    const encoded = encoding === ENCODING ? encodeEntry(entry, (person) => salts.get(person) ?? null) : null;
    if (encoded === null) throw found(seq, `row ${seq} cannot be checked: its encoding or a salt is not there`);
    if (!chainHash(prev, encoded).equals(hash)) throw found(seq, `the entry of row ${seq} is not what was written: it was changed, or another one’s place was given to it`);
    const { known } = this.#options;
    if (known?.seq === seq && known.hash !== hash.toString('hex')) throw found(seq, `row ${seq} was hashed anew, or one before it: it was known by another hash`);
    for (const person of erasedPersonsOf(entry)) if (!this.#erased.has(person)) this.#erased.set(person, seq);
    if (entry.action === ERASED) this.#recorded.add(`${entry.subject_kind}:${entry.subject_id}`);
    if (entry.action === KEY_PUBLISHED) this.#noteKey(entry);
    if (tellsOfLedger(entry)) this.#ledgerRows.push({ seq, entry });
    [this.#seq, this.#hash] = [seq, hash];
  }
}

async function problemOf(search: () => Promise<void>): Promise<Problem | null> {
  try {
    await search();
    return null;
  } catch (error) {
    if (error instanceof Error && 'problem' in error) return error.problem as Problem;
    throw error;
  }
}

const fromCopy = ({ checkpoint, public_key, leaves }: CheckpointCopy): Witness => ({ checkpoint, publicKey: public_key, leaves: Buffer.from(leaves, 'hex') });
