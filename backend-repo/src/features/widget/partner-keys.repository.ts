import type { Sql } from '../../db/connection.ts';
import type { CredentialRow, KeyRow } from './partners.repository.ts';

export interface KeyLifeRow {
  kid: string;
  algorithm: 'HS256' | 'ES256';
  state: 'upcoming' | 'active' | 'retiring' | 'retired';
  created_at: Date;
  activates_at: Date | null;
  overlap_seconds: number | null;
  retires_at: Date | null;
}

export interface CredentialLifeRow {
  api_key: string;
  state: 'active' | 'retiring' | 'retired';
  created_at: Date;
  retires_at: Date | null;
}

export interface ReportKeyLifeRow {
  kid: string;
  public_jwk: Record<string, unknown>;
  created_at: Date;
}

export type NewKey = Omit<KeyRow, 'state'>;

const LISTED_MAX = 20;
const KEY_COLUMNS = ['kid', 'algorithm', 'state', 'created_at', 'activates_at', 'overlap_seconds', 'retires_at'];
const CREDENTIAL_COLUMNS = ['api_key', 'state', 'created_at', 'retires_at'];

/** The keys and credentials of partners through their lives. Whoever changes them holds the partner's row (`PartnersRepository.find` with lock). */
export class PartnerKeysRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** All that work, and the last of those that did. */
  async listKeys(exchangeId: string): Promise<KeyLifeRow[]> {
    const inUse = this.#sql.raw("state = 'retired'");
    return (await this.#sql('widget.exchange_keys').where('exchange_id', exchangeId).select(KEY_COLUMNS).orderBy([{ column: inUse }, { column: 'created_at', order: 'desc' }]).limit(LISTED_MAX)) as KeyLifeRow[];
  }

  async listCredentials(exchangeId: string): Promise<CredentialLifeRow[]> {
    const inUse = this.#sql.raw("state = 'retired'");
    return (await this.#sql('widget.exchange_credentials').where('exchange_id', exchangeId).select(CREDENTIAL_COLUMNS).orderBy([{ column: inUse }, { column: 'created_at', order: 'desc' }]).limit(LISTED_MAX)) as CredentialLifeRow[];
  }

  async findReportKey(exchangeId: string): Promise<ReportKeyLifeRow | null> {
    return ((await this.#sql('widget.report_keys').where({ exchange_id: exchangeId, state: 'active' }).first('kid', 'public_jwk', 'created_at')) as ReportKeyLifeRow | undefined) ?? null;
  }

  async insertKey(key: NewKey): Promise<void> {
    await this.#sql('widget.exchange_keys').insert(keyRow(key));
  }

  /** False when another one is waiting. @param activatesAt milliseconds since 1970 */
  async insertUpcomingKey(key: NewKey, activatesAt: number, overlapSeconds: number): Promise<boolean> {
    const inserted = await this.#sql('widget.exchange_keys')
      .insert({ ...keyRow(key), state: 'upcoming', activates_at: new Date(activatesAt), overlap_seconds: overlapSeconds })
      .onConflict(this.#sql.raw(`(exchange_id) where state = 'upcoming'`) as never)
      .ignore()
      .returning('kid');
    return inserted.length === 1;
  }

  /** The waiting key, when its time has come by `at`. Any time will do when `at` is left out. */
  async findUpcomingKey(exchangeId: string, at?: number): Promise<KeyLifeRow | null> {
    const upcoming = this.#sql('widget.exchange_keys').where({ exchange_id: exchangeId, state: 'upcoming' });
    if (at !== undefined) void upcoming.where('activates_at', '<=', new Date(at));
    return ((await upcoming.first(KEY_COLUMNS)) as KeyLifeRow | undefined) ?? null;
  }

  /** The key that signs stops signing; with an overlap of 0 it and all before it stop verifying too. */
  async stepDown(exchangeId: string, at: number, overlapSeconds: number): Promise<void> {
    const ends = { ...(overlapSeconds === 0 ? { state: 'retired', retired_at: new Date(at) } : { state: 'retiring', retires_at: new Date(at + overlapSeconds * 1000) }), retiring_at: new Date(at) };
    await this.#sql('widget.exchange_keys').where('exchange_id', exchangeId).whereIn('state', overlapSeconds === 0 ? ['active', 'retiring'] : ['active']).update(ends);
  }

  /** True when it was waiting. */
  async activate(kid: string): Promise<boolean> {
    return (await this.#sql('widget.exchange_keys').where({ kid, state: 'upcoming' }).update({ state: 'active' })) === 1;
  }

  async dropUpcomingKey(exchangeId: string, at: number): Promise<void> {
    await this.#sql('widget.exchange_keys').where({ exchange_id: exchangeId, state: 'upcoming' }).update({ state: 'retired', retired_at: new Date(at) });
  }

  /** How many verify, or will. */
  async countKeys(exchangeId: string): Promise<number> {
    return this.#count('widget.exchange_keys', exchangeId);
  }

  async countCredentials(exchangeId: string): Promise<number> {
    return this.#count('widget.exchange_credentials', exchangeId);
  }

  async insertCredentials(credentials: Omit<CredentialRow, 'state'>): Promise<void> {
    await this.#sql('widget.exchange_credentials').insert(credentials);
  }

  async retireCredentials(exchangeId: string, at: number, overlapSeconds: number): Promise<void> {
    const ends = overlapSeconds === 0 ? { state: 'retired', retired_at: new Date(at) } : { state: 'retiring', retires_at: new Date(at + overlapSeconds * 1000) };
    await this.#sql('widget.exchange_credentials').where('exchange_id', exchangeId).whereIn('state', overlapSeconds === 0 ? ['active', 'retiring'] : ['active']).update(ends);
  }

  /** A key that was registered before is taken up again. */
  async replaceReportKey(exchangeId: string, key: { kid: string; jwk: object } | null, at: number): Promise<void> {
    await this.#sql('widget.report_keys').where({ exchange_id: exchangeId, state: 'active' }).update({ state: 'retired', retired_at: new Date(at) });
    if (!key) return;
    await this.#sql('widget.report_keys')
      .insert({ exchange_id: exchangeId, kid: key.kid, public_jwk: JSON.stringify(key.jwk) })
      .onConflict(['exchange_id', 'kid'])
      .merge({ state: 'active', retired_at: null });
  }

  /** Partners with a key or credentials whose time has come. */
  async listDue(at: number, limit: number): Promise<string[]> {
    const { rows } = (await this.#sql.raw(
      `select exchange_id from widget.exchange_keys where (state = 'upcoming' and activates_at <= :at) or (state = 'retiring' and retires_at <= :at)
       union select exchange_id from widget.exchange_credentials where state = 'retiring' and retires_at <= :at
       order by exchange_id limit :limit`,
      { at: new Date(at), limit },
    )) as unknown as { rows: { exchange_id: string }[] };
    return rows.map((row) => row.exchange_id);
  }

  /** @returns the kids that no longer verify */
  async retireDueKeys(exchangeId: string, at: number): Promise<string[]> {
    const rows = (await this.#sql('widget.exchange_keys')
      .where({ exchange_id: exchangeId, state: 'retiring' }).where('retires_at', '<=', new Date(at))
      .update({ state: 'retired', retired_at: new Date(at) })
      .returning('kid')) as { kid: string }[];
    return rows.map(({ kid }) => kid);
  }

  /** @returns the API keys that no longer work */
  async retireDueCredentials(exchangeId: string, at: number): Promise<string[]> {
    const rows = (await this.#sql('widget.exchange_credentials')
      .where({ exchange_id: exchangeId, state: 'retiring' }).where('retires_at', '<=', new Date(at))
      .update({ state: 'retired', retired_at: new Date(at) })
      .returning('api_key')) as { api_key: string }[];
    return rows.map((row) => row.api_key);
  }

  async #count(table: string, exchangeId: string): Promise<number> {
    const row = (await this.#sql(table).where('exchange_id', exchangeId).whereNot('state', 'retired').first(this.#sql.raw('count(*)::int as count'))) as { count: number };
    return row.count;
  }
}

const keyRow = (key: NewKey): object => ({ ...key, public_jwk: key.public_jwk === null ? null : JSON.stringify(key.public_jwk) });
