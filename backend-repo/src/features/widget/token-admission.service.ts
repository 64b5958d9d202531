import { hasEnded, sizeRefusal, sizeWords } from '../../domain/partner-market.ts';
import { takesAnyPrice } from '../../domain/order-terms.ts';
import { canonicalTrade, type Trade } from '../../domain/trade-token.ts';
import { AppError, invalidField } from '../../errors.ts';
import { requireActive, requireOrigin } from './partners.service.ts';
import type { Partner } from './partners.state.ts';
import { requireLabelPage, type WidgetSession } from './sessions.service.ts';
import type { TokenRequest } from './widget.schema.ts';

/**
 * Who asks, from where, and whether that is an order: decided from memory, before anything is written.
 * @throws AppError SESSION_MISMATCH, PARTNER_SUSPENDED, ORIGIN_NOT_ALLOWED, USER_TOKEN_REQUIRED, VALIDATION_ERROR
 */
export function admit(partner: Partner, session: WidgetSession, request: TokenRequest, origin: string | undefined): Trade {
  if (request.exchangeId !== session.exchangeId || request.exchangeUserId !== session.exchangeUserId) throw new AppError('SESSION_MISMATCH');
  requireActive(partner);
  requireOrigin(partner, origin);
  if (session.identityMode === 'label') requireLabelPage(partner, origin);
  const verdict = canonicalTrade(request.trade);
  if (verdict.ok) return verdict.trade;
  throw new AppError('VALIDATION_ERROR', { fields: Object.fromEntries(Object.entries(verdict.fields).map(([field, text]) => [`trade.${field}`, text])) });
}

/**
 * Why the partner's own markets would not take this order, or `null`. A token is a line of fee evidence: one that could never be
 * traded would only make the numbers wrong.
 */
export function marketRefusal(partner: Partner, trade: Trade, now: number): AppError | null {
  const rules = partner.sizeRules.get(trade.symbol);
  if (!rules) return invalidField('trade.symbol', 'This exchange does not trade it.', 'UNKNOWN_SYMBOL');
  if (takesAnyPrice(trade) && !partner.features.allowMarketOrders) return new AppError('MARKET_ORDERS_DISABLED');
  const refusal = sizeRefusal(rules, trade);
  if (refusal) {
    const { code, text, details } = sizeWords(rules, refusal);
    return new AppError(code, { fields: { [`trade.${refusal.field}`]: text }, details });
  }
  return hasEnded(trade, new Date(now).toISOString()) ? invalidField('trade.expiresAt', 'Must be in the future.') : null;
}
