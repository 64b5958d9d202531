import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { JoinedRefresh } from '../../domain/joined-refresh.ts';
import type { SizeRules } from '../../domain/matching/market-rules.ts';
import { sizeRulesOf } from '../../domain/partner-market.ts';
import { feeRateFrom, type FeeRate } from '../../domain/fee.ts';
import type { ReportKey } from '../../domain/report-signature.ts';
import type { SecretBox } from '../../domain/secret-box.ts';
import type { WidgetSymbol } from '../../domain/partner-settings.ts';
import type { CredentialRow, ExchangeRow, KeyRow, PartnersRepository, ReportKeyRow } from './partners.repository.ts';

export interface TradeTokenKey {
  readonly kid: string;
  readonly algorithm: 'HS256' | 'ES256';
  readonly signKey: KeyObject;
  readonly verifyKey: KeyObject;
}

export interface PartnerCredentials {
  readonly apiKey: string;
  readonly exchangeId: string;
  readonly apiSecret: string;
}

export interface Partner extends Omit<ExchangeRow, 'symbols' | 'allowed_origins' | 'fee_rate'> {
  readonly symbols: ReadonlyMap<string, WidgetSymbol>;
  /** What its markets ask of an order, by symbol. */
  readonly sizeRules: ReadonlyMap<string, SizeRules>;
  readonly allowedOrigins: ReadonlySet<string>;
  readonly feeRate: FeeRate;
  /** Signs new tokens. `null` while a partner has no active key. */
  readonly signingKey: TradeTokenKey | null;
  /** Upcoming, active and retiring ones, by kid. */
  readonly keys: ReadonlyMap<string, TradeTokenKey>;
  /** Public halves of the ES256 ones. */
  readonly jwks: readonly Record<string, unknown>[];
  /** Verify user tokens: the active one, then the retiring ones. */
  readonly sessionSecrets: readonly KeyObject[];
  /** Signs its execution reports; the partner alone holds the other half. */
  readonly reportKey: ReportKey | null;
}

interface Snapshot {
  readonly partners: ReadonlyMap<string, Partner>;
  readonly credentials: ReadonlyMap<string, PartnerCredentials>;
  readonly origins: ReadonlySet<string>;
}

const LOOK_AGAIN_EVERY_MS = 1_000;
const EMPTY: Snapshot = { partners: new Map(), credentials: new Map(), origins: new Set() };

/**
 * Every partner with its keys, in memory, so that no query runs before a token is signed (design 5.6). Refreshed when the database
 * notifies; the statement that records a token decides again whether partner and key are still active.
 */
export class PartnersState {
  readonly #repository: PartnersRepository;
  readonly #box: SecretBox;
  readonly #onBad: (exchangeId: string, error: unknown) => void;
  readonly #clock: () => number;
  #snapshot: Snapshot = EMPTY;
  #loaded = false;
  readonly #refresh = new JoinedRefresh(() => this.#load());
  #lookedAt = -Infinity;
  // Parsing a key costs far more than finding it, and most keys outlive most refreshes.
  #keyCache = new Map<string, TradeTokenKey>();

  /**
   * @param onBad told of each partner that is left out because one of its secrets does not open
   * @param clock milliseconds, monotonic
   */
  constructor(repository: PartnersRepository, box: SecretBox, onBad: (exchangeId: string, error: unknown) => void, clock: () => number) {
    this.#repository = repository;
    this.#box = box;
    this.#onBad = onBad;
    this.#clock = clock;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  find(exchangeId: string): Partner | undefined {
    return this.#snapshot.partners.get(exchangeId);
  }

  findCredentials(apiKey: string): PartnerCredentials | undefined {
    return this.#snapshot.credentials.get(apiKey);
  }

  isPartnerOrigin(origin: string): boolean {
    return this.#snapshot.origins.has(origin);
  }

  refresh(): Promise<void> {
    return this.#refresh.run();
  }

