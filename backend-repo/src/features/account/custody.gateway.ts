import Joi from 'joi';
import { textWithin } from '../../domain/bounded-text.ts';
import { signRequest } from '../../domain/signature.ts';

export const CUSTODY_TIMEOUT_MS = 4_000;
const ANSWER_BYTES_MAX = 10_000;

export interface Custodian {
  readonly url: string;
  readonly secret: string;
}

/** What the custodian shall send. It knows it by its id, so telling it again sends nothing again. */
export interface CustodyOrder {
  readonly id: string;
  readonly asset: string;
  readonly amount: string;
  readonly address: string;
}

export interface CustodyAnswer {
  readonly status: 'sent' | 'completed' | 'failed';
  readonly reference?: string;
}

export interface CustodyGatewayDeps extends Custodian {
  readonly now: () => number;
  readonly newNonce: () => string;
}

const answers: Joi.ObjectSchema<CustodyAnswer> = Joi.object({ status: Joi.string().valid('sent', 'completed', 'failed').required(), reference: Joi.string().pattern(/^[\x21-\x7e]{1,128}$/) })
  .unknown(true)
  .required();

/** To the custodian of the hot wallet, signed as partners sign theirs (version 2). */
export class CustodyGateway {
  readonly #deps: CustodyGatewayDeps;

  constructor(deps: CustodyGatewayDeps) {
    this.#deps = deps;
  }

  /** @throws Error where it did not say what has become of it: it may have been sent, and may be asked again */
  async send({ id, asset, amount, address }: CustodyOrder): Promise<CustodyAnswer> {
    const { url, secret, now, newNonce } = this.#deps;
    const [timestamp, nonce, body] = [String(now()), newNonce(), JSON.stringify({ id, asset, amount, address })];
    const { pathname, search } = new URL(url);
    const signature = signRequest({ version: 2, timestamp, nonce, method: 'POST', path: pathname + search, body: Buffer.from(body) }, secret);
    const headers = {
      'Content-Type': 'application/json', 'Idempotency-Key': id,
      'X-API-Key': 'venue', 'X-API-Timestamp': timestamp, 'X-API-Nonce': nonce, 'X-API-Signature': signature, 'X-API-Signature-Version': '2',
    };
    const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(CUSTODY_TIMEOUT_MS), redirect: 'error' });
    const text = await textWithin(ANSWER_BYTES_MAX, response.body);
    if (!response.ok) throw new Error(`the custodian answered ${response.status}`);
    if (text === null) throw new Error('the custodian answered too much');
    const { value, error } = answers.validate(JSON.parse(text), { convert: false });
    if (error) throw new Error('the custodian answered what we do not know');
    return { status: value.status, ...(value.reference !== undefined && { reference: value.reference }) };
  }
}
