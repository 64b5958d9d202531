import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tableRows } from './markdown.ts';
import { testNamesIn } from './test-names.ts';

const BACKEND = fileURLToPath(new URL('../..', import.meta.url));
const ATTACKS = 24;

const page = readFileSync(join(BACKEND, '..', 'docs', 'threat-model.md'), 'utf8');
const rows = tableRows(page, '#', 'Attack');
const atTheVenue = tableRows(page, 'At the venue, who wants to');

test('the threat model names each of the 24 attacks once', () => {
  expect(rows.map(([number]) => Number(number))).toEqual(Array.from({ length: ATTACKS }, (_, index) => index + 1));
});

test.each(rows.map(([number, attack, , file, name]) => [`attack ${number}, ${attack}`, file!.replaceAll('`', ''), name!]))('%s: the test it names is there', (_attack, file, name) => {
  expect([...testNamesIn(file)]).toContain(name);
});

test.each(atTheVenue.map(([who, , file, name]) => [who!, join('src', file!.replaceAll('`', '')), name!]))('at the venue, who wants to %s: the test it names is there', (_who, file, name) => {
  expect([...testNamesIn(file)]).toContain(name);
});
