const STRINGS = /"(?:[^"\\]|\\.)*"\s*:?/g;

/**
 * Is no member name written twice in an object of this JSON, and none `__proto__`? Parsers disagree on which of two counts (RFC 8259 §4), so
 * what one side signs, another might read differently.
 *
 * In valid JSON a string followed by a colon is a name and nothing else is. If there are more names in the text than in what was parsed, one
 * stood twice.
 */
export function namesAreUnique(text: string, parsed: unknown): boolean {
  let written = 0;
  for (const [token] of text.matchAll(STRINGS)) if (token.endsWith(':')) written += 1;
  return written === countNames(parsed);
}

/** Negative infinity when a name is `__proto__`: then no count fits. */
function countNames(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, entry) => sum + countNames(entry), 0);
  let names = 0;
  for (const name of Object.keys(value)) {
    if (name === '__proto__') return Number.NEGATIVE_INFINITY;
    names += 1 + countNames((value as Record<string, unknown>)[name]);
  }
  return names;
}
