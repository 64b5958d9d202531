import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';

const page = readFileSync(new URL('../../../docs/security.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| ([AHE]\d+) \| .* \| (.*) \|$/gm)].map(([, rule, files]) => ({ rule: rule!, files: [...files!.matchAll(/`([^`]+)`/g)].map(([, file]) => file!) }));
const numbered = (letter: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
/** What the page says comes later. */
const LATER = ['E3'];

test('the page has a line for each rule', () => {
  expect(rows.map(({ rule }) => rule)).toEqual([...numbered('A', 14), ...numbered('H', 7), ...numbered('E', 4)]);
});

test.each(rows)('$rule has a test named after it in a file that the page names', ({ rule, files }) => {
  const texts = files.map((file) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'));
  const named = texts.some((text) => new RegExp(`(?:test|describe)[^\\n]*['\`"]${rule}(?: |')`).test(text));
  expect(named || LATER.includes(rule)).toBe(true);
});
