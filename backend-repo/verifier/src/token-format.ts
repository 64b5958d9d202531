import { isUtf8 } from 'node:buffer';
import { refuse } from './refusal.ts';
import type { Refusal } from './refusal.ts';

export const TOKEN_CHARS_MAX = 4096;
export const TRADE_TOKEN_TYP = 'trade+jwt';

export const ALGORITHMS = Object.freeze(['HS256', 'ES256'] as const);
export type Algorithm = (typeof ALGORITHMS)[number];

/** A token taken apart. Nothing in it is trusted yet: the signature has not been looked at. */
export interface TokenParts {
  readonly kid: string;
  readonly alg: Algorithm;
  readonly claims: Readonly<Record<string, unknown>>;
}

const KID = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/;
const BASE64URL = /^[A-Za-z0-9_-]+$/;
const HEADER_FIELDS = ['alg', 'kid', 'typ'];

export const isKid = (value: unknown): value is string => typeof value === 'string' && KID.test(value);
export const isAlgorithm = (value: unknown): value is Algorithm => (ALGORITHMS as readonly unknown[]).includes(value);

/**
 * Take a compact JWS apart (RFC 7515 §3.1) without trusting any of it. The header may hold alg, typ and kid and nothing else, so
 * jku, x5u, jwk, x5c and crit are refused before anybody could act on them (RFC 8725 §3.10); typ keeps kinds of tokens apart (§3.11).
 */
export function readToken(token: unknown): { readonly parts: TokenParts } | { readonly refused: Refusal } {
  const no = (reason: Parameters<typeof refuse>[0]) => ({ refused: refuse(reason) });
  if (token === undefined || token === null || token === '') return no('token_missing');
  if (typeof token !== 'string') return no('token_not_text');
  if (token.length > TOKEN_CHARS_MAX) return no('token_too_long');
  const segments = token.split('.');
  const [head, body, signature] = segments.map(decodeCanonical);
  if (segments.length !== 3 || !head || !body || !signature) return no('token_malformed');

  const header = parseCanonicalObject(head);
  if (!header) return no('header_not_canonical_json');
  if (Object.keys(header).some((name) => !HEADER_FIELDS.includes(name))) return no('header_field_unknown');
  if (header['typ'] !== TRADE_TOKEN_TYP) return no('typ_wrong');
  if (!isAlgorithm(header['alg'])) return no('alg_not_allowed');
  if (!isKid(header['kid'])) return no('kid_malformed');

  const claims = parseCanonicalObject(body);
  if (!claims) return no('payload_not_canonical_json');
  return { parts: { kid: header['kid'], alg: header['alg'], claims } };
}

/** The `typ` a token claims, without any check. Only to tell kinds of bearer tokens apart before one is verified. */
export function claimedTyp(token: string): string | undefined {
  if (token.length > TOKEN_CHARS_MAX) return undefined;
  const head = decodeCanonical(token.split('.', 1)[0] ?? '');
  const typ = head && parseObject(head.toString('utf8'))?.['typ'];
  return typeof typ === 'string' ? typ : undefined;
}

/** Bytes of a base64url text without padding (RFC 7515 §2). A second spelling of the same bytes is refused. */
export function decodeCanonical(text: string): Buffer | undefined {
  if (!BASE64URL.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

/**
 * An object, when the bytes are exactly what JSON.stringify writes. A name given twice, white space, another number format or broken
 * UTF-8 would all come back different, and two readers might understand them differently.
 */
function parseCanonicalObject(bytes: Buffer): Record<string, unknown> | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  const value = parseObject(text);
  return value && JSON.stringify(value) === text ? value : undefined;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    // Not JSON (or nested beyond the parser's stack): the caller refuses it.
    return undefined;
  }
}
