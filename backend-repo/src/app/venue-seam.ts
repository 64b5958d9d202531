import { createVerifier, redeemOnline, reportExecutions, signUserToken, type NonceStore, type Verifier, type VerifierOptions } from '@our-domain/trade-token-verifier';
import type { WidgetApi } from '../config.ts';
import { AppError } from '../errors.ts';
import type { ExecutionItem } from '../features/orders/reports.service.ts';
import { peekJwt } from '../jwt.ts';
import type { Foundation } from './foundation.ts';
import type { WidgetPart } from './widget.ts';

/** What the venue, as a partner, asks of the widget's operator: session, redeem, executions (design §1). */
export interface VenueSeam {
  /** Checks trade tokens with the keys that hold now. @throws AppError TRADE_TOKEN_CHECK_UNAVAILABLE */
  readonly verifier: () => Verifier;
  /** Spends a token at the operator. */
  readonly redeem: NonceStore['spend'];
  readonly report: (items: ExecutionItem[]) => Promise<{ refused: readonly { jti: string; code: string }[] }>;
  /** @throws AppError NOT_READY while the operator has no partner by our id */
  readonly signUserToken: (exchangeUserId: string) => string;
}

/** Where role widget runs in this process. */
export function seamInProcess({ config, now }: Foundation, { partners, tradeTokens, executions }: WidgetPart): VenueSeam {
  const exchangeId = config.venueExchangeId;
  const redeem = redeemWith(tradeTokens);
  const common = { exchangeId, store: onlyRedeem(redeem), issuer: config.tokenIssuer, orderTerms: 'all', now } as const;
  let kept: { readonly keys: string; readonly verifier: Verifier } | null = null;
  const current = (): Verifier => {
    try {
      const partner = partners.require(exchangeId);
      const keys = [...partner.keys.keys()].join(' ');
      // A rotation changes the keys, and so the verifier, at once.
      if (kept?.keys !== keys) kept = { keys, verifier: createVerifier({ ...common, ...keysOf(partner) }) };
      return kept.verifier;
    } catch (cause) {
      throw new AppError('TRADE_TOKEN_CHECK_UNAVAILABLE', { cause });
    }
  };
  const verify: Verifier['verify'] = async (token, order, context) => {
    const kid = typeof token === 'string' ? peekJwt(token).kid : null;
    // Another node may have begun to sign with it a moment ago.
    if (kid !== null && !partners.find(exchangeId)?.keys.has(kid)) await partners.lookAgain();
    return current().verify(token, order, context);
  };
  return {
    verifier: () => ({ ...current(), verify }),
    redeem,
    report: (items) => executions.report(exchangeId, items),
    signUserToken: (exchangeUserId) => {
      const secret = partners.find(exchangeId)?.sessionSecrets[0];
      if (!secret) throw unknownVenue();
      return signUserToken({ exchangeId, exchangeUserId, sessionSecret: secret.export().toString('utf8'), now });
    },
  };
}

/** Where role widget runs elsewhere: over HTTP, signed, like any partner. ES256 only, so that this process holds no key that can make tokens. */
export function seamOverHttp({ config, now }: Foundation, { url, apiKey, apiSecret, sessionSecret }: WidgetApi): VenueSeam {
  const exchangeId = config.venueExchangeId;
  const credentials = { apiUrl: url, apiKey, apiSecret, now };
  const online = redeemOnline(credentials);
  const redeem: NonceStore['spend'] = (request) => online.spend(request);
  const verifier = createVerifier({ exchangeId, store: onlyRedeem(redeem), issuer: config.tokenIssuer, orderTerms: 'all', jwksUrl: `${url}/api/widget/jwks/${exchangeId}`, now });
  return {
    verifier: () => verifier,
    redeem,
    report: (items) => reportExecutions(credentials, items),
    signUserToken: (exchangeUserId) => signUserToken({ exchangeId, exchangeUserId, sessionSecret, now }),
  };
}

/** Each call brings the store of its user. */
const onlyRedeem = (redeem: NonceStore['spend']): NonceStore => ({ spend: redeem, recordResult: () => Promise.resolve() });

const unknownVenue = (): AppError => new AppError('NOT_READY', { message: 'The operator of the widget does not know this venue yet.', retryAfter: 5 });

function keysOf({ keys, jwks }: ReturnType<WidgetPart['partners']['require']>): Pick<VerifierOptions, 'jwks' | 'secrets'> {
  const shared = [...keys.values()].filter(({ algorithm }) => algorithm === 'HS256').map(({ kid, verifyKey }): [string, Uint8Array] => [kid, verifyKey.export() as Buffer]);
  return { ...(jwks.length > 0 && { jwks: { keys: jwks } }), ...(shared.length > 0 && { secrets: Object.fromEntries(shared) }) };
}

function redeemWith(tradeTokens: WidgetPart['tradeTokens']): NonceStore['spend'] {
  return async ({ exchangeId, token }) => {
    try {
      await tradeTokens.redeem(exchangeId, token);
      return { first: true };
    } catch (error) {
      const code = error instanceof AppError ? error.code : null;
      if (code === 'TRADE_TOKEN_SPENT') return { first: false };
      if (code === 'TRADE_TOKEN_EXPIRED') return { first: false, refused: code };
      if (code === 'TRADE_TOKEN_INVALID' || code === 'TRADE_TOKEN_UNKNOWN') return { first: false, refused: 'TRADE_TOKEN_INVALID' };
      throw error;
    }
  };
}
