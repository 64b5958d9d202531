import type { Sql } from '../../db/connection.ts';
import type { Endpoints, Features, PartnerSettings, Theme, TraderFee, WidgetSymbol } from '../../domain/partner-settings.ts';

export interface ExchangeRow {
  exchange_id: string;
  name: string;
  status: 'active' | 'suspended';
  identity_mode: 'signed' | 'label';
  allowed_origins: string[];
  theme: Theme;
  features: Features;
  locale: string;
  symbols: WidgetSymbol[];
  endpoints: Endpoints;
  trader_fee: TraderFee;
  fee_schedule: number;
  fee_rate: string;
  label_tokens_per_day: number;
}

/** What staff may set. */
export type SettingsRow = Omit<ExchangeRow, 'exchange_id' | 'status' | 'fee_rate'>;

export interface StoredExchangeRow extends Omit<ExchangeRow, 'fee_rate'> {
  version: number;
  created_at: Date;
  updated_at: Date;
}

export interface ExchangeSummaryRow extends Pick<StoredExchangeRow, 'exchange_id' | 'name' | 'status' | 'identity_mode' | 'created_at' | 'updated_at'> {
  /** Of the key that signs now. */
  algorithm: 'HS256' | 'ES256' | null;
}

export interface KeyRow {
  kid: string;
  exchange_id: string;
  algorithm: 'HS256' | 'ES256';
  secret_sealed: string;
  public_jwk: Record<string, unknown> | null;
  state: 'upcoming' | 'active' | 'retiring';
}

export interface CredentialRow {
  api_key: string;
  exchange_id: string;
  api_secret_sealed: string;
  session_secret_sealed: string;
  state: 'active' | 'retiring';
}

/** What a partner signs its execution reports with, one at a time. */
export interface ReportKeyRow {
  exchange_id: string;
  kid: string;
  public_jwk: Record<string, unknown>;
}

export type NewExchange = Omit<ExchangeRow, 'status' | 'fee_rate' | 'label_tokens_per_day'> & Partial<Pick<ExchangeRow, 'label_tokens_per_day'>>;

