import { formatAmount } from '../../domain/money.ts';
import type { Refusal } from '../../domain/matching/types.ts';
import type { VenueAnswer, VenueCommand } from '../../domain/venue-command.ts';
import { AppError, type ErrorCode } from '../../errors.ts';

export type CarriedOut = Extract<VenueAnswer, { kind: 'done' | 'repeated' }>;

export interface VenueDeps {
  readonly submit: (command: VenueCommand) => Promise<VenueAnswer>;
}

/** The engine as the rest of the venue asks it: what it refuses is thrown, in the words that callers get. */
export class VenueService {
  readonly #deps: VenueDeps;

  constructor(deps: VenueDeps) {
    this.#deps = deps;
  }

  /**
   * @param priceDecimals at least so many stand in prices of a refusal
   * @throws AppError the engine's refusals, TRADE_TOKEN_SPENT, CLIENT_ORDER_ID_REUSED, IDEMPOTENCY_KEY_REUSED, OVERLOADED, ENGINE_UNAVAILABLE (nothing happened),
   *   ORDER_OUTCOME_UNKNOWN
   */
  async carryOut(command: VenueCommand, priceDecimals = 0): Promise<CarriedOut> {
    const answer = await this.#deps.submit(command);
    if (answer.kind === 'refused') throw refusalError(answer.refusal, priceDecimals);
    if (answer.kind === 'token-rejected') throw new AppError('TRADE_TOKEN_SPENT', { details: { jti: answer.jti, refusal: answer.refusal } });
    if (answer.kind !== 'key-reused') return answer;
    if (command.kind === 'place') throw new AppError('CLIENT_ORDER_ID_REUSED', { fields: { clientOrderId: 'You used it for another order.' } });
    throw new AppError('IDEMPOTENCY_KEY_REUSED', { message: 'This reference belongs to another posting.' });
  }
}

type Details = Record<string, string>;

/** The engine's refusal as callers get it: a code, the field to blame, and the numbers a program can act on. */
function refusalError(refusal: Refusal, priceDecimals: number): AppError {
  const answer = (code: ErrorCode, text: string | null, details?: Details): AppError =>
    new AppError(code, { ...(text !== null && { fields: { [refusal.field]: text } }), ...(details && { details }) });
  switch (refusal.code) {
    case 'UNKNOWN_SYMBOL':
      return answer(refusal.code, 'There is no such market here.');
    case 'MARKET_HALTED':
    case 'NO_LIQUIDITY':
      return answer(refusal.code, null, { symbol: refusal.symbol });
    case 'PRICE_REQUIRED':
      return answer('VALIDATION_ERROR', 'A limit order needs a price.');
    case 'PRICE_NOT_ALLOWED':
      return answer('VALIDATION_ERROR', 'A market order has no price.');
    case 'PRICE_TOO_LOW':
    case 'QUANTITY_TOO_SMALL':
    case 'NOTIONAL_TOO_SMALL': {
      const code = refusal.code === 'PRICE_TOO_LOW' ? 'PRICE_OUT_OF_RANGE' : refusal.code;
      const decimals = refusal.code === 'PRICE_TOO_LOW' ? priceDecimals : 0;
      const min = formatAmount(refusal.min, decimals);
      return answer(code, refusal.code === 'NOTIONAL_TOO_SMALL' ? `The order must be worth at least ${min}.` : `Must be at least ${min}.`, { given: formatAmount(refusal.given, decimals), min });
    }
    case 'PRICE_TOO_HIGH':
    case 'QUANTITY_TOO_LARGE':
    case 'AMOUNT_TOO_LARGE': {
      const codes = { PRICE_TOO_HIGH: 'PRICE_OUT_OF_RANGE', QUANTITY_TOO_LARGE: 'QUANTITY_TOO_LARGE', AMOUNT_TOO_LARGE: 'VALIDATION_ERROR' } as const;
      const decimals = refusal.code === 'PRICE_TOO_HIGH' ? priceDecimals : 0;
      const max = formatAmount(refusal.max, decimals);
      return answer(codes[refusal.code], `Must be at most ${max}.`, { given: formatAmount(refusal.given, decimals), max });
    }
    case 'PRICE_NOT_ON_TICK':
      return answer(refusal.code, `Must be a multiple of ${formatAmount(refusal.tick)}.`, { given: formatAmount(refusal.given, priceDecimals), tick: formatAmount(refusal.tick) });
    case 'QUANTITY_NOT_ON_LOT':
      return answer(refusal.code, `Must be a multiple of ${formatAmount(refusal.lot)}.`, { given: formatAmount(refusal.given), lot: formatAmount(refusal.lot) });
    case 'INSUFFICIENT_BALANCE':
      // Two decimals at least, as spec/4 prints it.
      return answer(refusal.code, null, { asset: refusal.asset, required: formatAmount(refusal.required, 2), available: formatAmount(refusal.available, 2) });
    case 'ORDER_NOT_OPEN':
      return answer('ORDER_NOT_FOUND', null);
    case 'AMOUNT_NOT_POSITIVE':
      return answer('VALIDATION_ERROR', 'Must be more than zero.');
    case 'FEE_RATE_OUT_OF_RANGE':
      return answer('VALIDATION_ERROR', 'Must be between 0 and 1.');
  }
}
