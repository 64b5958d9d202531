import type { Request } from 'express';
import { invalidField } from '../errors.ts';

/** Of every signed call: of partners, of API keys, and of sessions. */
const NONCE = /^[\x21-\x7e]{8,128}$/;
/** What these ask for stands in their path. */
const WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE']);

/** @param header the nonce's, as this kind of call names it */
export function requireNonce(nonce: string, header: string): void {
  if (!NONCE.test(nonce)) throw invalidField(header, 'Send 8 to 128 visible ASCII characters.', 'SIGNATURE_INVALID');
}

/** Path and body are signed without a mark between them: else what stood in the query could be moved into a body that nobody reads. */
export function refuseUnreadBody({ method }: Request, body: Buffer): void {
  if (WITHOUT_BODY.has(method) && body.length > 0) throw invalidField('body', `Send none with ${method}.`, 'SIGNATURE_INVALID');
}

/** Empty when it is missing. */
export function headerOf(req: Request, name: string): string {
  const value = req.headers[name];
  return typeof value === 'string' ? value : '';
}
