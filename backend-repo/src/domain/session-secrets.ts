import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A refresh token is 256 bits by chance: one round of SHA-256 is enough to keep it by. */
export const tokenHash = (token: string): Buffer => createHash('sha256').update(token).digest();

/** In a time that says nothing about where they differ. */
export const isSameText = (one: string, other: string): boolean => timingSafeEqual(tokenHash(one), tokenHash(other));

/** What a page repeats where a cookie signs it in. One for the whole session, so that two tabs that renew at once agree on it. */
export const csrfTokenOf = (signingKey: string): string => createHmac('sha256', signingKey).update('csrf').digest('base64url');

export const signingKeyContext = (sessionId: string): readonly string[] => ['session-signing-key', sessionId];
/** Of the child of a token that was used. */
export const childContext = (sessionId: string, parent: Buffer): readonly string[] => ['refresh-token', sessionId, parent.toString('base64url')];
