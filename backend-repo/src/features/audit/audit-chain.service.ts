import type { KeyObject } from 'node:crypto';
import { chainHash, ENCODING, encodeEntry, FIRST_PREV, personsOf, type StoredEntry } from '../../domain/audit-chain.ts';
import { CHECKPOINT_ROWS_MAX, checkpointHash, signCheckpoint, type Checkpoint } from '../../domain/audit-chain-checkpoint.ts';
import { treeRoot } from '../../domain/audit-chain-tree.ts';
import type { AuditChainRepository, ChainRow, NewChainRow, StoredCheckpoint } from './audit-chain.repository.ts';
import { newCheckpointKey, openCheckpointKey, type CheckpointKeyDeps } from './checkpoint-keys.service.ts';
import type { CheckpointCopies } from './checkpoint-copies.gateway.ts';

export interface AuditChainDeps extends CheckpointKeyDeps {
  /** As role auditor. */
  readonly transaction: <T>(work: (chain: AuditChainRepository) => Promise<T>) => Promise<T>;
  /** The other trust zone (rule H3); `null`: none is set up. */
  readonly copies: Pick<CheckpointCopies, 'last' | 'write'> | null;
  readonly now: () => number;
  readonly show: (waiting: { readonly entries: number; readonly seconds: number }) => void;
}

const ROWS_PER_TRANSACTION = 500;
const TRANSACTIONS_PER_PASS = 20;
const COPIES_PER_PASS = 100;
export const CHECKPOINT_EVERY_MS = 600_000;

/** The sequencer (design 5.13): chains what has been committed, signs checkpoints, and takes copies of those elsewhere. On one node at a time. */
export class AuditChainService {
  readonly #deps: AuditChainDeps;

  constructor(deps: AuditChainDeps) {
    this.#deps = deps;
  }

  /** Once a second. May run on all nodes at once: who does not get the lock leaves the work to who has it. */
  async advance(): Promise<void> {
    for (let count = 0; count < TRANSACTIONS_PER_PASS; count += 1) {
      if ((await this.#chainWaiting()) < ROWS_PER_TRANSACTION) break;
    }
    while (await this.#checkpointWhenDue());
    await this.#copyCheckpoints();
  }

  /** How it stands, for the alarm. */
  async look(): Promise<void> {
    this.#deps.show(await this.#deps.transaction((chain) => chain.standing()));
  }

  #chainWaiting(): Promise<number> {
    return this.#deps.transaction(async (chain) => {
      if (!(await chain.lock())) return 0;
      const entries = await chain.waiting(ROWS_PER_TRANSACTION);
      if (entries.length === 0) return 0;
      const salts = await this.#saltsFor(chain, entries);
      await chain.append(linked(await chain.head(), entries, salts));
      return entries.length;
    });
  }

  async #saltsFor(chain: AuditChainRepository, entries: readonly StoredEntry[]): Promise<Map<string, Buffer>> {
    const persons = new Set(entries.flatMap((entry) => [...personsOf(entry)]));
    return chain.salts(new Map([...persons].map((person) => [person, this.#deps.randomBytes(32)])));
  }

  /** @returns whether a thousand rows more may be waiting for the next one */
  #checkpointWhenDue(): Promise<boolean> {
    return this.#deps.transaction(async (chain) => {
      if (!(await chain.lock())) return false;
      const last = await chain.lastCheckpoint();
      const rows = await chain.rowsAfter(last?.last_seq ?? 0, CHECKPOINT_ROWS_MAX);
      const full = rows.length === CHECKPOINT_ROWS_MAX;
      const old = last === null || this.#deps.now() - Date.parse(last.at) >= CHECKPOINT_EVERY_MS;
      if (rows.length === 0 || !(full || old)) return false;
      await chain.addCheckpoint(await this.#checkpointOf(chain, rows, last));
      return full;
    });
  }

  async #checkpointOf(chain: AuditChainRepository, rows: readonly ChainRow[], last: Checkpoint | null): Promise<StoredCheckpoint> {
    const { keyId, privateKey } = await this.#signingKey(chain);
    const leaves = rows.map(({ hash }) => hash);
    const unsigned = {
      number: (last?.number ?? 0) + 1,
      first_seq: rows[0]!.seq,
      last_seq: rows.at(-1)!.seq,
      root: treeRoot(leaves).toString('hex'),
      last_hash: leaves.at(-1)!.toString('hex'),
      previous: last && checkpointHash(last),
      at: new Date(this.#deps.now()).toISOString(),
      key_id: keyId,
    };
    return { ...signCheckpoint(unsigned, privateKey), leaves: Buffer.concat(leaves) };
  }

  /** Made when the first checkpoint is; the lock sees to it that it is one. */
  async #signingKey(chain: AuditChainRepository): Promise<{ keyId: string; privateKey: KeyObject }> {
    const now = this.#deps.now();
    const stored = await chain.key(now);
    if (stored === null) {
      const { row, privateKey } = newCheckpointKey(this.#deps);
      await chain.addKey(row, now, now);
      return { keyId: row.key_id, privateKey };
    }
    const privateKey = openCheckpointKey(stored, this.#deps);
    if (privateKey === null) throw new Error(`The audit checkpoint key ${stored.key_id} does not open with ENCRYPTION_KEY.`);
    return { keyId: stored.key_id, privateKey };
  }

  async #copyCheckpoints(): Promise<void> {
    const { copies, transaction } = this.#deps;
    if (copies === null) return;
    const after = await copies.last();
    const { missing, keys } = await transaction(async (chain) => {
      const found = await chain.checkpointsAfter(after, COPIES_PER_PASS);
      return { missing: found, keys: await chain.publicKeys([...new Set(found.map(({ key_id }) => key_id))]) };
    });
    for (const { leaves, ...checkpoint } of missing) {
      const key = keys.find(({ key_id }) => key_id === checkpoint.key_id)!;
      await copies.write({ checkpoint, public_key: key.public_key, leaves: leaves.toString('hex') });
    }
  }
}

function linked(head: ChainRow | null, entries: readonly StoredEntry[], salts: ReadonlyMap<string, Buffer>): NewChainRow[] {
  let { seq, hash } = head ?? { seq: 0, hash: FIRST_PREV };
  return entries.map((entry) => {
    const prev = hash;
    seq += 1;
    // Each person has a salt by now.
    hash = chainHash(prev, encodeEntry(entry, (person) => salts.get(person)!)!);
    return { seq, entry_id: entry.entry_id, encoding: ENCODING, prev, hash };
  });
}
