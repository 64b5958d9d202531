import type { AuditEntry } from '../../domain/audit-entry.ts';
import { amountFrom, formatAmount } from '../../domain/money.ts';
import { settingsWarnings, type PartnerSettings } from '../../domain/partner-settings.ts';
import type { CredentialLifeRow, KeyLifeRow, PartnerKeysRepository, ReportKeyLifeRow } from './partner-keys.repository.ts';
import { settingsOf, type ExchangeRow, type ExchangeSummaryRow, type PartnersRepository } from './partners.repository.ts';
import type { Algorithm } from './partners.schema.ts';

/** What a change of a partner is written through, all in one transaction. */
export interface PartnerTables {
  readonly partners: PartnersRepository;
  readonly keys: PartnerKeysRepository;
  readonly audit: (entry: AuditEntry) => Promise<void>;
}

export interface KeyView {
  readonly kid: string;
  readonly algorithm: Algorithm;
  readonly state: 'upcoming' | 'active' | 'retiring' | 'retired';
  readonly createdAt: string;
  readonly activatesAt: string | null;
  readonly retiresAt: string | null;
}

export interface CredentialsView {
  readonly apiKey: string;
  readonly state: 'active' | 'retiring' | 'retired';
  readonly createdAt: string;
  readonly retiresAt: string | null;
}

export type ReportKeyView = { readonly kid: string; readonly publicKey: object; readonly createdAt: string } | null;

/** A partner as staff sees it: whole, without secrets. */
export interface ExchangeView extends Omit<PartnerSettings, 'feeSchedule'> {
  readonly exchangeId: string;
  readonly status: ExchangeRow['status'];
  readonly feeSchedule: { readonly version: number; readonly rate: string };
  readonly keys: readonly KeyView[];
  readonly credentials: readonly CredentialsView[];
  readonly reportKey: ReportKeyView;
  readonly warnings: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The version is read first: what else changes meanwhile makes it too old, never too new. */
export async function readExchange({ partners, keys }: PartnerTables, exchangeId: string): Promise<{ exchange: ExchangeView; version: number } | null> {
  const row = await partners.find(exchangeId);
  if (!row) return null;
  const settings = settingsOf(row);
  const exchange: ExchangeView = {
    exchangeId,
    status: row.status,
    ...settings,
    feeSchedule: { version: row.fee_schedule, rate: formatAmount(amountFrom((await partners.findFeeRate(row.fee_schedule))!)) },
    keys: (await keys.listKeys(exchangeId)).map(keyView),
    credentials: (await keys.listCredentials(exchangeId)).map(credentialsView),
    reportKey: reportKeyView(await keys.findReportKey(exchangeId)),
    warnings: settingsWarnings(settings),
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
  return { exchange, version: row.version };
}

export function summaryView(row: ExchangeSummaryRow): object {
  return {
    exchangeId: row.exchange_id,
    name: row.name,
    status: row.status,
    identityMode: row.identity_mode,
    algorithm: row.algorithm,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

export function keyView({ kid, algorithm, state, created_at, activates_at, retires_at }: KeyLifeRow): KeyView {
  return { kid, algorithm, state, createdAt: created_at.toISOString(), activatesAt: state === 'upcoming' ? timeOf(activates_at) : null, retiresAt: state === 'retiring' ? timeOf(retires_at) : null };
}

export function credentialsView({ api_key, state, created_at, retires_at }: CredentialLifeRow): CredentialsView {
  return { apiKey: api_key, state, createdAt: created_at.toISOString(), retiresAt: state === 'retiring' ? timeOf(retires_at) : null };
}

export function reportKeyView(row: ReportKeyLifeRow | null): ReportKeyView {
  return row && { kid: row.kid, publicKey: row.public_jwk, createdAt: row.created_at.toISOString() };
}

const timeOf = (date: Date | null): string | null => date?.toISOString() ?? null;
