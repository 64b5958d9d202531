import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { endorseKey, KEY_PUBLISHED, keyIdOf } from '../../domain/audit-chain-checkpoint.ts';
import type { Actor, AuditEntry } from '../../domain/audit-entry.ts';
import { SEAL_RANDOM_BYTES, type SecretBox } from '../../domain/secret-box.ts';
import type { AuditChainRepository, CheckpointKeyRow } from './audit-chain.repository.ts';

export interface CheckpointKeyDeps {
  readonly box: Pick<SecretBox, 'seal' | 'open'>;
  readonly randomBytes: (bytes: number) => Buffer;
}

const contextOf = (keyId: string): readonly string[] => ['audit-checkpoint-key', keyId];

export function newCheckpointKey({ box, randomBytes }: CheckpointKeyDeps): { row: CheckpointKeyRow; privateKey: KeyObject } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const keyId = keyIdOf(publicKey);
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const sealed = box.seal(pem, contextOf(keyId), randomBytes(SEAL_RANDOM_BYTES));
  return { row: { key_id: keyId, private_key_sealed: sealed, public_key: publicKey.export({ type: 'spki', format: 'pem' }).toString() }, privateKey };
}

/** `null` when it opens with no key that we hold. */
export function openCheckpointKey({ key_id, private_key_sealed }: CheckpointKeyRow, { box }: CheckpointKeyDeps): KeyObject | null {
  const pem = box.open(private_key_sealed, contextOf(key_id));
  return pem === null ? null : createPrivateKey(pem);
}

export interface CheckpointKeysDeps extends CheckpointKeyDeps {
  /** `audit` writes as whom the app is; what is done with the chain is done as role auditor, and comes after it. */
  readonly transaction: <T>(work: (tables: { readonly audit: (entry: AuditEntry) => Promise<void>; readonly chain: () => Promise<AuditChainRepository> }) => Promise<T>) => Promise<T>;
  readonly read: <T>(work: (chain: AuditChainRepository) => Promise<T>) => Promise<T>;
  readonly now: () => number;
}

/** The entry that tells of a key stands under a checkpoint of the key before it by then: one is signed every ten minutes. */
export const ACTIVATE_IN_SECONDS_MIN = 900;
export const ACTIVATE_IN_SECONDS = 86_400;

export interface PublishedKey {
  readonly keyId: string;
  readonly activeFrom: string;
  /** The key whose signature vouches for it; `null`: none could. */
  readonly endorsedBy: string | null;
}

/** The keys that sign checkpoints. Old ones stay, and what they signed stays right. */
export class CheckpointKeysService {
  readonly #deps: CheckpointKeysDeps;

  constructor(deps: CheckpointKeysDeps) {
    this.#deps = deps;
  }

  /**
   * Publishes another key, which signs later. It is on record in the log itself, signed by the key before it, so that an auditor who knows that one needs no new paper.
   * @param oldKeyIsLost nobody can open the old one: none vouches for the new key, which signs at once
   * @throws Error when the old key does not open, or another one waits already
   */
  async rotate(activateInSeconds: number, actor: Actor, oldKeyIsLost = false): Promise<PublishedKey> {
    const now = this.#deps.now();
    const { stored, upcoming } = await this.#deps.read(async (chain) => ({ stored: await chain.key(now), upcoming: await chain.upcomingKey(now) }));
    if (upcoming !== null) throw new Error(`The key ${upcoming} is published already and waits for its time.`);
    const old = stored && !oldKeyIsLost ? openCheckpointKey(stored, this.#deps) : null;
    if (stored && !oldKeyIsLost && old === null) throw new Error(`The audit checkpoint key ${stored.key_id} does not open with ENCRYPTION_KEY. If it is lost for good: --old-key-is-lost.`);
    const { row } = newCheckpointKey(this.#deps);
    const activeFrom = now + (oldKeyIsLost ? 0 : activateInSeconds) * 1_000;
    const endorsedBy = old && stored ? stored.key_id : null;
    const endorsement = old && endorseKey(row.key_id, old);
    const after = { active_from: new Date(activeFrom).toISOString(), ...(endorsedBy && { endorsed_by: endorsedBy, endorsement }) };
    await this.#deps.transaction(async ({ audit, chain }) => {
      await audit({ actor, action: KEY_PUBLISHED, subject: { kind: 'audit_key', id: row.key_id }, after });
      await (await chain()).addKey(row, now, activeFrom);
    });
    return { keyId: row.key_id, activeFrom: after.active_from, endorsedBy };
  }
}
