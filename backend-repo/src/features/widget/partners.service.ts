import { createHash, generateKeyPairSync } from 'node:crypto';
import { SEAL_RANDOM_BYTES, type SecretBox } from '../../domain/secret-box.ts';
import { AppError } from '../../errors.ts';
import type { ExchangeRow, NewExchange, PartnersRepository } from './partners.repository.ts';
import type { Partner, PartnerCredentials, PartnersState } from './partners.state.ts';

export interface PartnersDeps {
  readonly partners: PartnersState;
  readonly repository: PartnersRepository;
  readonly transaction: <T>(work: (repository: PartnersRepository) => Promise<T>) => Promise<T>;
  readonly box: SecretBox;
  readonly randomBytes: (bytes: number) => Buffer;
  readonly publicUrl: string;
}

/** Shown once, when made. */
export interface PartnerSecrets {
  readonly exchangeId: string;
  readonly algorithm: 'HS256' | 'ES256';
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly sessionSecret: string;
  /** HS256 only. Used as the text it is, like the other secrets: nothing is decoded. */
  readonly tokenSecret?: string;
}

/** Partner exchanges: who they are, how their widget looks, and what signs their tokens. */
export class PartnersService {
  readonly #deps: PartnersDeps;

  constructor(deps: PartnersDeps) {
    this.#deps = deps;
  }

  /**
   * A partner with its first key and credentials, all or nothing.
   * @throws AppError VALIDATION_ERROR when the id is taken
   */
  async create(exchange: NewExchange, algorithm: 'HS256' | 'ES256'): Promise<PartnerSecrets> {
    const secrets = this.#newCredentials(exchange.exchange_id, algorithm);
    const key = algorithm === 'HS256' ? this.#newSharedKey() : this.#newKeyPair();
    await this.#deps.transaction(async (repository) => {
      if (!(await repository.insertExchange(exchange))) {
        throw new AppError('VALIDATION_ERROR', { fields: { exchangeId: 'Another partner has this id.' } });
      }
      await repository.insertKey({ kid: key.kid, exchange_id: exchange.exchange_id, algorithm, secret_sealed: this.#seal(key.secret, 'trade-token-key', key.kid), public_jwk: key.publicJwk });
      await repository.insertCredentials({
        api_key: secrets.apiKey,
        exchange_id: exchange.exchange_id,
        api_secret_sealed: this.#seal(secrets.apiSecret, 'api-secret', secrets.apiKey),
        session_secret_sealed: this.#seal(secrets.sessionSecret, 'session-secret', secrets.apiKey),
      });
    });
    await this.#deps.partners.refresh();
    return { ...secrets, ...(algorithm === 'HS256' && { tokenSecret: key.secret }) };
  }

  /** Where the partner's widget may stand and where it sends orders. */
  async moveEndpoints(exchangeId: string, change: Partial<Pick<ExchangeRow, 'allowed_origins' | 'endpoints'>>): Promise<void> {
    await this.#deps.repository.updateEndpoints(exchangeId, change);
    await this.#deps.partners.refresh();
  }

  /** From the statement that sees it on, no token is issued; other nodes hear of it within a second (design 5.6). */
  async suspend(exchangeId: string): Promise<void> {
    await this.#deps.repository.updateStatus(exchangeId, 'suspended');
    await this.#deps.partners.refresh();
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

  #newCredentials(exchangeId: string, algorithm: 'HS256' | 'ES256'): Omit<PartnerSecrets, 'tokenSecret'> {
    const secret = (): string => this.#deps.randomBytes(32).toString('base64url');
    return { exchangeId, algorithm, apiKey: `pk_${this.#deps.randomBytes(12).toString('hex')}`, apiSecret: secret(), sessionSecret: secret() };
  }

  #newSharedKey(): { kid: string; secret: string; publicJwk: null } {
    return { kid: this.#newKid(), secret: this.#deps.randomBytes(32).toString('base64url'), publicJwk: null };
  }

  #newKeyPair(): { kid: string; secret: string; publicJwk: Record<string, unknown> } {
    const kid = this.#newKid();
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const secret = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    return { kid, secret, publicJwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' } };
  }

  #newKid(): string {
    return `tk_${this.#deps.randomBytes(9).toString('base64url')}`;
  }

  #seal(secret: string, what: string, whose: string): string {
    return this.#deps.box.seal(secret, [what, whose], this.#deps.randomBytes(SEAL_RANDOM_BYTES));
  }
}

export function requireActive(partner: Partner): void {
  if (partner.status !== 'active') throw new AppError('PARTNER_SUSPENDED');
}

/** A program sends no Origin and is judged by its session alone; a page must be on the partner's list (spec/1, attack 18). */
export function requireOrigin(partner: Partner, origin: string | undefined): void {
  if (origin !== undefined && !partner.allowedOrigins.has(origin)) throw new AppError('ORIGIN_NOT_ALLOWED');
}
