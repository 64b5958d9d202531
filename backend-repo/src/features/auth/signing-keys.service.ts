import type { Actor, AuditEntry } from '../../domain/audit-entry.ts';
import { AppError } from '../../errors.ts';
import type { NewSigningKey, SigningKeysRepository } from './signing-keys.repository.ts';

interface Tables {
  readonly keys: SigningKeysRepository;
  readonly audit: (entry: AuditEntry) => Promise<void>;
}

export interface SigningKeysDeps {
  readonly transaction: <T>(work: (tables: Tables) => Promise<T>) => Promise<T>;
  readonly makeKey: () => NewSigningKey;
  readonly now: () => number;
}

/** Twice as long as a key set may be cached. */
export const ACTIVATE_IN_SECONDS = 600;
/** As long as the last access token lives that it signed, and a while for a node that learns late that another one signs now. */
const RETIRE_AFTER_MS = (900 + 300) * 1_000;
const JOB: Actor = { kind: 'system', id: 'move-signing-keys' };

/** Gives access tokens another key, without anybody having to sign in again. */
export class SigningKeysService {
  readonly #deps: SigningKeysDeps;

  constructor(deps: SigningKeysDeps) {
    this.#deps = deps;
  }

  /** @throws AppError ROTATION_UNDER_WAY */
  async rotate(activateInSeconds: number, actor: Actor): Promise<{ kid: string; activatesAt: string }> {
    const key = this.#deps.makeKey();
    const activatesAt = this.#deps.now() + activateInSeconds * 1_000;
    await this.#deps.transaction(async ({ keys, audit }) => {
      if (!(await keys.insert('upcoming', key, activatesAt))) throw new AppError('ROTATION_UNDER_WAY', { message: 'Another key is waiting to sign. Wait until it does.' });
      await audit({ actor, action: 'access_key.published', subject: subjectOf(key.kid), after: { activates_at: new Date(activatesAt).toISOString() } });
    });
    return { kid: key.kid, activatesAt: new Date(activatesAt).toISOString() };
  }

  /**
   * For a key that has leaked: another one signs from now on, and no access token of before is accepted. Their owners renew them, or sign in again.
   * @throws AppError ROTATION_UNDER_WAY
   */
  async replaceAtOnce(actor: Actor): Promise<{ kid: string; activatesAt: string; retired: string[] }> {
    const key = this.#deps.makeKey();
    const at = this.#deps.now();
    const retired = await this.#deps.transaction(async ({ keys, audit }) => {
      const before = await keys.retireAll(at);
      if (!(await keys.insert('active', key, at))) throw new AppError('ROTATION_UNDER_WAY', { message: 'Another key began to sign at the same time. Look whether it is yours.' });
      for (const kid of before) await audit({ actor, action: 'access_key.retired', subject: subjectOf(kid), after: { at_once: true } });
      await audit({ actor, action: 'access_key.activated', subject: subjectOf(key.kid), after: { at_once: true } });
      return before;
    });
    return { kid: key.kid, activatesAt: new Date(at).toISOString(), retired };
  }

  /** Does what has become due. Safe to run twice and on two machines. */
  async moveDue(): Promise<void> {
    const at = this.#deps.now();
    await this.#deps.transaction(async ({ keys, audit }) => {
      const due = await keys.lockDue(at);
      if (due !== null) {
        await keys.activate(due, at + RETIRE_AFTER_MS);
        await audit({ actor: JOB, action: 'access_key.activated', subject: subjectOf(due) });
      }
      for (const kid of await keys.retireDue(at)) await audit({ actor: JOB, action: 'access_key.retired', subject: subjectOf(kid) });
    });
  }
}

const subjectOf = (kid: string): AuditEntry['subject'] => ({ kind: 'access_key', id: kid });
