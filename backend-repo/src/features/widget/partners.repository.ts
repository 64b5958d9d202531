import type { Sql } from '../../db/connection.ts';

export interface ExchangeRow {
  exchange_id: string;
  name: string;
  status: 'active' | 'suspended';
  identity_mode: 'signed' | 'label';
  limit_tier: 'standard' | 'bench';
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

export interface Theme {
  primaryColor: string;
  backgroundColor: string;
  textColor: string;
  fontFamily: string;
}

export interface Features {
  showPnl: boolean;
  allowMarketOrders: boolean;
}

/** What a partner trades, in canonical decimals. */
export interface WidgetSymbol {
  symbol: string;
  base: string;
  quote: string;
  tickSize: string;
  lotSize: string;
  minQuantity: string;
  maxQuantity: string;
  minNotional: string;
}

export interface EndpointMapping {
  url: string;
  method: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: Record<string, string>;
  answer?: Record<string, string>;
}

export interface Endpoints {
  order?: EndpointMapping;
  orderStatus?: EndpointMapping;
  balance?: EndpointMapping;
  orderbookUrl?: string;
}

export interface TraderFee {
  makerRate: string;
  takerRate: string;
  text: string;
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

  /** False when the id is taken. */
  async insertExchange(exchange: NewExchange): Promise<boolean> {
    const json = (value: unknown): string => JSON.stringify(value);
    const row = { ...exchange, theme: json(exchange.theme), features: json(exchange.features), symbols: json(exchange.symbols), endpoints: json(exchange.endpoints), trader_fee: json(exchange.trader_fee) };
    const inserted = await this.#sql('widget.exchanges').insert(row).onConflict('exchange_id').ignore().returning('exchange_id');
    return inserted.length === 1;
  }

  async insertKey(key: Omit<KeyRow, 'state'>): Promise<void> {
    await this.#sql('widget.exchange_keys').insert({ ...key, public_jwk: key.public_jwk === null ? null : JSON.stringify(key.public_jwk) });
  }

  async insertCredentials(credentials: Omit<CredentialRow, 'state'>): Promise<void> {
    await this.#sql('widget.exchange_credentials').insert(credentials);
  }

  async updateStatus(exchangeId: string, status: ExchangeRow['status']): Promise<void> {
    await this.#sql('widget.exchanges').where('exchange_id', exchangeId).update({ status, updated_at: this.#sql.fn.now() });
  }

  async updateEndpoints(exchangeId: string, change: Partial<Pick<ExchangeRow, 'allowed_origins' | 'endpoints'>>): Promise<void> {
    await this.#sql('widget.exchanges')
      .where('exchange_id', exchangeId)
      .update({ ...change, ...(change.endpoints && { endpoints: JSON.stringify(change.endpoints) }), updated_at: this.#sql.fn.now() });
  }
}
