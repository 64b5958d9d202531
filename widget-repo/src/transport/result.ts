import { failure, type Failure, readFailure } from '../model/failure.ts';
import type { Reply } from './http.ts';

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

/** What the operator answered, where `pick` says; anything else is a failure with a code. */
export function readResult<T>(reply: Reply, pick: (body: unknown) => unknown): Result<T> {
  if (reply.kind === 'silence') return operatorAway();
  const found = pick(reply.body);
  if (reply.status >= 200 && reply.status < 300 && typeof found === 'object' && found !== null) return { ok: true, value: found as T };
  const why = readFailure(reply.body, 'OPERATOR_AWAY');
  // Whatever a 5xx calls itself, to a trader it is one thing: the service is away.
  const code = reply.status >= 500 ? 'OPERATOR_AWAY' : why.code;
  return { ok: false, failure: { ...why, code, retryAfterS: why.retryAfterS ?? reply.retryAfterS } };
}

export function operatorAway(): Result<never> {
  return { ok: false, failure: failure('OPERATOR_AWAY') };
}
