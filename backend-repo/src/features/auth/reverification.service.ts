import type { Actor, AuditEntry } from '../../domain/audit-entry.ts';
import type { LoginRisk } from './login-guard.service.ts';
import type { ReverificationCause, ReverificationRepository } from './reverification.repository.ts';
import type { SessionsService, SessionTables } from './sessions.service.ts';
import type { SignUpService } from './sign-up.service.ts';
import type { SignUpRepository } from './sign-up.repository.ts';

export interface ReverificationTables extends SessionTables {
  readonly reverification: ReverificationRepository;
  readonly people: SignUpRepository;
}

export interface ReverificationDeps {
  readonly transaction: <T>(work: (tables: ReverificationTables) => Promise<T>) => Promise<T>;
  readonly sessions: Pick<SessionsService, 'endOthers' | 'followEnds'>;
  readonly links: Pick<SignUpService, 'newMailLink'>;
  readonly risk: (risk: LoginRisk) => void;
  readonly resetPage: string;
  readonly now: () => number;
}

/** Whoever did not get the mail may ask again after this. */
const MAIL_AGAIN_AFTER_MS = 5 * 60_000;

/**
 * An account about which something is wrong is signed out everywhere, its API keys are refused, and whoever signs in has to show first that they read
 * its mail, or set a new password where somebody else knows the old one (decision 0027).
 */
export class ReverificationService {
  readonly #deps: ReverificationDeps;

  constructor(deps: ReverificationDeps) {
    this.#deps = deps;
  }

  /** Nothing happens where it is so already. */
  async force(userId: number, cause: ReverificationCause, actor: Actor): Promise<void> {
    const { transaction, sessions } = this.#deps;
    const ended = await transaction((tables) => this.forceIn(tables, userId, cause, actor));
    if (ended === null) return;
    sessions.followEnds(ended);
    this.tellOf(userId, cause);
  }

  /** In the transaction of a change. @returns what is for `followEnds` and `tellOf` once that is committed; `null`: it is so already */
  async forceIn(tables: Pick<ReverificationTables, 'reverification' | keyof SessionTables>, userId: number, cause: ReverificationCause, actor: Actor): Promise<string[] | null> {
    if (!(await tables.reverification.force(userId, cause, new Date(this.#deps.now())))) return null;
    await tables.audit({ actor, action: 'user.reverification_forced', subject: subjectOf(userId), after: { cause } });
    return this.#deps.sessions.endOthers(tables, userId, null, 'reverification', actor);
  }

  tellOf(userId: number, cause: ReverificationCause): void {
    this.#deps.risk({ kind: 'reverification', severity: 'MEDIUM', userId, description: `Signed out everywhere; the owner has to ${cause === 'device_denied' ? 'set a new password' : 'show that they read their mail'}.`, metadata: { cause } });
  }

  /** For whoever has shown the right password, and code: a mail with the link leaves, unless the last one is younger than five minutes. */
  async ask(person: { readonly id: number; readonly email: string }, actor: Actor): Promise<void> {
    const { transaction, links, resetPage } = this.#deps;
    const now = this.#deps.now();
    await transaction(async ({ reverification, people, audit, mail }) => {
      await audit({ actor, action: 'login.reverification_required', subject: subjectOf(person.id) });
      const kind = (await reverification.causeOf(person.id)) === 'device_denied' ? 'reset-password' : 'verify-email';
      if (await reverification.wasLinkSent(person.id, kind, new Date(now - MAIL_AGAIN_AFTER_MS), new Date(now))) return;
      const { link, url, minutes } = links.newMailLink(kind);
      await people.addLink({ ...link, userId: person.id, passwordHash: null });
      const data = kind === 'reset-password' ? { url: null, resetUrl: url, minutes } : { url, resetUrl: resetPage, minutes };
      await mail({ to: person.email, template: 'reverify', data });
    });
  }
}

const subjectOf = (userId: number): AuditEntry['subject'] => ({ kind: 'user', id: String(userId) });
