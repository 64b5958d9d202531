/** A filter that may be left out stands twice in its statement: `(?::text is null or symbol = ?)`. */
export const twice = <T>(value: T | null | undefined): [T | null, T | null] => [value ?? null, value ?? null];
