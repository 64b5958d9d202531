import { timestampInWindow, signatureMatches } from '../../domain/signature.ts';
import { fromWire, PLAIN_AMENDMENT, PLAIN_ORDER, toWire, type VenueAnswer, type VenueCommand } from '../../domain/venue-command.ts';
import { AppError } from '../../errors.ts';
import type { NonceMemory } from '../../http/nonce-memory.ts';
import type { InternalRoute } from '../../http/internal-server.ts';
import { ENGINE_COMMANDS_PATH, type ForwardedAnswer } from './engine.gateway.ts';

export interface EngineControllerDeps {
  readonly secret: string;
  readonly now: () => number;
  readonly nonces: NonceMemory;
  readonly submitHere: (command: VenueCommand) => Promise<VenueAnswer>;
}

/** The engine's door for our other nodes, on the internal port only: signed, fresh, and each request once. */
export function engineController({ secret, now, nonces, submitHere }: EngineControllerDeps): InternalRoute {
  return {
    path: ENGINE_COMMANDS_PATH,
    handle: async (header, body) => {
      const [timestamp, nonce] = [header('x-internal-timestamp'), header('x-internal-nonce')];
      const signed = signatureMatches({ version: 2, timestamp, nonce, method: 'POST', path: ENGINE_COMMANDS_PATH, body }, secret, header('x-internal-signature'));
      if (!signed || !timestampInWindow(timestamp, now())) return { status: 401, body: '' };
      try {
        if (!nonces.use(nonce, now())) return { status: 401, body: '' };
        return answer({ ok: true, answer: await submitHere(complete(fromWire(body.toString('utf8')) as VenueCommand)) });
      } catch (error) {
        return answer(refused(error));
      }
    },
  };
}

/** A node of the version before does not know every field. */
function complete(command: VenueCommand): VenueCommand {
  if (command.kind === 'amend') return { ...PLAIN_AMENDMENT, ...command };
  return command.kind === 'place' ? { ...PLAIN_ORDER, ...command } : command;
}

const answer = (forwarded: ForwardedAnswer): { status: number; body: string } => ({ status: 200, body: toWire(forwarded) });

function refused(error: unknown): ForwardedAnswer {
  if (!(error instanceof AppError)) return { ok: false, code: 'ORDER_OUTCOME_UNKNOWN', extra: { retryAfter: 1 } };
  const { code, fields, details, retryAfter } = error;
  return { ok: false, code, extra: { ...(fields && { fields }), ...(details && { details }), ...(retryAfter !== undefined && { retryAfter }) } };
}
