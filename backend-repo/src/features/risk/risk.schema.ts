import Joi from 'joi';
import { SEVERITIES, type Severity } from '../../domain/risk/finding.ts';
import { pattern, moment, reasonWhere } from '../../http/order-fields.ts';

/** spec/4, risk_events. */
export const EVENT_TYPES = ['WITHDRAWAL', 'DEPOSIT', 'TRADE', 'LOGIN', 'SUSPICIOUS_ACTIVITY'] as const;
export type EventType = (typeof EVENT_TYPES)[number];
export const RISK_EVENTS_PER_PAGE_MAX = 100;
const METADATA_CHARACTERS_MAX = 16_384;

export interface RiskEventsQuery {
  type?: EventType;
  kind?: string;
  severity?: Severity;
  resolved?: boolean;
  userId?: number;
  reason?: string;
  from?: string;
  to?: string;
  limit: number;
  cursor?: number;
}

const id = Joi.number().integer().min(1).max(Number.MAX_SAFE_INTEGER);

export const riskEventsQuery: Joi.ObjectSchema<RiskEventsQuery> = Joi.object({
  type: Joi.string().valid(...EVENT_TYPES),
  kind: pattern(/^[a-z_]{1,40}$/, 'a kind such as wash_trading'),
  severity: Joi.string().valid(...SEVERITIES),
  resolved: Joi.boolean(),
  userId: id,
  reason: reasonWhere({ userId: Joi.any() }),
  from: moment,
  to: moment,
  limit: Joi.number().integer().min(1).max(RISK_EVENTS_PER_PAGE_MAX).default(50),
  cursor: id,
});

/** What another service of ours tells of. */
export interface ReportRiskEventRequest {
  eventType: EventType;
  severity: Severity;
  userId?: number;
  description: string;
  metadata?: Record<string, unknown>;
  reference?: string;
}

/** Reading JSON has rounded a whole number above 2^53, and made one beyond all floats infinite. */
function keepsNumbers(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  return typeof value !== 'object' || value === null || Object.values(value).every(keepsNumbers);
}

export const reportRiskEventRequest: Joi.ObjectSchema<ReportRiskEventRequest> = Joi.object({
  eventType: Joi.string().valid(...EVENT_TYPES).required(),
  severity: Joi.string().valid(...SEVERITIES).required(),
  userId: id,
  description: Joi.string().trim().min(1).max(2_000).required(),
  metadata: Joi.object().unknown(true).custom((value: object) => {
    if (JSON.stringify(value).length > METADATA_CHARACTERS_MAX) throw new Error(`at most ${METADATA_CHARACTERS_MAX} characters of JSON`);
    if (!keepsNumbers(value)) throw new Error('without numbers that would be stored as others: write large ones as text');
    return value;
  }).messages({ 'any.custom': '{#label} must be {#error.message}.' }),
  reference: pattern(/^[A-Za-z0-9._:-]{1,100}$/, '1 to 100 letters, digits or ._:-'),
}).required();

export interface DecideRiskEventRequest {
  resolved: boolean;
  note: string;
}

export const decideRiskEventRequest: Joi.ObjectSchema<DecideRiskEventRequest> = Joi.object({
  resolved: Joi.boolean().required(),
  note: Joi.string().trim().min(1).max(2_000).required(),
}).required();

export const riskEventPath: Joi.ObjectSchema<{ id: number }> = Joi.object({ id: id.required() }).required();
