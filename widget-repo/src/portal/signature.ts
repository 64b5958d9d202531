import type { Sign } from './api.ts';

/** The text of API keys, version 2, by the key of this session: it covers the nonce too. Needs https, or this very computer. */
export const sign: Sign = async (key, { method, path, body }, now) => {
  const [timestamp, nonce] = [String(now), crypto.randomUUID()];
  const hmac = await crypto.subtle.importKey('raw', utf8(key), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const digest = await crypto.subtle.sign('HMAC', hmac, utf8(`${timestamp}${nonce}${method}${path}${body ? JSON.stringify(body) : ''}`));
  const signature = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { 'X-Signature': signature, 'X-Signature-Version': '2', 'X-Timestamp': timestamp, 'X-Nonce': nonce };
};

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
