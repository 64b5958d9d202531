import { requestJson, safeUrl } from './http-json.ts';
import { memoryNonceStore } from './memory-nonce-store.ts';
import type { NonceStore, SpendResult } from './nonce-store.ts';
import { signPartnerRequest } from './partner-request.ts';
import type { PartnerCredentials } from './partner-request.ts';

export interface RedeemOnlineOptions extends PartnerCredentials {
  /** Our API, e.g. `https://api.our-domain.com`. Must be https, except on this machine. */
  readonly apiUrl: string;
  /** Milliseconds for one redemption, default 1,500. It is not tried again: whether the first try counted cannot be known. */
  readonly timeoutMs?: number;
  /** Where results are kept, and what answers replays without asking us; default this process's memory. */
  readonly results?: NonceStore;
  readonly now?: () => number;
  readonly fetch?: typeof globalThis.fetch;
}

const ANSWER_BYTES_MAX = 65_536;
const PATH = '/api/widget/redeem';

/**
 * A store that spends tokens at our API (`POST /api/widget/redeem`): once over all of your servers, without a database of yours, for one round
 * trip per order. When we do not answer in time the order is refused, and the token may be spent: the trader asks for a new one.
 */
export function redeemOnline(options: RedeemOnlineOptions): NonceStore {
  const { apiUrl, apiKey, apiSecret, timeoutMs = 1_500, now = Date.now, fetch } = options;
  const results = options.results ?? memoryNonceStore({ now });
  const url = new URL(safeUrl(apiUrl, 'apiUrl').pathname.replace(/\/$/, '') + PATH, apiUrl);

  return {
    recordResult: (key, result) => results.recordResult(key, result),
    recall: async (key) => results.recall?.(key),
    async spend(request) {
      const known = await results.recall?.(request);
      if (known) return known;
      const body = JSON.stringify({ token: request.token });
      const signed = signPartnerRequest({ apiKey, apiSecret, method: 'POST', path: url.pathname, body, timestampMs: now() });
      const headers = { 'content-type': 'application/json', ...signed };
      const { status, json } = await requestJson({ url, method: 'POST', headers, body, timeoutMs, bytesMax: ANSWER_BYTES_MAX, fetch });
      const answer = readAnswer(status, json, request.jti);
      // Whatever the answer, no other order of this process may use the token; and only then is there a place for its result.
      return answer.first ? results.spend(request) : answer;
    },
  };
}

/** Throws for every answer that says nothing about the token itself: a bad signature of ours, too many requests, trouble at the server. */
function readAnswer(status: number, json: unknown, jti: string): SpendResult {
  if (status === 200 && member(member(json, 'data'), 'jti') === jti) return { first: true };
  const error = member(json, 'error');
  const code = member(error, 'code');
  if (code === 'TRADE_TOKEN_SPENT') {
    const details = member(error, 'details');
    return typeof details === 'object' && details !== null ? { first: false, result: details as Record<string, unknown> } : { first: false };
  }
  if (code === 'TRADE_TOKEN_EXPIRED') return { first: false, refused: code };
  // Unknown: well signed, yet not on our ledger. Somebody else has your HS256 secret.
  if (code === 'TRADE_TOKEN_INVALID' || code === 'TRADE_TOKEN_UNKNOWN') return { first: false, refused: 'TRADE_TOKEN_INVALID' };
  throw new Error(`Redeeming was answered with status ${status}${typeof code === 'string' ? ` and code ${code.slice(0, 64)}` : ''}`);
}

const member = (holder: unknown, name: string): unknown =>
  typeof holder === 'object' && holder !== null && Object.hasOwn(holder, name) ? (holder as Record<string, unknown>)[name] : undefined;
