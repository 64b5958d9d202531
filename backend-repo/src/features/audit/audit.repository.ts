import type { Sql } from '../../db/connection.ts';
import { auditJson, type AuditEntry } from '../../domain/audit-entry.ts';

/** Writes on the connection of the change it tells about: both are committed, or neither. */
export class AuditRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** @param at milliseconds since 1970 */
  async add(entryId: string, at: number, { actor, action, subject, reason, before, after }: AuditEntry): Promise<void> {
    const json = (value: object | undefined): string | null => (value === undefined ? null : auditJson(value));
    await this.#sql('audit.entries').insert({
      entry_id: entryId,
      at: new Date(at),
      actor_kind: actor.kind,
      actor_id: actor.id,
      action,
      subject_kind: subject.kind,
      subject_id: subject.id,
      reason: reason ?? null,
      ip: actor.ip ?? null,
      request_id: actor.requestId ?? null,
      before: json(before),
      after: json(after),
    });
  }
}
