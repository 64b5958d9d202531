import type { NonceStore, Refusal, Verifier } from '@our-domain/trade-token-verifier';
import { exchangeUserIdProblem, type Trade } from '../../domain/trade-token.ts';
import { AppError } from '../../errors.ts';

/** A trade token as a request showed it. */
export interface ShownToken {
  readonly token: string;
  /** The user it claims, unverified. */
  readonly claimedUser: string | null;
}

/** One of our users, and the anonymous name under which the widget's operator knows them. */
export interface GateUser {
  readonly userId: number;
  readonly exchangeUserId: string;
}

export interface TradeGateDeps {
  /** The public verifier package with the keys that hold now: this venue checks tokens as every partner does. */
  readonly verifier: () => Promise<Verifier> | Verifier;
  /** Where tokens of this user's orders are spent. */
  readonly noncesFor: (userId: number) => NonceStore;
  readonly exchangeUserIdOf: (userId: number) => string;
  /** The id a token claims, unverified. */
  readonly peekId: (token: string) => string | null;
  readonly findUser: (exchangeUserId: string) => Promise<number | null>;
  readonly onTrouble: (error: unknown, message: string) => void;
}

/** Lets an order through that a trade token allows, once. */
export class TradeGate {
  readonly #deps: TradeGateDeps;

  constructor(deps: TradeGateDeps) {
    this.#deps = deps;
  }

  sessionUser(userId: number): GateUser {
    return { userId, exchangeUserId: this.#deps.exchangeUserIdOf(userId) };
  }

  /** For a request that brings nothing but the token. The name is believed only after `spend` has compared it. @throws AppError TRADE_TOKEN_INVALID */
  async tokenUser({ claimedUser }: ShownToken): Promise<GateUser> {
    const possible = claimedUser !== null && exchangeUserIdProblem(claimedUser) === null;
    const userId = possible ? await this.#deps.findUser(claimedUser) : null;
    if (userId === null) throw new AppError('TRADE_TOKEN_INVALID');
    return { userId, exchangeUserId: claimedUser! };
  }

  /**
   * The order that may be placed, built from the token; or the id of a token that was spent before.
   * @throws AppError TRADE_TOKEN_REQUIRED, TRADE_TOKEN_INVALID, TRADE_TOKEN_EXPIRED, TRADE_TOKEN_MISMATCH, TRADE_TOKEN_CHECK_UNAVAILABLE
   */
  async spend({ token }: ShownToken, request: Trade, { userId, exchangeUserId }: GateUser): Promise<{ jti: string; order: Trade } | { spent: string }> {
    const verifier = await this.#deps.verifier();
    const store = this.#deps.noncesFor(userId);
    const result = await verifier.verify(token, request, { exchangeUserId, store });
    if (result.ok) return { jti: result.jti, order: result.order };
    if (result.code === 'TRADE_TOKEN_SPENT' && result.jti !== undefined) return { spent: result.jti };
    const spentLongAgo = result.reason === 'token_expired' ? await this.#recall(verifier, store, token) : null;
    if (spentLongAgo !== null) return { spent: spentLongAgo };
    throw this.#refused(result);
  }

  /**
   * The verifier looks for a spent token for a minute after its end; the venue's record is kept. "Expired" would sound as if nothing had been
   * placed. Signature, user and order have been compared before a token is called expired.
   */
  async #recall({ exchangeId }: Verifier, store: NonceStore, token: string): Promise<string | null> {
    const jti = this.#deps.peekId(token);
    try {
      return jti !== null && (await store.recall?.({ exchangeId, jti })) ? jti : null;
    } catch (cause) {
      throw new AppError('TRADE_TOKEN_CHECK_UNAVAILABLE', { cause, retryAfter: 1 });
    }
  }

  #refused({ code, reason, field, cause }: Refusal): AppError {
    if (code === 'TRADE_TOKEN_CHECK_UNAVAILABLE') this.#deps.onTrouble(cause, `a trade token could not be checked: ${reason}`);
    return new AppError(code, { ...(field !== undefined && { fields: { [field]: 'Is not what the trade token allows.' } }), cause });
  }
}

export interface VenueNoncesDeps {
  /** Spends the token at its issuer, whatever node asks. */
  readonly redeem: NonceStore['spend'];
  readonly isKnown: (jti: string) => Promise<boolean>;
  /** Puts a token on record; answers with what takes it off, or `null` when it was there. */
  readonly expect: (jti: string, userId: number) => Promise<string | null>;
  readonly forget: (jti: string, mark: string) => Promise<void>;
}

/**
 * Spent tokens: the issuer decides, so its list shows each as redeemed; what became of the order is on the order itself. A token is on
 * record before it is spent, so that none is ever spent without a word to its operator.
 */
export function venueNonces({ redeem, isKnown, expect, forget }: VenueNoncesDeps, userId: number): NonceStore {
  return {
    spend: async (request) => {
      const mark = await expect(request.jti, userId);
      // When this throws nobody knows whether it was spent: the record stays, and is reported.
      const result = await redeem(request);
      if (!result.first && mark !== null) await forget(request.jti, mark);
      return result;
    },
    recordResult: () => Promise.resolve(),
    recall: async ({ jti }) => ((await isKnown(jti)) ? { first: false } : undefined),
  };
}
