import type { KeyObject } from 'node:crypto';
import { exchangeUserIdProblem } from '../../domain/trade-token.ts';
import { AppError, invalidField } from '../../errors.ts';
import type { Partner } from './partners.state.ts';
import { requireActive, requireOrigin } from './partners.service.ts';
import type { TradeTokensRepository } from './trade-tokens.repository.ts';
import type { SessionRequest } from './widget.schema.ts';

/** A widget session: which user of which partner trades. In signed mode the partner's signature proves it; in label mode nothing does. */
export interface WidgetSession {
  readonly exchangeId: string;
  readonly exchangeUserId: string;
  readonly identityMode: 'signed' | 'label';
}

type Claims = Record<string, unknown>;
type Verdict = { ok: true; claims: Claims } | { ok: false; reason: 'invalid' | 'expired' };

export interface SessionsDeps {
  readonly requirePartner: (exchangeId: string) => Partner;
  /** Has the partners follow the database, at most once a second. */
  readonly lookAgain: () => Promise<void>;
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
   * A session of five minutes, for the user token that the partner's backend signed (it works once) or, in label mode, for a bare name.
   * @throws AppError EXCHANGE_NOT_FOUND, PARTNER_SUSPENDED, ORIGIN_NOT_ALLOWED, USER_TOKEN_INVALID, USER_TOKEN_SPENT, USER_TOKEN_REQUIRED,
   *   VALIDATION_ERROR
   */
  async open(request: SessionRequest, origin: string | undefined): Promise<{ sessionToken: string; expiresIn: number }> {
    const nowSeconds = Math.floor(this.#deps.now() / 1000);
    const partner = this.#deps.requirePartner(request.exchangeId);
    requireActive(partner);
    requireOrigin(partner, origin);
    const session = request.userToken === undefined
      ? readLabel(partner, request.exchangeUserId, origin)
      : await this.#spendUserToken(partner, request.userToken, nowSeconds);
    const sessionToken = this.#deps.signSession({
      iss: this.#deps.issuer,
      aud: 'widget',
      sub: session.exchangeUserId,
      exchangeId: session.exchangeId,
      identityMode: session.identityMode,
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

  async #spendUserToken(partner: Partner, userToken: string, nowSeconds: number): Promise<WidgetSession> {
    const { exchangeUserId, jti, exp } = readUserClaims(await this.#verifyUserToken(partner, userToken, nowSeconds), nowSeconds);
    // Remembered a little longer than it could still be accepted.
    if (!(await this.#deps.repository.useUserToken(partner.exchange_id, jti, exp + CLOCK_LEEWAY_SECONDS + 60))) throw new AppError('USER_TOKEN_SPENT');
    return { exchangeId: partner.exchange_id, exchangeUserId, identityMode: 'signed' };
  }

  /** With the active secret or a retiring one, for the partner may still sign with that; or with one that was made on another node a moment ago. */
  async #verifyUserToken(partner: Partner, userToken: string, nowSeconds: number): Promise<Claims> {
    const verify = ({ sessionSecrets, exchange_id }: Partner): Claims | null => {
      const verdict = sessionSecrets.map((secret) => this.#deps.verifyUserToken(userToken, secret, exchange_id, nowSeconds)).find(({ ok }) => ok);
      return verdict?.ok ? verdict.claims : null;
    };
    const known = verify(partner);
    if (known) return known;
    await this.#deps.lookAgain();
    const claims = verify(this.#deps.requirePartner(partner.exchange_id));
    if (!claims) throw new AppError('USER_TOKEN_INVALID');
    return claims;
  }
}

function readUserClaims({ sub, jti, exp }: Claims, nowSeconds: number): { exchangeUserId: string; jti: string; exp: number } {
  const refuse = (claim: string, message: string): AppError => new AppError('USER_TOKEN_INVALID', { fields: { [`userToken.${claim}`]: message } });
  if (typeof jti !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(jti)) throw refuse('jti', 'Use 1 to 128 visible ASCII characters, new for each token.');
  if (typeof exp !== 'number' || exp - nowSeconds > USER_TOKEN_SECONDS_MAX + CLOCK_LEEWAY_SECONDS) throw refuse('exp', 'Must be at most 5 minutes ahead.');
  const problem = typeof sub === 'string' ? exchangeUserIdProblem(sub) : 'Is missing.';
  if (problem !== null) throw refuse('sub', problem);
  return { exchangeUserId: sub as string, jti, exp };
}

/** Anyone can type a name, so it opens nothing but what the partner's own pages ask for. */
function readLabel(partner: Partner, exchangeUserId: string, origin: string | undefined): WidgetSession {
  requireLabelPage(partner, origin);
  const problem = exchangeUserIdProblem(exchangeUserId);
  if (problem !== null) throw invalidField('exchangeUserId', problem);
  return { exchangeId: partner.exchange_id, exchangeUserId, identityMode: 'label' };
}

/**
 * Label mode is for the partners that are in it, and for pages: a program has no business there. Whether the page is on the list is
 * `requireOrigin`'s to say.
 * @throws AppError USER_TOKEN_REQUIRED, ORIGIN_NOT_ALLOWED
 */
export function requireLabelPage(partner: Partner, origin: string | undefined): void {
  if (partner.identity_mode !== 'label') throw new AppError('USER_TOKEN_REQUIRED');
  if (origin === undefined) throw new AppError('ORIGIN_NOT_ALLOWED');
}
