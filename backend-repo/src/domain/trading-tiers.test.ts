import { expect, test } from '@jest/globals';
import { MAKER_RATE_DEFAULT, TAKER_RATE_DEFAULT } from './matching/types.ts';
import { amountFrom } from './money.ts';
import { nextTier, tierForVolume, tierOf, TRADING_TIERS } from './trading-tiers.ts';

test('tier 1 is what the engine charges whoever it was told nothing of', () => {
  expect([tierOf(1).makerRate, tierOf(1).takerRate]).toEqual([MAKER_RATE_DEFAULT, TAKER_RATE_DEFAULT]);
});

test('each tier is cheaper, wider and not slower than the one before, and never cheaper to take than to make', () => {
  TRADING_TIERS.forEach((tier, at) => {
    expect(tier.tier).toBe(at + 1);
    expect(tier.takerRate >= tier.makerRate).toBe(true);
    const before = TRADING_TIERS[at - 1];
    if (!before) return;
    expect(tier.volumeMin > before.volumeMin && tier.makerRate < before.makerRate && tier.takerRate < before.takerRate).toBe(true);
    expect(tier.limits.openOrdersMax! > before.limits.openOrdersMax! && tier.limits.notionalMax! > before.limits.notionalMax!).toBe(true);
    expect(tier.rateTier).toBeGreaterThanOrEqual(before.rateTier);
  });
  expect(TRADING_TIERS.map(({ rateTier }) => rateTier)).toEqual([1, 1, 2, 2, 3]);
});

test.each([['0', 1], ['99999.99999999', 1], ['100000', 2], ['999999.99999999', 2], ['1000000', 3], ['10000000', 4], ['50000000', 5], ['999999999999', 5]])(
  'a volume of %s is tier %i',
  (volume, tier) => expect(tierForVolume(amountFrom(volume)).tier).toBe(tier),
);

test('what is missing for the next tier, and nothing is above the last', () => {
  expect(nextTier(1, amountFrom('40000'))).toMatchObject({ tier: { tier: 2 }, missing: amountFrom('60000') });
  expect(nextTier(1, amountFrom('100000.5'))).toMatchObject({ tier: { tier: 2 }, missing: 0n });
  expect(nextTier(5, 0n)).toBeNull();
});
