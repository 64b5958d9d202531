import { createHash } from 'node:crypto';
import type { Actor } from '../../domain/audit-entry.ts';
import { canonicalSettings, DEFAULT_SETTINGS, settingsChange, settingsProblems, type PartnerSettings } from '../../domain/partner-settings.ts';
import { AppError, invalidField } from '../../errors.ts';
import { makeCredentials, makeTokenKey, type SecretTools } from './partner-secrets.service.ts';
import { readExchange, summaryView, type ExchangeView, type PartnerTables } from './partner-views.service.ts';
import { columnsOf, settingsOf, type ExchangeRow, type NewExchange } from './partners.repository.ts';
import type { Algorithm, CreateExchangeRequest, ExchangesQuery, UpdateExchangeRequest } from './partners.schema.ts';
import type { Partner, PartnerCredentials, PartnersState } from './partners.state.ts';

export interface PartnersDeps {
  readonly partners: PartnersState;
  readonly transaction: <T>(work: (tables: PartnerTables) => Promise<T>) => Promise<T>;
  /** Has the memory of this node follow a change that is committed. Never rejects: what is made must be answered, for it holds secrets. */
  readonly changed: () => Promise<void>;
  readonly secrets: SecretTools;
  readonly publicUrl: string;
}

/** Shown once, when made. */
export interface PartnerSecrets {
  readonly exchangeId: string;
  readonly kid: string;
  readonly algorithm: Algorithm;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly sessionSecret: string;
  /** HS256 only. Used as the text it is, like the other secrets: nothing is decoded. */
  readonly tokenSecret?: string;
}

/** A partner as it is, and the version that `If-Match` speaks of. */
export interface VersionedExchange {
  readonly exchange: ExchangeView;
  readonly version: number;
}

/** Who sets up what runs without staff: the demo, tests. */
const SETUP: Actor = { kind: 'system', id: 'setup' };

/** Partner exchanges: who they are, how their widget looks, and whether they trade. */
export class PartnersService {
  readonly #deps: PartnersDeps;

  constructor(deps: PartnersDeps) {
    this.#deps = deps;
  }

  /**
   * A partner with its first key and credentials, all or nothing.
   * @throws AppError EXCHANGE_EXISTS, VALIDATION_ERROR
   */
  async create(exchange: NewExchange, algorithm: Algorithm, by: Actor = SETUP): Promise<PartnerSecrets> {
    const { secrets } = await this.#make(exchange, algorithm, by);
    return { exchangeId: exchange.exchange_id, ...secrets };
  }

