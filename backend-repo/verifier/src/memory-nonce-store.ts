import { REMEMBER_AFTER_EXPIRY_MS, resultToJson } from './nonce-store.ts';
import type { NonceKey, NonceStore } from './nonce-store.ts';
import type { FirstResult } from './refusal.ts';

export interface MemoryNonceStoreOptions {
  /** How many tokens are remembered at once, default 100,000 (about 30 MB with small results). When full, orders are refused. */
  readonly maxTokens?: number;
  /** Milliseconds since 1970; default Date.now. */
  readonly now?: () => number;
}

interface Memory {
  readonly forgetAt: number;
  resultJson: string | undefined;
}

const FULL_SWEEP_EVERY_MS = 1_000;

/**
 * Spent tokens in this process's memory. Right for one process and for tests: a second process, or this one after a restart, would
 * accept a token again while it lives (at most 15 s). When it is full `spend` rejects; it never forgets a living token to make room.
 */
export function memoryNonceStore(options: MemoryNonceStoreOptions = {}): NonceStore & { readonly size: number } {
  const { maxTokens = 100_000, now = Date.now } = options;
  if (!Number.isSafeInteger(maxTokens) || maxTokens < 1) throw new TypeError('maxTokens must be a whole number above 0');
  const memories = new Map<string, Memory>();
  let sweptAllAt = -Infinity;

  // Tokens are spent about in the order of their expiry, so the oldest entries are the ones to forget.
  const forgetOldest = (nowMs: number): void => {
    for (const [id, memory] of memories) {
      if (memory.forgetAt > nowMs) return;
      memories.delete(id);
    }
  };
  const makeRoom = (nowMs: number): void => {
    if (memories.size < maxTokens || nowMs - sweptAllAt < FULL_SWEEP_EVERY_MS) return;
    sweptAllAt = nowMs;
    for (const [id, memory] of memories) if (memory.forgetAt <= nowMs) memories.delete(id);
  };

  return {
    get size() {
      return memories.size;
    },
    async spend({ exchangeId, jti, expiresAt }) {
      const id = idOf({ exchangeId, jti });
      const nowMs = now();
      const known = memories.get(id);
      if (known) return recollection(known);
      forgetOldest(nowMs);
      makeRoom(nowMs);
      if (memories.size >= maxTokens) throw new Error(`The nonce store is full: it already remembers ${maxTokens} tokens`);
      memories.set(id, { forgetAt: expiresAt + REMEMBER_AFTER_EXPIRY_MS, resultJson: undefined });
      return { first: true };
    },
    async recordResult(key, result) {
      const json = resultToJson(result);
      const memory = memories.get(idOf(key));
      if (memory) memory.resultJson ??= json;
    },
    async recall(key) {
      const memory = memories.get(idOf(key));
      return memory && recollection(memory);
    },
  };
}

const idOf = ({ exchangeId, jti }: NonceKey): string => `${exchangeId} ${jti}`;

const recollection = (memory: Memory): { first: false; result?: FirstResult } =>
  memory.resultJson === undefined ? { first: false } : { first: false, result: JSON.parse(memory.resultJson) as FirstResult };
