import Joi from 'joi';
import { CHECKPOINT_ROWS_MAX } from '../../domain/audit-chain-checkpoint.ts';
import { EXPORT_FORMAT, type AuditExport } from '../../domain/audit-chain-export.ts';
import { pattern, moment, reasonWhere } from '../../http/order-fields.ts';
import type { CheckpointCopy } from './checkpoint-copies.gateway.ts';

export const ENTRIES_PER_PAGE_MAX = 100;
export const EXPORTED_ROWS_MAX = 1_000;

export interface AuditQuery {
  actor?: string;
  subject?: string;
  reason?: string;
  action?: string;
  from?: string;
  to?: string;
  cursor?: string;
  limit: number;
}

const ofUser = Joi.string().pattern(/^user:/);

export const auditQuery: Joi.ObjectSchema<AuditQuery> = Joi.object({
  actor: pattern(/^(user|partner|system):[\x21-\x7e]{1,200}$/, 'a kind and an id, such as user:7'),
  subject: pattern(/^[a-z][a-z_]{0,39}:[\x21-\x7e]{1,200}$/, 'a kind and an id, such as exchange:northlight'),
  reason: reasonWhere({ actor: ofUser, subject: ofUser }),
  action: pattern(/^[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)+$/, 'an action such as exchange.suspended').max(100),
  from: moment,
  to: moment,
  cursor: pattern(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'the next_cursor of the page before'),
  limit: Joi.number().integer().min(1).max(ENTRIES_PER_PAGE_MAX).default(50),
});

export interface AuditExportQuery {
  from_seq: number;
  limit: number;
}

const count = Joi.number().integer().min(1).max(Number.MAX_SAFE_INTEGER);

export const auditExportQuery: Joi.ObjectSchema<AuditExportQuery> = Joi.object({
  from_seq: count.default(1),
  limit: Joi.number().integer().min(1).max(EXPORTED_ROWS_MAX).default(EXPORTED_ROWS_MAX),
});

const hex32 = Joi.string().pattern(/^[0-9a-f]{64}$/).required();
const keyId = Joi.string().pattern(/^[0-9a-f]{32}$/).required();
const publicKey = Joi.string().max(1_000).required();
const checkpoint = Joi.object({
  number: count.required(), first_seq: count.required(), last_seq: count.required(), root: hex32, last_hash: hex32, previous: hex32.allow(null), at: Joi.string().max(40).required(),
  key_id: keyId, signature: Joi.string().max(200).required(),
}).required();

/** A file in the other trust zone. */
export const checkpointCopy: Joi.ObjectSchema<CheckpointCopy> = Joi.object({
  checkpoint,
  public_key: publicKey,
  leaves: Joi.string().pattern(/^[0-9a-f]+$/).max(CHECKPOINT_ROWS_MAX * 64).required(),
}).required();

/** An export that somebody kept. */
export const auditExport: Joi.ObjectSchema<AuditExport> = Joi.object({
  format: Joi.valid(EXPORT_FORMAT).required(),
  rows: Joi.array().items(Joi.object({ seq: count.required(), prev: hex32, hash: hex32, row: Joi.string().required(), checkpoint: count.required(), proof: Joi.array().items(hex32.optional()).max(64).required() })).required(),
  checkpoints: Joi.array().items(checkpoint.optional()).required(),
  keys: Joi.array().items(Joi.object({ key_id: keyId, public_key: publicKey })).required(),
  next_from_seq: count.allow(null).required(),
}).required();

/** Where an earlier look ended. */
export const knownHead: Joi.ObjectSchema<{ seq: number; hash: string }> = Joi.object({ seq: count.required(), hash: hex32 }).unknown(true).required();
