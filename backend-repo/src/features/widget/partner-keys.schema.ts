import Joi from 'joi';
import type { Algorithm } from './partners.schema.ts';

/** Rotation, report keys, suspension: what staff may send. */
const WEEK_SECONDS = 604_800;
const MONTH_SECONDS = 2_592_000;
/** A token lives ten seconds, a verifier may be five off, and a spent one is asked for again for a minute. */
export const OVERLAP_SECONDS_MIN = 75;

const reason = Joi.string().trim().min(3).max(500);

export interface RotateKeyRequest {
  algorithm?: Algorithm;
  activateInSeconds?: number;
  overlapSeconds?: number;
  replaceUpcoming?: boolean;
  reason?: string;
}

export const rotateKeyRequest: Joi.ObjectSchema<RotateKeyRequest> = Joi.object({
  algorithm: Joi.string().valid('ES256', 'HS256'),
  activateInSeconds: Joi.number().integer().min(0).max(WEEK_SECONDS),
  overlapSeconds: Joi.number()
    .integer()
    .min(0)
    .max(WEEK_SECONDS)
    .custom((value: number, helpers) => (value === 0 || value >= OVERLAP_SECONDS_MIN ? value : helpers.error('overlap.short')))
    .messages({ 'overlap.short': `{#label} must be 0 or at least ${OVERLAP_SECONDS_MIN}: a token may still come that long.` }),
  replaceUpcoming: Joi.boolean(),
  reason,
}).required();

export const activateKeyRequest: Joi.ObjectSchema<{ reason?: string }> = Joi.object({ reason }).required();

export interface RotateCredentialsRequest {
  overlapSeconds?: number;
  reason?: string;
}

export const rotateCredentialsRequest: Joi.ObjectSchema<RotateCredentialsRequest> = Joi.object({
  overlapSeconds: Joi.number().integer().min(0).max(MONTH_SECONDS),
  reason,
}).required();

export interface ReportKeyRequest {
  publicKey: Record<string, unknown> | null;
  reason?: string;
}

/** What the key itself must be is a rule of `domain/report-key.ts`. */
export const reportKeyRequest: Joi.ObjectSchema<ReportKeyRequest> = Joi.object({
  publicKey: Joi.object().unknown(true).max(20).allow(null).required(),
  reason,
}).required();

export const reasonRequest: Joi.ObjectSchema<{ reason: string }> = Joi.object({ reason: reason.required() }).required();
