import { textWithin } from '../../domain/bounded-text.ts';
import { signRequest } from '../../domain/signature.ts';
import { fromWire, toWire, type VenueAnswer, type VenueCommand } from '../../domain/venue-command.ts';
import { AppError, ERROR_CODES, type ErrorCode, type ErrorExtra } from '../../errors.ts';

export const ENGINE_COMMANDS_PATH = '/internal/engine/commands';
export const FORWARD_TIMEOUT_MS = 2_000;
/** Whoever cancels the 3,000 open orders that the highest tier may have is told of each: some 3 MB. */
export const ANSWER_BYTES_MAX = 16 * 1_048_576;

/** How a node answers another: the answer, or the error as the caller of the first node shall see it. */
export type ForwardedAnswer = { readonly ok: true; readonly answer: VenueAnswer } | { readonly ok: false; readonly code: ErrorCode; readonly extra: ErrorExtra };

export interface EngineGatewayDeps {
  /** Shared by the nodes, made from JWT_SECRET. */
  readonly secret: string;
  readonly now: () => number;
  readonly newNonce: () => string;
}

/** To the node that runs the engine, over the internal port, signed. */
export class EngineGateway {
  readonly #deps: EngineGatewayDeps;

  constructor(deps: EngineGatewayDeps) {
    this.#deps = deps;
  }

  /** @throws AppError ENGINE_UNAVAILABLE when it was not reached, ORDER_OUTCOME_UNKNOWN when it did not answer in time, or its own refusal */
  async forward(address: string, command: VenueCommand): Promise<VenueAnswer> {
    const answer = readAnswer(await this.#send(address, toWire(command)));
    if (answer.ok) return answer.answer;
    throw new AppError(answer.code, answer.extra);
  }

  async #send(address: string, body: string): Promise<string> {
    const { secret, now, newNonce } = this.#deps;
    const [timestamp, nonce] = [String(now()), newNonce()];
    const signature = signRequest({ version: 2, timestamp, nonce, method: 'POST', path: ENGINE_COMMANDS_PATH, body: Buffer.from(body) }, secret);
    const headers = { 'Content-Type': 'application/json', 'X-Internal-Timestamp': timestamp, 'X-Internal-Nonce': nonce, 'X-Internal-Signature': signature };
    let refusedWith = 0;
    try {
      const response = await fetch(address + ENGINE_COMMANDS_PATH, { method: 'POST', headers, body, signal: AbortSignal.timeout(FORWARD_TIMEOUT_MS), redirect: 'error' });
      if (response.ok) {
        const text = await textWithin(ANSWER_BYTES_MAX, response.body);
        if (text === null) throw new Error("the engine's node answered too much");
        return text;
      }
      refusedWith = response.status;
      throw new Error(`the engine's node answered ${response.status}`);
    } catch (cause) {
      const nothingHappened = neverArrived(cause) || (refusedWith >= 400 && refusedWith < 500);
      throw new AppError(nothingHappened ? 'ENGINE_UNAVAILABLE' : 'ORDER_OUTCOME_UNKNOWN', { cause, retryAfter: 1 });
    }
  }
}

/** Only when no connection was made can nothing have happened. */
function neverArrived(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: unknown } };
  return NOT_CONNECTED.has(cause?.code);
}

const NOT_CONNECTED: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT']);

function readAnswer(text: string): ForwardedAnswer {
  try {
    const answer = fromWire(text) as ForwardedAnswer;
    if (answer.ok === true || (answer.ok === false && answer.code in ERROR_CODES)) return answer;
  } catch (cause) {
    throw new AppError('ORDER_OUTCOME_UNKNOWN', { cause, retryAfter: 1 });
  }
  throw new AppError('ORDER_OUTCOME_UNKNOWN', { retryAfter: 1 });
}
