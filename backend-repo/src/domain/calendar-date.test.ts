import { describe, expect, test } from '@jest/globals';
import { ageOn, parseDay } from './calendar-date.ts';

describe('a day', () => {
  test.each(['1990-12-31', '2000-02-29', '2024-02-29', '1970-01-01'])('%s exists', (text) => {
    const { year, month, day } = parseDay(text)!;
    expect(`${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`).toBe(text);
  });

  test.each(['1990-02-30', '2001-02-29', '1900-02-29', '1990-13-01', '1990-00-10', '1990-01-00', '0000-01-10', '1990-1-1', 'today'])('%s does not', (text) => {
    expect(parseDay(text)).toBeNull();
  });
});

test.each([
  ['2000-02-28', '2018-02-27', 17],
  ['2000-02-28', '2018-02-28', 18],
  ['2000-02-29', '2018-02-28', 17],
  ['2000-02-29', '2018-03-01', 18],
  ['1999-12-31', '2000-01-01', 0],
  ['2000-01-02', '2000-01-01', -1],
])('whoever was born on %s is, on %s, %i', (born, today, years) => {
  expect(ageOn(parseDay(today)!, parseDay(born)!)).toBe(years);
});