  async #make(exchange: NewExchange, algorithm: Algorithm, by: Actor = SETUP): Promise<{ exchange: ExchangeView; secrets: Omit<PartnerSecrets, 'exchangeId'> }> {
    const exchangeId = exchange.exchange_id;
    const settings = settingsOf({ label_tokens_per_day: DEFAULT_SETTINGS.labelTokensPerDay, ...exchange });
    const key = makeTokenKey(this.#deps.secrets, exchangeId, algorithm);
    const credentials = makeCredentials(this.#deps.secrets, exchangeId);
    const shown = await this.#deps.transaction(async (tables) => {
      await requireFitting(settings, tables);
      if (!(await tables.partners.insertExchange(exchange))) throw new AppError('EXCHANGE_EXISTS', { fields: { exchangeId: 'Another partner has this id.' } });
      await tables.keys.insertKey(key.row);
      await tables.keys.insertCredentials(credentials.row);
      const after = { ...settings, kid: key.row.kid, algorithm, apiKey: credentials.row.api_key };
      await tables.audit({ actor: by, action: 'exchange.created', subject: subjectOf(exchangeId), after });
      // Here, and not afterwards: the answer must not be lost once it exists, for it holds the secrets.
      return (await requireExchange(tables, exchangeId)).exchange;
    });
    await this.#deps.changed();
    return { exchange: shown, secrets: { algorithm, ...key.shown, ...credentials.shown } };
  }

  /** @throws AppError EXCHANGE_EXISTS, VALIDATION_ERROR */
  async createFrom({ exchangeId, algorithm = 'ES256', ...settings }: CreateExchangeRequest, by: Actor): Promise<{ exchange: ExchangeView; secrets: Omit<PartnerSecrets, 'exchangeId'> }> {
    return this.#make({ exchange_id: exchangeId, ...columnsOf(canonicalSettings({ ...DEFAULT_SETTINGS, ...settings })) }, algorithm, by);
  }

  async list({ limit, ...query }: ExchangesQuery): Promise<{ exchanges: object[]; nextAfter: string | null }> {
    const rows = await this.#deps.transaction(({ partners }) => partners.list({ limit: limit + 1, ...query }));
    const page = rows.slice(0, limit);
    return { exchanges: page.map(summaryView), nextAfter: rows.length > limit ? page.at(-1)!.exchange_id : null };
  }

  /** From the database, not from memory: staff sees what is so on every node. @throws AppError EXCHANGE_NOT_FOUND */
  async get(exchangeId: string): Promise<VersionedExchange> {
    return this.#deps.transaction((tables) => requireExchange(tables, exchangeId));
  }

  /**
   * What is left out stays. Nothing is written, and nothing audited, when nothing would differ.
   * @param versions of the partner that the caller has seen; `null`: whatever it is now
   * @throws AppError EXCHANGE_NOT_FOUND, EXCHANGE_CHANGED, VALIDATION_ERROR
   */
  async update(exchangeId: string, change: UpdateExchangeRequest, versions: readonly number[] | null = null, by: Actor = SETUP): Promise<VersionedExchange> {
    const updated = await this.#deps.transaction(async (tables) => {
      const row = await tables.partners.find(exchangeId, true);
      if (!row) throw new AppError('EXCHANGE_NOT_FOUND');
      if (versions && !versions.includes(row.version)) throw new AppError('EXCHANGE_CHANGED');
      const after = { ...settingsOf(row), ...canonicalSettings(change) };
      await requireFitting(after, tables);
      const difference = settingsChange(settingsOf(row), after);
      if (difference) {
        if (!(await tables.partners.updateSettings(exchangeId, columnsOf(difference.after), versions))) throw new AppError('EXCHANGE_CHANGED');
        await tables.audit({ actor: by, action: 'exchange.updated', subject: subjectOf(exchangeId), ...difference });
      }
      return requireExchange(tables, exchangeId);
    });
    await this.#deps.changed();
    return updated;
  }

  /** From the statement that sees it on, no token is issued; other nodes hear of it within a second (design 5.6). @throws AppError EXCHANGE_NOT_FOUND */
  async suspend(exchangeId: string, reason?: string, by: Actor = SETUP): Promise<ExchangeView> {
    return this.#setStatus(exchangeId, 'suspended', reason, by);
  }

  /** @throws AppError EXCHANGE_NOT_FOUND */
  async reopen(exchangeId: string, reason?: string, by: Actor = SETUP): Promise<ExchangeView> {
    return this.#setStatus(exchangeId, 'active', reason, by);
  }

  async #setStatus(exchangeId: string, status: ExchangeRow['status'], reason: string | undefined, by: Actor): Promise<ExchangeView> {
    const exchange = await this.#deps.transaction(async (tables) => {
      if (await tables.partners.setStatus(exchangeId, status)) {
        const [action, before] = status === 'suspended' ? ['exchange.suspended', 'active'] : ['exchange.reopened', 'suspended'];
        await tables.audit({ actor: by, action, subject: subjectOf(exchangeId), reason, before: { status: before }, after: { status } });
      }
      return (await requireExchange(tables, exchangeId)).exchange;
    });
    await this.#deps.changed();
    return exchange;
  }

  find(exchangeId: string): Partner | undefined {
    return this.#deps.partners.find(exchangeId);
  }

  /** @throws AppError EXCHANGE_NOT_FOUND */
  require(exchangeId: string): Partner {
    const partner = this.#deps.partners.find(exchangeId);
    if (!partner) throw new AppError('EXCHANGE_NOT_FOUND');
    return partner;
  }

  credentials(apiKey: string): PartnerCredentials | undefined {
    return this.#deps.partners.findCredentials(apiKey);
  }

  /** For a key or secret that is not known here, and may be a moment old on another node. */
  lookAgain(): Promise<void> {
    return this.#deps.partners.lookAgain();
  }

  /** RFC 7517. Empty for a partner on HS256, whose secret is never published. */
  jwks(exchangeId: string): { keys: readonly Record<string, unknown>[] } {
    return { keys: this.require(exchangeId).jwks };
  }

  /**
   * spec/1 §6's JSON, and what the widget needs to trade.
   * @param origin the page's Origin header, if it sent one
   * @throws AppError EXCHANGE_NOT_FOUND, PARTNER_SUSPENDED, ORIGIN_NOT_ALLOWED
   */
  widgetConfig(exchangeId: string, origin: string | undefined): { body: string; etag: string } {
    const partner = this.require(exchangeId);
    requireActive(partner);
    requireOrigin(partner, origin);
    const { order, orderStatus, balance, orderbookUrl } = partner.endpoints;
    const { primaryColor, backgroundColor, textColor, fontFamily } = partner.theme;
    const { showPnl, allowMarketOrders } = partner.features;
    const body = JSON.stringify({
      theme: { primaryColor, backgroundColor, textColor, fontFamily },
      features: { showPnl, allowMarketOrders },
      exchangeId: partner.exchange_id,
      name: partner.name,
      identityMode: partner.identity_mode,
      locale: partner.locale,
      symbols: [...partner.symbols.values()],
      orderEndpoint: order ?? null,
      orderStatusEndpoint: orderStatus ?? null,
      balanceEndpoint: balance ?? null,
      orderbookUrl: orderbookUrl ?? null,
      socketUrl: `${this.#deps.publicUrl.replace(/^http/, 'ws')}/widget`,
      fee: partner.trader_fee,
    });
    return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
  }
}

export const subjectOf = (exchangeId: string): { kind: string; id: string } => ({ kind: 'exchange', id: exchangeId });

async function requireExchange(tables: PartnerTables, exchangeId: string): Promise<VersionedExchange> {
  const found = await readExchange(tables, exchangeId);
  if (!found) throw new AppError('EXCHANGE_NOT_FOUND');
  return found;
}

/** @throws AppError VALIDATION_ERROR, under the API's names */
async function requireFitting(settings: PartnerSettings, { partners }: PartnerTables): Promise<void> {
  const fields = settingsProblems(settings);
  if (Object.keys(fields).length > 0) throw new AppError('VALIDATION_ERROR', { fields });
  if ((await partners.findFeeRate(settings.feeSchedule)) === null) throw invalidField('feeSchedule', 'There is no fee schedule of this version.');
}

export function requireActive(partner: Partner): void {
  if (partner.status !== 'active') throw new AppError('PARTNER_SUSPENDED');
}

/** A program sends no Origin and is judged by its session alone; a page must be on the partner's list (spec/1, attack 18). */
export function requireOrigin(partner: Partner, origin: string | undefined): void {
  if (origin !== undefined && !partner.allowedOrigins.has(origin)) throw new AppError('ORIGIN_NOT_ALLOWED');
}
