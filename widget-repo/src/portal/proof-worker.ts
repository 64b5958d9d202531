// Tries one counter after the other, off the page's own thread, and says how far it is.
import type { ProofNews, ProofParameters } from './proof.ts';

const NEWS_EVERY_MS = 200;
const TRIES_MAX = 5_000_000;

const tell = (news: ProofNews) => (self as unknown as { postMessage(news: ProofNews): void }).postMessage(news);

self.addEventListener('message', ({ data }: MessageEvent<ProofParameters>) => {
  search(data).catch(() => tell({ kind: 'failed' }));
});

async function search(parameters: ProofParameters): Promise<void> {
  const started = performance.now();
  const nonce = bytesOf(parameters.nonce);
  const salt = bytesOf(parameters.salt);
  const prefix = parameters.keyPrefix.toLowerCase();
  const password = new Uint8Array(nonce.length + 4);
  password.set(nonce);
  const counterPlace = new DataView(password.buffer);
  let told = started;
  for (let counter = 0; counter < TRIES_MAX; counter += 1) {
    counterPlace.setUint32(nonce.length, counter);
    const key = await derive(parameters, salt, password);
    if (hexOf(key.subarray(0, Math.ceil(prefix.length / 2))).startsWith(prefix)) {
      return tell({ kind: 'found', counter, derivedKey: hexOf(key), time: Math.round(performance.now() - started) });
    }
    if (performance.now() - told > NEWS_EVERY_MS) {
      told = performance.now();
      tell({ kind: 'tried', tries: counter + 1 });
    }
  }
  tell({ kind: 'failed' });
}

async function derive({ algorithm, cost, keyLength }: ProofParameters, salt: Uint8Array<ArrayBuffer>, password: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  if (algorithm.startsWith('PBKDF2/')) {
    const key = await crypto.subtle.importKey('raw', password, { name: 'PBKDF2' }, false, ['deriveBits']);
    return new Uint8Array(await crypto.subtle.deriveBits({ name: 'PBKDF2', salt, iterations: cost, hash: algorithm.slice('PBKDF2/'.length) }, key, keyLength * 8));
  }
  let bytes = new Uint8Array(salt.length + password.length);
  bytes.set(salt);
  bytes.set(password, salt.length);
  for (let round = 0; round < Math.max(1, cost); round += 1) bytes = new Uint8Array(await crypto.subtle.digest(algorithm, bytes));
  return bytes.slice(0, keyLength);
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) => Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16));
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
