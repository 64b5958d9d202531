import type { Actor, AuditEntry } from '../../domain/audit-entry.ts';
import { readLine } from '../../domain/login-backoff.ts';
import { AppError } from '../../errors.ts';
import type { LoginGuardRepository } from './login-guard.repository.ts';
import type { ReverificationRepository } from './reverification.repository.ts';

interface LockTables {
  readonly guard: LoginGuardRepository;
  readonly reverification: ReverificationRepository;
  readonly audit: (entry: AuditEntry) => Promise<void>;
}

export interface LocksDeps {
  readonly transaction: <T>(work: (tables: LockTables) => Promise<T>) => Promise<T>;
  readonly now: () => number;
}

/** What staff lifts for people whom the guard of login keeps out: docs/runbooks/locked-out.md says when. Each step is on record with its reason. */
export class LocksService {
  readonly #deps: LocksDeps;

  constructor(deps: LocksDeps) {
    this.#deps = deps;
  }

  /**
   * Every lock of an account, and what it has to show before somebody signs in. Again it changes nothing.
   * @throws AppError USER_NOT_FOUND
   */
  async unlock(userId: number, reason: string, actor: Actor): Promise<{ user_id: number; locks_lifted: number; reverification_lifted: boolean }> {
    return this.#deps.transaction(async ({ guard, reverification, audit }) => {
      if (!(await guard.findPerson(userId))) throw new AppError('USER_NOT_FOUND', { message: 'There is nobody with this number.' });
      const now = new Date(this.#deps.now());
      const lifted = { locks_lifted: await guard.forgive(userId, now), reverification_lifted: await reverification.lift(userId, now) };
      await audit({ actor, action: 'user.unlocked', subject: { kind: 'user', id: String(userId) }, reason, after: lifted });
      return { user_id: userId, ...lifted };
    });
  }

  /** The block of an address; of IPv6 that of its /64. Again it changes nothing. @param address as the schema has checked it */
  async unblock(address: string, reason: string, actor: Actor): Promise<{ address: string; unblocked: boolean }> {
    const line = readLine(address)!;
    return this.#deps.transaction(async ({ guard, audit }) => {
      const unblocked = await guard.unblock(line, new Date(this.#deps.now()));
      await audit({ actor, action: 'address.unblocked', subject: { kind: 'address', id: line }, reason, after: { unblocked } });
      return { address: line, unblocked };
    });
  }
}
