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

/** Negative infinity when a name is `__proto__`: then no count fits. With a list of its own, because JSON may be nested deeper than any stack. */
function countNames(parsed: unknown): number {
  const unseen: unknown[] = [parsed];
  let names = 0;
  while (unseen.length > 0) {
    const value = unseen.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (!Array.isArray(value)) {
      const own = Object.keys(value);
      if (own.includes('__proto__')) return Number.NEGATIVE_INFINITY;
      names += own.length;
    }
    for (const entry of Object.values(value)) unseen.push(entry);
  }
  return names;
}
