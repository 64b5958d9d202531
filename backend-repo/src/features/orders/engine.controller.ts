import { timestampInWindow, signatureMatches } from '../../domain/signature.ts';
import { fromWire, toWire, type VenueAnswer, type VenueCommand } from '../../domain/venue-command.ts';
import { AppError } from '../../errors.ts';
import { NonceMemory } from '../../http/nonce-memory.ts';
import type { InternalRoute } from '../../http/internal-server.ts';
import { ENGINE_COMMANDS_PATH, type ForwardedAnswer } from './engine.gateway.ts';

export interface EngineControllerDeps {
  readonly secret: string;
  readonly now: () => number;
  readonly submitHere: (command: VenueCommand) => Promise<VenueAnswer>;
}

/** The engine's door for our other nodes, on the internal port only: signed, fresh, and each request once. */
export function engineController({ secret, now, submitHere }: EngineControllerDeps): InternalRoute {
  const nonces = new NonceMemory(2_000_000);
  return {
    path: ENGINE_COMMANDS_PATH,
    handle: async (header, body) => {
      const [timestamp, nonce] = [header('x-internal-timestamp'), header('x-internal-nonce')];
      const signed = signatureMatches({ version: 2, timestamp, nonce, method: 'POST', path: ENGINE_COMMANDS_PATH, body }, secret, header('x-internal-signature'));
      if (!signed || !timestampInWindow(timestamp, now()) || !nonces.use(nonce, now())) return { status: 401, body: '' };
      return { status: 200, body: toWire(await carryOut(body.toString('utf8'), submitHere)) };
    },
  };
}

async function carryOut(body: string, submitHere: EngineControllerDeps['submitHere']): Promise<ForwardedAnswer> {
  try {
    return { ok: true, answer: await submitHere(fromWire(body) as VenueCommand) };
  } catch (error) {
    if (!(error instanceof AppError)) return { ok: false, code: 'ORDER_OUTCOME_UNKNOWN', extra: { retryAfter: 1 } };
    const { code, fields, details, retryAfter } = error;
    return { ok: false, code, extra: { ...(fields && { fields }), ...(details && { details }), ...(retryAfter !== undefined && { retryAfter }) } };
  }
}
