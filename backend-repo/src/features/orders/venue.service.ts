import type { VenueAnswer, VenueCommand } from '../../domain/venue-command.ts';
import { AppError } from '../../errors.ts';
import { refusalError, type RefusedMarket } from './venue-refusals.service.ts';

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
   * @param market how a refusal writes its prices and assets
   * @throws AppError the engine's refusals, TRADE_TOKEN_SPENT, CLIENT_ORDER_ID_REUSED, IDEMPOTENCY_KEY_REUSED, OVERLOADED, ENGINE_UNAVAILABLE (nothing happened),
   *   ORDER_OUTCOME_UNKNOWN
   */
  async carryOut(command: VenueCommand, market: RefusedMarket | null = null): Promise<CarriedOut> {
    const answer = await this.#deps.submit(command);
    if (answer.kind === 'refused') throw refusalError(answer.refusal, market);
    if (answer.kind === 'token-rejected') throw new AppError('TRADE_TOKEN_SPENT', { details: { jti: answer.jti, refusal: answer.refusal } });
    if (answer.kind !== 'key-reused') return answer;
    if (command.kind === 'place') throw new AppError('CLIENT_ORDER_ID_REUSED', { fields: { clientOrderId: 'You used it for another order.' } });
    throw new AppError('IDEMPOTENCY_KEY_REUSED', { message: 'This reference belongs to another posting.' });
  }
}
