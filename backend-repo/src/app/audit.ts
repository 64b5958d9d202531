import { auditorTransactionOf, becomeAuditor, transactionOf, writerTransactionOf } from '../db/as-user.ts';
import { uuidV7 } from '../domain/uuid.ts';
import { AuditChainRepository } from '../features/audit/audit-chain.repository.ts';
import { AuditChainService } from '../features/audit/audit-chain.service.ts';
import { AuditLogRepository } from '../features/audit/audit-log.repository.ts';
import { AuditLogService } from '../features/audit/audit-log.service.ts';
import { AuditTally } from '../features/audit/audit-tally.state.ts';
import { AuditRepository } from '../features/audit/audit.repository.ts';
import { LedgerRecordRepository } from '../features/audit/ledger-record.repository.ts';
import { LedgerRecordService, TOKENS_SETTLE_MS } from '../features/audit/ledger-record.service.ts';
import { CheckpointKeysService } from '../features/audit/checkpoint-keys.service.ts';
import { CheckpointCopies } from '../features/audit/checkpoint-copies.gateway.ts';
import type { Foundation } from './foundation.ts';

export interface AuditPart {
  readonly auditChain: AuditChainService;
  readonly auditLog: AuditLogService;
  readonly checkpointKeys: CheckpointKeysService;
  readonly ledgerRecord: LedgerRecordService;
  /** What people read of themselves. */
  readonly reads: AuditTally;
  /** Who was turned away. */
  readonly refusals: AuditTally;
}

/** The audit log: what chains it, and what shows it (decision 0018). Core: in every process. */
export function buildAudit({ config, database, box, metrics, now, randomBytes }: Foundation): AuditPart {
  const entries = new AuditRepository(database.app);
  const transaction = transactionOf(database.app, (sql) => new AuditRepository(sql));
  const asAuditor = auditorTransactionOf(database.app, (sql) => new AuditChainRepository(sql));
  const tally = (): AuditTally =>
    new AuditTally({ write: (all) => transaction((tables) => tables.addAll(all.map((entry) => ({ entryId: uuidV7(now(), randomBytes(10)), entry })), now())), now });
  return {
    ledgerRecord: new LedgerRecordService({
      transaction: writerTransactionOf(database.app, (sql) => {
        const onIt = new AuditRepository(sql);
        return { ledger: new LedgerRecordRepository(sql), audit: (entry) => onIt.add(uuidV7(now(), randomBytes(10)), now(), entry) };
      }),
      settleMs: TOKENS_SETTLE_MS,
      show: metrics.ledgerUnrecorded,
    }),
    reads: tally(),
    refusals: tally(),
    auditChain: new AuditChainService({
      transaction: asAuditor,
      show: metrics.auditWaits,
      box,
      copies: config.auditCheckpointDir === null ? null : new CheckpointCopies(config.auditCheckpointDir),
      now,
      randomBytes,
    }),
    checkpointKeys: new CheckpointKeysService({
      transaction: transactionOf(database.app, (sql) => {
        const onIt = new AuditRepository(sql);
        return {
          audit: (entry) => onIt.add(uuidV7(now(), randomBytes(10)), now(), entry),
          chain: async () => {
            await becomeAuditor(sql);
            return new AuditChainRepository(sql);
          },
        };
      }),
      read: asAuditor,
      box,
      now,
      randomBytes,
    }),
    auditLog: new AuditLogService({
      read: auditorTransactionOf(database.app, (sql) => new AuditLogRepository(sql), { readOnly: true }),
      audit: (entry) => entries.add(uuidV7(now(), randomBytes(10)), now(), entry),
    }),
  };
}
