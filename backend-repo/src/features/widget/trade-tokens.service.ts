import type { TokenLimits } from '../../config-limits.ts';
import { feeDue } from '../../domain/execution-report.ts';
import { feeRateFrom } from '../../domain/fee.ts';
import { amountFrom, formatAmount } from '../../domain/money.ts';
import { readTradeTokenClaims, tradeFingerprint, type Trade, type TradeTokenClaims } from '../../domain/trade-token.ts';
import { AppError } from '../../errors.ts';
import { feeAsset, quoteAssetOf } from './fees.service.ts';
import { secondsLeftOfDay, type LabelCap, type LabelPlace } from './label-caps.state.ts';
import type { OpenTokenCap } from './open-tokens.state.ts';
import { requireActive } from './partners.service.ts';
import type { Partner, TradeTokenKey } from './partners.state.ts';
import type { WidgetSession } from './sessions.service.ts';
import { admit, marketRefusal } from './token-admission.service.ts';
import { tradeOf, type KeyedToken, type LedgerRow, type TokenLifeRow, type TokenLivesRepository, type TradeTokensRepository } from './trade-tokens.repository.ts';
import type { TokenRequest } from './widget.schema.ts';

export interface IssuedToken {
  readonly token: string;
  readonly jti: string;
  readonly expiresAt: string;
  /** Seconds. */
  readonly expiresIn: number;
}

export interface Issued {
  readonly issued: IssuedToken;
  /** The key had its token already: nothing new was issued. */
  readonly repeated: boolean;
}

type Verdict = { ok: true; claims: Record<string, unknown> } | { ok: false; reason: 'invalid' | 'expired' };

export interface TradeTokensDeps {
  readonly requirePartner: (exchangeId: string) => Partner;
  readonly refreshPartners: () => Promise<void>;
  /** The same, at most once a second. */
  readonly lookAgain: () => Promise<void>;
  readonly repository: TradeTokensRepository;
  /** The group commit: resolves after the row's commit with whether it was recorded. */
  readonly record: (row: LedgerRow) => Promise<boolean>;
  readonly openTokens: OpenTokenCap;
  readonly labelCaps: LabelCap;
  readonly limits: TokenLimits;
  readonly sign: (claims: TradeTokenClaims, key: TradeTokenKey) => string;
  /** Signature, type, issuer and audience; not the expiry. */
  readonly verify: (token: string, keyOf: (kid: string) => TradeTokenKey | undefined, exchangeId: string) => Verdict;
  readonly asPartner: <T>(exchangeId: string, work: (lives: TokenLivesRepository) => Promise<T>) => Promise<T>;
  readonly newJti: (now: number) => string;
  readonly now: () => number;
  readonly issuer: string;
  readonly lifeSeconds: number;
}

const UNCAPPED: LabelPlace = { settle: () => undefined };

/** Grace for clocks that differ, when a partner redeems (contract.md: verifier leeway 2 s). */
export const LEEWAY_SECONDS = 2;

/** One-time trade tokens: issued onto the ledger, redeemed once, listed for staff. */
export class TradeTokensService {
  readonly #deps: TradeTokensDeps;
  readonly #inFlight = new Map<string, { fingerprint: string; outcome: Promise<Issued> }>();

  constructor(deps: TradeTokensDeps) {
    this.#deps = deps;
  }

