import { encodeEntry, personsOf, type SaltOf } from '../../domain/audit-chain.ts';
import { leavesOf } from '../../domain/audit-chain-checkpoint.ts';
import { EXPORT_FORMAT, type AuditExport, type ExportedRow } from '../../domain/audit-chain-export.ts';
import { isPersonal } from '../../domain/audit-chain-personal.ts';
import { inclusionProofs } from '../../domain/audit-chain-tree.ts';
import type { Actor, AuditEntry } from '../../domain/audit-entry.ts';
import { maskAddress, maskEmails } from '../../domain/audit-mask.ts';
import type { StoredCheckpoint } from './audit-chain.repository.ts';
import type { AuditLogRepository, ChainedEntry, LoggedEntry } from './audit-log.repository.ts';
import type { AuditExportQuery, AuditQuery } from './audit.schema.ts';

export interface AuditLogDeps {
  /** As role auditor, and for reading only. */
  readonly read: <T>(work: (log: AuditLogRepository) => Promise<T>) => Promise<T>;
  /** Who looks is on record before they see anything. */
  readonly audit: (entry: AuditEntry) => Promise<void>;
}

export type ShownEntry = Omit<LoggedEntry, 'at'> & { readonly at: string };

export class AuditLogService {
  readonly #deps: AuditLogDeps;

  constructor(deps: AuditLogDeps) {
    this.#deps = deps;
  }

  async list(query: AuditQuery, actor: Actor): Promise<{ entries: ShownEntry[]; next_cursor: string | null }> {
    const { reason, ...filters } = query;
    await this.#deps.audit({ actor, action: 'audit_log.read', subject: { kind: 'audit_log', id: query.subject ?? 'all' }, reason, after: filters });
    const found = await this.#deps.read((log) => log.list({ ...query, limit: query.limit + 1 }));
    const entries = found.slice(0, query.limit).map(masked);
    return { entries, next_cursor: found.length > query.limit ? entries.at(-1)!.entry_id : null };
  }

  /** Rows that a checkpoint covers, with all that proves them to somebody without our database (rule H5). */
  async export(query: AuditExportQuery, actor: Actor): Promise<AuditExport> {
    await this.#deps.audit({ actor, action: 'audit_log.exported', subject: { kind: 'audit_log', id: 'all' }, after: query });
    return this.#deps.read(async (log) => {
      const upTo = await log.checkpointedUpTo();
      const rowsMax = Math.min(query.limit, upTo - query.from_seq + 1);
      if (rowsMax < 1) return { format: EXPORT_FORMAT, rows: [], checkpoints: [], keys: [], next_from_seq: null };
      const chained = await log.chained(query.from_seq, rowsMax);
      const last = chained.at(-1)?.seq ?? query.from_seq;
      const checkpoints = await log.checkpointsOf(query.from_seq, last);
      const salts = await log.salts([...new Set(chained.flatMap(({ entry }) => [...personsOf(entry)]))]);
      return {
        format: EXPORT_FORMAT,
        rows: exportedRows(chained, checkpoints, (person) => salts.get(person) ?? null),
        checkpoints: checkpoints.map(({ leaves: _leaves, ...checkpoint }) => checkpoint),
        keys: await log.publicKeys([...new Set(checkpoints.map(({ key_id }) => key_id))]),
        next_from_seq: last < upTo ? last + 1 : null,
      };
    });
  }
}

function exportedRows(chained: readonly ChainedEntry[], checkpoints: readonly StoredCheckpoint[], saltOf: SaltOf): ExportedRow[] {
  const trees = checkpoints.map((checkpoint) => ({ ...checkpoint, proofs: inclusionProofs(leavesOf(checkpoint.leaves)) }));
  return chained.flatMap(({ seq, prev, hash, entry }) => {
    const tree = trees.find(({ first_seq, last_seq }) => first_seq <= seq && seq <= last_seq);
    const row = encodeEntry(entry, saltOf);
    // What cannot be shown is missing in the export, whose verifier names it.
    if (!tree || row === null) return [];
    return [{ seq, prev, hash, row, checkpoint: tree.number, proof: tree.proofs[seq - tree.first_seq]!.map((node) => node.toString('hex')) }];
  });
}

function masked(entry: LoggedEntry): ShownEntry {
  return {
    ...entry,
    at: entry.at.toISOString(),
    actor: maskEmails(entry.actor),
    subject: maskEmails(entry.subject),
    reason: entry.reason && maskEmails(entry.reason),
    ip: entry.ip && maskAddress(entry.ip),
    before: maskInside(undefined, entry.before),
    after: maskInside(undefined, entry.after),
  };
}

function maskInside(name: string | undefined, value: unknown): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value !== 'object') return maskValue(name, value as string | number);
  if (name !== undefined && isPersonal(name, '')) return '***';
  if (Array.isArray(value)) return value.map((item) => maskInside(undefined, item));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskInside(key, item)]));
}

function maskValue(name: string | undefined, value: string | number): string | number {
  const text = String(value);
  if (name === undefined || !isPersonal(name, text) || text.includes('@')) return typeof value === 'string' ? maskEmails(text) : value;
  return /^ip/.test(name) ? maskAddress(text) : '***';
}
