import type { Sql } from '../../db/connection.ts';
import { auditJson, type AuditEntry } from '../../domain/audit-entry.ts';

/** Writes on the connection of the change it tells about: both are committed, or neither. */
export class AuditRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** @param at milliseconds since 1970 */
  async add(entryId: string, at: number, entry: AuditEntry): Promise<void> {
    await this.#sql('audit.entries').insert(rowOf(entryId, at, entry));
  }

  /** @param at milliseconds since 1970 */
  async addAll(entries: readonly { readonly entryId: string; readonly entry: AuditEntry }[], at: number): Promise<void> {
    const rows = entries.map(({ entryId, entry }) => rowOf(entryId, at, entry));
    for (let first = 0; first < rows.length; first += ROWS_PER_INSERT) await this.#sql('audit.entries').insert(rows.slice(first, first + ROWS_PER_INSERT));
  }
}

/** A statement has 65,535 parameters at most. */
const ROWS_PER_INSERT = 1_000;

function rowOf(entryId: string, at: number, { actor, action, subject, reason, before, after }: AuditEntry): object {
  const json = (value: object | undefined): string | null => (value === undefined ? null : auditJson(value));
  return {
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
  };
}