  /**
   * A token for exactly this order, on the ledger before it is answered (design 5.6). The same key and body give the same token again
   * until it expires (design 5.7).
   * @throws AppError SESSION_MISMATCH, PARTNER_SUSPENDED, ORIGIN_NOT_ALLOWED, UNKNOWN_SYMBOL, MARKET_ORDERS_DISABLED, VALIDATION_ERROR,
   *   PRICE_NOT_ON_TICK, PRICE_OUT_OF_RANGE, QUANTITY_NOT_ON_LOT, QUANTITY_TOO_SMALL, QUANTITY_TOO_LARGE, NOTIONAL_TOO_SMALL, IDEMPOTENCY_KEY_REUSED, TOKEN_EXPIRED,
   *   TOO_MANY_OPEN_TOKENS, LABEL_TOKENS_USED_UP, USER_TOKEN_REQUIRED, LEDGER_UNAVAILABLE, OVERLOADED
   */
  issue(session: WidgetSession, request: TokenRequest, idempotencyKey: string, origin: string | undefined): Promise<Issued> {
    const partner = this.#deps.requirePartner(session.exchangeId);
    const trade = admit(partner, session, request, origin);
    const fingerprint = tradeFingerprint(session.exchangeId, session.exchangeUserId, trade);
    const place = `${session.exchangeId} ${session.exchangeUserId} ${idempotencyKey}`;
    const running = this.#inFlight.get(place);
    if (running) {
      if (running.fingerprint !== fingerprint) throw new AppError('IDEMPOTENCY_KEY_REUSED');
      return running.outcome.then(({ issued }) => ({ issued, repeated: true }));
    }
    const refusal = marketRefusal(partner, trade, this.#deps.now());
    if (refusal) return this.#repeatOr(refusal, partner, session, idempotencyKey, fingerprint);
    const outcome = this.#issueNew(partner, session, trade, idempotencyKey, fingerprint, true).finally(() => this.#inFlight.delete(place));
    this.#inFlight.set(place, { fingerprint, outcome });
    return outcome;
  }

  /** A retry of a token that was handed out asks for nothing new, whatever its market has begun to ask for since. */
  async #repeatOr(refusal: AppError, partner: Partner, { exchangeId, exchangeUserId }: WidgetSession, idempotencyKey: string, fingerprint: string): Promise<Issued> {
    const earlier = await this.#findEarlier({ exchangeId, exchangeUserId, idempotencyKey });
    if (!earlier) throw refusal;
    return this.#repeat(partner, earlier, fingerprint);
  }

