import Joi from 'joi';
import { pattern } from '../../http/order-fields.ts';

export const DOCUMENTS_MAX = 3;
/** Of one document, decoded. */
export const DOCUMENT_BYTES_MAX = 500_000;

export const DOCUMENT_KINDS = ['passport', 'id_card', 'driving_licence', 'proof_of_address'] as const;
export const MEDIA_TYPES = ['image/jpeg', 'image/png', 'application/pdf'] as const;

export interface KycDocument {
  kind: (typeof DOCUMENT_KINDS)[number];
  media_type: (typeof MEDIA_TYPES)[number];
  /** Base64. */
  content: string;
}

export interface KycRequest {
  full_name: string;
  /** `1990-12-31`. */
  date_of_birth: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
  address: string;
  documents: KycDocument[];
}

const text = (max: number): Joi.StringSchema => Joi.string().trim().min(2).max(max);

export const kycRequest: Joi.ObjectSchema<KycRequest> = Joi.object({
  full_name: text(200).required(),
  date_of_birth: pattern(/^\d{4}-\d{2}-\d{2}$/, 'a date such as 1990-12-31').required(),
  country: pattern(/^[A-Z]{2}$/, 'a country code such as CA').required(),
  address: text(500).required(),
  documents: Joi.array()
    .items(
      Joi.object({
        kind: Joi.string().valid(...DOCUMENT_KINDS).required(),
        media_type: Joi.string().valid(...MEDIA_TYPES).required(),
        content: Joi.string().base64().max(Math.ceil(DOCUMENT_BYTES_MAX / 3) * 4).required(),
      }),
    )
    .min(1)
    .max(DOCUMENTS_MAX)
    .required(),
}).required();

export interface KycDecision {
  kyc_status: 'approved' | 'rejected';
  reason: string;
  /** The id of what was looked at. Without it the decision is about what was sent last. */
  submission?: string;
}

const reason = Joi.string().trim().min(3).max(500).required();

export const kycDecision: Joi.ObjectSchema<KycDecision> = Joi.object({
  kyc_status: Joi.string().valid('approved', 'rejected').required(),
  reason,
  submission: Joi.string().guid({ version: 'uuidv7' }),
}).required();

/** Why a member of staff wants to see a person's data. */
export const readingQuery: Joi.ObjectSchema<{ reason: string }> = Joi.object({ reason });
