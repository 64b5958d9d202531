import { SessionSigningKeys } from '../features/auth/session-signing-keys.state.ts';
import { SessionsRepository } from '../features/auth/sessions.repository.ts';
import { SignedCallsRepository } from '../features/auth/signed-calls.repository.ts';
import type { SessionSignatures } from '../http/request-signature.ts';
import type { Foundation } from './foundation.ts';

/** What sessions sign with, and what they have signed. */
export function buildSessionSignatures({ database, box }: Foundation): SessionSignatures {
  const keys = new SessionSigningKeys(new SessionsRepository(database.app), box);
  const calls = new SignedCallsRepository(database.writer);
  return { keyOf: (sessionId, userId) => keys.keyOf(sessionId, userId), take: (marks) => calls.take(marks) };
}
