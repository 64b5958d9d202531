import type { KeyObject } from 'node:crypto';
import { exchangeUserIdProblem } from '../../domain/trade-token.ts';
import { AppError } from '../../errors.ts';
import type { Partner } from './partners.state.ts';
import { requireActive, requireOrigin } from './partners.service.ts';
import type { TradeTokensRepository } from './trade-tokens.repository.ts';

/** A widget session: which user of which partner trades. Proven by the partner's own signature. */
export interface WidgetSession {
  readonly exchangeId: string;
  readonly exchangeUserId: string;
  readonly identityMode: 'signed' | 'label';
}

type Claims = Record<string, unknown>;
type Verdict = { ok: true; claims: Claims } | { ok: false; reason: 'invalid' | 'expired' };

export interface SessionsDeps {
  readonly requirePartner: (exchangeId: string) => Partner;
  readonly repository: Pick<TradeTokensRepository, 'useUserToken'>;
  readonly verifyUserToken: (token: string, secret: KeyObject, exchangeId: string, nowSeconds: number) => Verdict;
  readonly signSession: (claims: object) => string;
  readonly verifySession: (token: string, nowSeconds: number) => Verdict;
  readonly cache: { get: (token: string, now: number) => WidgetSession | undefined; set: (token: string, session: WidgetSession, expiresAt: number) => void };
  readonly now: () => number;
  readonly newId: () => string;
  readonly issuer: string;
}

export const SESSION_SECONDS = 300;
export const USER_TOKEN_SECONDS_MAX = 300;
const CLOCK_LEEWAY_SECONDS = 2;

export class SessionsService {
  readonly #deps: SessionsDeps;

  constructor(deps: SessionsDeps) {
    this.#deps = deps;
  }

  /**
   * Trades the user token that the partner's backend signed for a session of five minutes. The user token works once.
   * @throws AppError EXCHANGE_NOT_FOUND, PARTNER_SUSPENDED, ORIGIN_NOT_ALLOWED, USER_TOKEN_INVALID, USER_TOKEN_SPENT
   */
  async open(exchangeId: string, userToken: string, origin: string | undefined): Promise<{ sessionToken: string; expiresIn: number }> {
    const nowSeconds = Math.floor(this.#deps.now() / 1000);
    const partner = this.#deps.requirePartner(exchangeId);
    requireActive(partner);
    requireOrigin(partner, origin);
    const user = this.#readUserToken(partner, userToken, nowSeconds);
    // Remembered a little longer than it could still be accepted.
    if (!(await this.#deps.repository.useUserToken(exchangeId, user.jti, user.exp + CLOCK_LEEWAY_SECONDS + 60))) throw new AppError('USER_TOKEN_SPENT');
    const sessionToken = this.#deps.signSession({
      iss: this.#deps.issuer,
      aud: 'widget',
      sub: user.exchangeUserId,
      exchangeId,
      identityMode: 'signed',
      jti: this.#deps.newId(),
      iat: nowSeconds,
      exp: nowSeconds + SESSION_SECONDS,
    });
    return { sessionToken, expiresIn: SESSION_SECONDS };
  }

  /** @throws AppError SESSION_INVALID */
  read(sessionToken: string): WidgetSession {
    const nowSeconds = Math.floor(this.#deps.now() / 1000);
    const known = this.#deps.cache.get(sessionToken, nowSeconds);
    if (known) return known;
    const verdict = this.#deps.verifySession(sessionToken, nowSeconds);
    if (!verdict.ok) throw new AppError('SESSION_INVALID');
    const { exchangeId, sub, identityMode, exp } = verdict.claims;
    const session: WidgetSession = { exchangeId: exchangeId as string, exchangeUserId: sub as string, identityMode: identityMode as 'signed' | 'label' };
    this.#deps.cache.set(sessionToken, session, exp as number);
    return session;
  }

  #readUserToken(partner: Partner, userToken: string, nowSeconds: number): { exchangeUserId: string; jti: string; exp: number } {
    // During a rotation the partner may still sign with its retiring secret.
    const verdicts = partner.sessionSecrets.map((secret) => this.#deps.verifyUserToken(userToken, secret, partner.exchange_id, nowSeconds));
    const verdict = verdicts.find(({ ok }) => ok);
    if (!verdict?.ok) throw new AppError('USER_TOKEN_INVALID');
    const { sub, jti, exp } = verdict.claims;
    const refuse = (claim: string, message: string): AppError => new AppError('USER_TOKEN_INVALID', { fields: { [`userToken.${claim}`]: message } });
    if (typeof jti !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(jti)) throw refuse('jti', 'Use 1 to 128 visible ASCII characters, new for each token.');
    if (typeof exp !== 'number' || exp - nowSeconds > USER_TOKEN_SECONDS_MAX + CLOCK_LEEWAY_SECONDS) throw refuse('exp', 'Must be at most 5 minutes ahead.');
    const problem = typeof sub === 'string' ? exchangeUserIdProblem(sub) : 'Is missing.';
    if (problem !== null) throw refuse('sub', problem);
    return { exchangeUserId: sub as string, jti, exp };
  }
}