  async #issueNew(
    partner: Partner, session: WidgetSession, trade: Trade, idempotencyKey: string, fingerprint: string, mayRetry: boolean,
  ): Promise<Issued> {
    const key = partner.signingKey;
    if (!key) return this.#afterRefresh(session, trade, idempotencyKey, fingerprint, mayRetry);
    const capped = session.identityMode === 'label' ? await this.#deps.labelCaps.reserve(session.exchangeId, partner.label_tokens_per_day, this.#deps.now()) : UNCAPPED;
    const row = this.#newRow(session, trade, key.kid, idempotencyKey, fingerprint, quoteAssetOf(partner, trade.symbol));
    const user = `${session.exchangeId} ${session.exchangeUserId}`;
    const { openTokensPerUser } = this.#deps.limits;
    const reserved = capped !== null && this.#deps.openTokens.reserve(user, row.jti, row.expiresAt, this.#deps.now(), openTokensPerUser);
    if (!capped || !(typeof reserved === 'boolean' ? reserved : await reserved)) {
      capped?.settle(false);
      // A retry of a token that was handed out asks for nothing new.
      const earlier = await this.#findEarlier(row);
      if (earlier) return this.#repeat(partner, earlier, fingerprint);
      if (!capped) throw new AppError('LABEL_TOKENS_USED_UP', { retryAfter: secondsLeftOfDay(this.#deps.now()) });
      throw new AppError('TOO_MANY_OPEN_TOKENS', { retryAfter: this.#deps.lifeSeconds });
    }
    const committed = this.#deps.record(row);
    // Signed while the commit is under way. What was not recorded is thrown away unseen.
    const token = this.#sign(row, key);
    let recorded = false;
    try {
      recorded = await committed;
    } finally {
      capped.settle(recorded);
      if (!recorded) this.#deps.openTokens.close(user, row.jti);
    }
    // The statement may have begun before a suspension that this node has heard of since. Nobody has seen the token.
    if (recorded) requireActive(this.#deps.requirePartner(session.exchangeId));
    if (recorded) return { issued: this.#answer(token, row), repeated: false };
    const earlier = await this.#findEarlier(row);
    if (earlier) return this.#repeat(partner, earlier, fingerprint);
    return this.#afterRefresh(session, trade, idempotencyKey, fingerprint, mayRetry);
  }

  /** Partner or key was no longer active. If the key was rotated a moment ago, the new one takes over within the same call. */
  async #afterRefresh(session: WidgetSession, trade: Trade, idempotencyKey: string, fingerprint: string, mayRetry: boolean): Promise<Issued> {
    await this.#deps.refreshPartners();
    const partner = this.#deps.requirePartner(session.exchangeId);
    requireActive(partner);
    if (!partner.signingKey || !mayRetry) throw new AppError('PARTNER_SUSPENDED');
    return this.#issueNew(partner, session, trade, idempotencyKey, fingerprint, false);
  }

  #newRow(session: WidgetSession, trade: Trade, kid: string, idempotencyKey: string, fingerprint: string, quoteAsset: string | null): LedgerRow {
    const issuedAt = this.#deps.now();
    const expiresAt = (Math.floor(issuedAt / 1000) + this.#deps.lifeSeconds) * 1000;
    const { exchangeId, exchangeUserId, identityMode } = session;
    return { jti: this.#deps.newJti(issuedAt), exchangeId, exchangeUserId, identityMode, kid, trade, quoteAsset, issuedAt, expiresAt, idempotencyKey, fingerprint };
  }

  #findEarlier({ exchangeId, exchangeUserId, idempotencyKey }: Pick<LedgerRow, 'exchangeId' | 'exchangeUserId' | 'idempotencyKey'>): Promise<KeyedToken | null> {
    return this.#deps.repository.findByKey(exchangeId, exchangeUserId, idempotencyKey);
  }

  #repeat(partner: Partner, earlier: KeyedToken, fingerprint: string): Issued {
    if (earlier.fingerprint !== fingerprint) throw new AppError('IDEMPOTENCY_KEY_REUSED');
    if (!earlier.partnerActive) throw new AppError('PARTNER_SUSPENDED');
    const key = partner.keys.get(earlier.kid);
    if (earlier.expiresAt <= this.#deps.now() || !key) throw new AppError('TOKEN_EXPIRED');
    return { issued: this.#answer(this.#sign(earlier, key), earlier), repeated: true };
  }

  #sign(row: KeyedToken | LedgerRow, key: TradeTokenKey): string {
    const iat = Math.floor(row.issuedAt / 1000);
    return this.#deps.sign(
      { iss: this.#deps.issuer, aud: row.exchangeId, sub: row.exchangeUserId, jti: row.jti, iat, nbf: iat, exp: row.expiresAt / 1000, trade: row.trade },
      key,
    );
  }

  #answer(token: string, row: { jti: string; expiresAt: number }): IssuedToken {
    const expiresIn = Math.max(0, Math.floor(row.expiresAt / 1000) - Math.floor(this.#deps.now() / 1000));
    return { token, jti: row.jti, expiresAt: new Date(row.expiresAt).toISOString(), expiresIn };
  }

  /**
   * Spends a token for the partner that asks. Exactly one call wins, on any number of nodes.
   * @throws AppError TRADE_TOKEN_INVALID, TRADE_TOKEN_EXPIRED, TRADE_TOKEN_UNKNOWN, TRADE_TOKEN_SPENT (details: the first result)
   */
  async redeem(exchangeId: string, token: string): Promise<{ jti: string; exchangeUserId: string; trade: Trade; redeemedAt: string }> {
    const verdict = await this.#verify(token, exchangeId);
    const claims = verdict.ok ? readTradeTokenClaims(verdict.claims) : null;
    if (!claims) throw new AppError('TRADE_TOKEN_INVALID');
    const now = this.#deps.now();
    if (now / 1000 >= claims.exp + LEEWAY_SECONDS) throw await this.#afterExpiry(claims.jti, exchangeId);
    const { known, won } = await this.#deps.repository.redeem(claims, now);
    if (!known) throw new AppError('TRADE_TOKEN_UNKNOWN');
    if (!won) throw await this.#spent(claims.jti, exchangeId);
    this.#deps.openTokens.close(`${exchangeId} ${claims.sub}`, claims.jti);
    return { jti: claims.jti, exchangeUserId: claims.sub, trade: claims.trade, redeemedAt: new Date(now).toISOString() };
  }

  /** A key we do not know may be one that another node began to sign with a moment ago. */
  async #verify(token: string, exchangeId: string): Promise<Verdict> {
    let known = true;
    const verify = (): Verdict =>
      this.#deps.verify(token, (kid) => {
        const key = this.#deps.requirePartner(exchangeId).keys.get(kid);
        known = key !== undefined;
        return key;
      }, exchangeId);
    const verdict = verify();
    if (known) return verdict;
    await this.#deps.lookAgain();
    return verify();
  }

  /** A lost answer asked for again, late: the first result still counts. */
  async #afterExpiry(jti: string, exchangeId: string): Promise<AppError> {
    const redeemedAt = await this.#deps.repository.findRedemption(jti, exchangeId);
    return redeemedAt ? spentError(jti, redeemedAt) : new AppError('TRADE_TOKEN_EXPIRED');
  }

  async #spent(jti: string, exchangeId: string): Promise<AppError> {
    const redeemedAt = await this.#deps.repository.findRedemption(jti, exchangeId);
    return redeemedAt ? spentError(jti, redeemedAt) : new AppError('TRADE_TOKEN_CHECK_UNAVAILABLE');
  }

  /** A reported token is no longer open. */
  closed(exchangeId: string, exchangeUserId: string, jti: string): void {
    this.#deps.openTokens.close(`${exchangeId} ${exchangeUserId}`, jti);
  }

  /** @throws AppError EXCHANGE_NOT_FOUND */
  async list(exchangeId: string, limit: number, before: string | null): Promise<{ tokens: object[]; nextBefore: string | null }> {
    const partner = this.#deps.requirePartner(exchangeId);
    const rows = await this.#deps.asPartner(exchangeId, (lives) => lives.list(exchangeId, limit + 1, before));
    const page = rows.slice(0, limit);
    return { tokens: page.map((row) => tokenLife(row, partner)), nextBefore: rows.length > limit ? page.at(-1)!.jti : null };
  }
}

function spentError(jti: string, redeemedAt: Date): AppError {
  return new AppError('TRADE_TOKEN_SPENT', { details: { jti, redeemedAt: redeemedAt.toISOString() } });
}

function tokenLife(row: TokenLifeRow, partner: Partner): object {
  const executed = row.execution_quantity === null ? null : { quantity: amountFrom(row.execution_quantity), price: row.execution_price === null ? null : amountFrom(row.execution_price) };
  return {
    jti: row.jti,
    exchangeUserId: row.exchange_user_id,
    identityMode: row.identity_mode,
    algorithm: row.algorithm,
    trade: tradeOf(row),
    status: row.execution_status ?? (row.redeemed_at ? 'redeemed' : 'issued'),
    issuedAt: row.issued_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    redeemedAt: row.redeemed_at?.toISOString() ?? null,
    execution: executed && {
      status: row.execution_status,
      quantity: formatAmount(executed.quantity),
      price: executed.price === null ? null : formatAmount(executed.price),
      orderId: row.order_id,
      executedAt: row.executed_at?.toISOString(),
      reportedAt: row.reported_at?.toISOString(),
      signed: row.signed,
    },
    feeDue: {
      amount: formatAmount(feeDue(executed, feeRateFrom(row.fee_rate))),
      asset: feeAsset(row.quote_asset, row.symbol, partner),
      rate: formatAmount(amountFrom(row.fee_rate)),
    },
  };
}
