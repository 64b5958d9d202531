import { describe, expect, test } from '@jest/globals';
import { inRanges } from './address-ranges.ts';

describe('an address', () => {
  const listed = inRanges(['192.0.2.7', '198.51.100.0/24', '2001:db8::/32']);

  test.each(['192.0.2.7', '198.51.100.255', '2001:db8:ffff::1', '::ffff:192.0.2.7', '::FFFF:198.51.100.1'])('%s is in one of the ranges', (address) => {
    expect(listed(address)).toBe(true);
  });

  test.each(['192.0.2.8', '198.51.101.0', '2001:db9::1', '::ffff:192.0.2.8', 'nowhere', '', '192.0.2.7:443'])('“%s” is not', (address) => {
    expect(listed(address)).toBe(false);
  });
});

test('no range has no address, and what is no range is named', () => {
  expect(inRanges([])('192.0.2.7')).toBe(false);
  expect(() => inRanges(['192.0.2.0/24', 'everywhere'])).toThrow('everywhere is not a range');
});