  /** A refresh, at most once a second: unknown names are free to invent. One that is under way is waited for. */
  async lookAgain(): Promise<void> {
    if (this.#refresh.isUnderWay) return this.refresh();
    if (this.#clock() - this.#lookedAt < LOOK_AGAIN_EVERY_MS) return;
    this.#lookedAt = this.#clock();
    return this.refresh();
  }

  async #load(): Promise<void> {
    const { exchanges, keys, credentials, reportKeys } = await this.#repository.loadAll();
    this.#snapshot = this.#build(exchanges, keys, credentials, reportKeys);
    this.#loaded = true;
  }

  /** One partner whose secrets do not open is left out and named; the others go on, and what was revoked stays revoked. */
  #build(exchanges: ExchangeRow[], keyRows: KeyRow[], credentialRows: CredentialRow[], reportKeyRows: ReportKeyRow[]): Snapshot {
    const keys = new Map<string, TradeTokenKey>();
    const partners = new Map<string, Partner>();
    const credentials = new Map<string, PartnerCredentials>();
    for (const exchange of exchanges) {
      const ownKeys = keyRows.filter((row) => row.exchange_id === exchange.exchange_id);
      const ownCredentials = credentialRows.filter((row) => row.exchange_id === exchange.exchange_id);
      try {
        for (const row of ownKeys) keys.set(row.kid, this.#keyCache.get(row.kid) ?? this.#openKey(row));
        const opened = ownCredentials.map((row) => this.#openCredentials(row));
        partners.set(exchange.exchange_id, {
          ...toPartner(exchange, ownKeys, keys, opened.map(({ sessionSecret }) => sessionSecret)),
          reportKey: toReportKey(reportKeyRows.find((row) => row.exchange_id === exchange.exchange_id)),
        });
        for (const { credential } of opened) credentials.set(credential.apiKey, credential);
      } catch (error) {
        this.#onBad(exchange.exchange_id, error);
      }
    }
    this.#keyCache = keys;
    return { partners, credentials, origins: new Set(exchanges.flatMap((exchange) => exchange.allowed_origins)) };
  }

  #openCredentials(row: CredentialRow): { credential: PartnerCredentials; sessionSecret: KeyObject } {
    return {
      credential: { apiKey: row.api_key, exchangeId: row.exchange_id, apiSecret: this.#open(row.api_secret_sealed, 'api-secret', row.api_key) },
      sessionSecret: createSecretKey(Buffer.from(this.#open(row.session_secret_sealed, 'session-secret', row.api_key))),
    };
  }

  #openKey(row: KeyRow): TradeTokenKey {
    const secret = this.#open(row.secret_sealed, 'trade-token-key', row.kid);
    const signKey = row.algorithm === 'HS256' ? createSecretKey(Buffer.from(secret)) : createPrivateKey(secret);
    const verifyKey = row.algorithm === 'HS256' ? signKey : createPublicKey(signKey);
    return { kid: row.kid, algorithm: row.algorithm, signKey, verifyKey };
  }

  #open(sealed: string, what: string, whose: string): string {
    const opened = this.#box.open(sealed, [what, whose]);
    if (opened === null) throw new Error(`The ${what} of ${whose} does not open with ENCRYPTION_KEY. Was the key changed without ENCRYPTION_KEY_PREVIOUS?`);
    return opened;
  }
}

function toPartner(exchange: ExchangeRow, rows: readonly KeyRow[], keys: ReadonlyMap<string, TradeTokenKey>, sessionSecrets: readonly KeyObject[]): Omit<Partner, 'reportKey'> {
  const active = rows.find((row) => row.state === 'active');
  return {
    ...exchange,
    symbols: new Map(exchange.symbols.map((symbol) => [symbol.symbol, symbol])),
    sizeRules: new Map(exchange.symbols.map((symbol) => [symbol.symbol, sizeRulesOf(symbol)])),
    allowedOrigins: new Set(exchange.allowed_origins),
    feeRate: feeRateFrom(exchange.fee_rate),
    signingKey: active ? keys.get(active.kid)! : null,
    keys: new Map(rows.map((row) => [row.kid, keys.get(row.kid)!])),
    jwks: rows.flatMap((row) => (row.public_jwk ? [row.public_jwk] : [])),
    sessionSecrets,
  };
}

function toReportKey(row: ReportKeyRow | undefined): ReportKey | null {
  return row ? { kid: row.kid, publicKey: createPublicKey({ key: row.public_jwk, format: 'jwk' }) } : null;
}
