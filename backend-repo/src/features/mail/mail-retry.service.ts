import type { Actor, AuditEntry } from '../../domain/audit-entry.ts';
import type { MailQueueRepository, ParkedMails } from './mail.repository.ts';

export interface MailRetryDeps {
  readonly transaction: <T>(work: (tables: { readonly queue: MailQueueRepository; readonly audit: (entry: AuditEntry) => Promise<void> }) => Promise<T>) => Promise<T>;
}

/** What is parked leaves only if somebody says so. */
export class MailRetryService {
  readonly #deps: MailRetryDeps;

  constructor(deps: MailRetryDeps) {
    this.#deps = deps;
  }

  /** @returns how many are due again, by template */
  async retry(which: ParkedMails, reason: string, actor: Actor): Promise<Record<string, number>> {
    return this.#deps.transaction(async ({ queue, audit }) => {
      const mails: Record<string, number> = {};
      for (const template of await queue.unpark(which)) mails[template] = (mails[template] ?? 0) + 1;
      await audit({ actor, action: 'mail.retried', subject: { kind: 'mail', id: which.mailId ?? 'parked' }, reason, after: { mails, refused_too: which.refusedToo, hours: which.hours } });
      return mails;
    });
  }
}