export class PartnersRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** All in one snapshot, so that no key is seen without its partner. Credentials: the newest first, which is the active one. */
  async loadAll(): Promise<{ exchanges: ExchangeRow[]; keys: KeyRow[]; credentials: CredentialRow[]; reportKeys: ReportKeyRow[] }> {
    return this.#sql.transaction(
      async (sql) => {
        const exchanges = (await sql('widget.exchanges as e')
          .join('widget.fee_schedules as f', 'f.version', 'e.fee_schedule')
          .select('e.*', sql.raw('f.rate::text as fee_rate'))) as ExchangeRow[];
        const keys = (await sql('widget.exchange_keys').whereNot('state', 'retired').orderBy('created_at')) as KeyRow[];
        const credentials = (await sql('widget.exchange_credentials').whereNot('state', 'retired').orderBy([{ column: 'state' }, { column: 'created_at', order: 'desc' }])) as CredentialRow[];
        const reportKeys = (await sql('widget.report_keys').where('state', 'active').select('exchange_id', 'kid', 'public_jwk')) as ReportKeyRow[];
        return { exchanges, keys, credentials, reportKeys };
      },
      { isolationLevel: 'repeatable read', readOnly: true },
    );
  }

  /** A page of partners, by id. */
  async list({ limit, after, status }: { limit: number; after?: string; status?: string }): Promise<ExchangeSummaryRow[]> {
    const page = this.#sql('widget.exchanges as e')
      .leftJoin('widget.exchange_keys as k', (join) => join.on('k.exchange_id', 'e.exchange_id').andOnVal('k.state', 'active'))
      .select('e.exchange_id', 'e.name', 'e.status', 'e.identity_mode', 'e.created_at', 'e.updated_at', 'k.algorithm')
      .orderBy('e.exchange_id')
      .limit(limit);
    if (after !== undefined) void page.where('e.exchange_id', '>', after);
    if (status !== undefined) void page.where('e.status', status);
    return (await page) as ExchangeSummaryRow[];
  }

  /** @param lock nobody else changes the partner, its keys or its credentials until the transaction ends */
  async find(exchangeId: string, lock = false): Promise<StoredExchangeRow | null> {
    const found = this.#sql('widget.exchanges').where('exchange_id', exchangeId).first();
    return ((await (lock ? found.forNoKeyUpdate() : found)) as StoredExchangeRow | undefined) ?? null;
  }

  /** The rate of a fee schedule, or `null` when there is none of this number. */
  async findFeeRate(version: number): Promise<string | null> {
    const row = (await this.#sql('widget.fee_schedules').where({ version }).first(this.#sql.raw('rate::text as rate'))) as { rate: string } | undefined;
    return row?.rate ?? null;
  }

  /** False when the id is taken. */
  async insertExchange(exchange: NewExchange): Promise<boolean> {
    const inserted = await this.#sql('widget.exchanges').insert(withJson(exchange)).onConflict('exchange_id').ignore().returning('exchange_id');
    return inserted.length === 1;
  }

  /** False when the partner is at none of these versions. @param versions `null`: whatever its version is */
  async updateSettings(exchangeId: string, change: Partial<SettingsRow>, versions: readonly number[] | null): Promise<boolean> {
    const update = this.#sql('widget.exchanges').where('exchange_id', exchangeId);
    if (versions) void update.whereIn('version', versions);
    return (await update.update({ ...withJson(change), ...this.#nextVersion() })) === 1;
  }

  /** False when it has that status already, or there is no such partner. */
  async setStatus(exchangeId: string, status: ExchangeRow['status']): Promise<boolean> {
    return (await this.#sql('widget.exchanges').where('exchange_id', exchangeId).whereNot('status', status).update({ status, ...this.#nextVersion() })) === 1;
  }

  /** Something that belongs to the partner changed: its keys, say. */
  async nextVersion(exchangeId: string): Promise<void> {
    await this.#sql('widget.exchanges').where('exchange_id', exchangeId).update(this.#nextVersion());
  }

  #nextVersion(): object {
    return { version: this.#sql.raw('version + 1'), updated_at: this.#sql.fn.now() };
  }
}

const COLUMNS: { readonly [Name in keyof PartnerSettings]: keyof ExchangeRow } = {
  name: 'name',
  identityMode: 'identity_mode',
  allowedOrigins: 'allowed_origins',
  theme: 'theme',
  features: 'features',
  locale: 'locale',
  symbols: 'symbols',
  endpoints: 'endpoints',
  traderFee: 'trader_fee',
  feeSchedule: 'fee_schedule',
  labelTokensPerDay: 'label_tokens_per_day',
};
const NAMES = Object.keys(COLUMNS) as (keyof PartnerSettings)[];

/** The settings of a row under their names in the API. */
export function settingsOf(row: SettingsRow): PartnerSettings {
  return Object.fromEntries(NAMES.map((name) => [name, row[COLUMNS[name] as keyof SettingsRow]])) as unknown as PartnerSettings;
}

export function columnsOf(settings: PartnerSettings): SettingsRow;
export function columnsOf(settings: Partial<PartnerSettings>): Partial<SettingsRow>;
export function columnsOf(settings: Partial<PartnerSettings>): Partial<SettingsRow> {
  return Object.fromEntries(NAMES.filter((name) => settings[name] !== undefined).map((name) => [COLUMNS[name], settings[name]]));
}

const JSON_COLUMNS = ['theme', 'features', 'symbols', 'endpoints', 'trader_fee'] as const;

function withJson(row: Partial<SettingsRow>): object {
  return { ...row, ...Object.fromEntries(JSON_COLUMNS.filter((column) => row[column] !== undefined).map((column) => [column, JSON.stringify(row[column])])) };
}
