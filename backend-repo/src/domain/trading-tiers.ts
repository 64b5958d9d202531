import type { FeeRate } from './fee.ts';
import type { OrderLimits } from './matching/commands.ts';
import { UNITS_PER_ONE, type Units } from './money.ts';

export type FeeTier = 1 | 2 | 3 | 4 | 5;
/** How fast orders may come (contract.md, Venue). */
export type RateTier = 1 | 2 | 3;

/** What a trader pays and may do. */
export interface TradingTier {
  readonly tier: FeeTier;
  /** Bought and sold in 30 days, in quote units of the markets quoted in `VOLUME_ASSET`. */
  readonly volumeMin: Units;
  readonly makerRate: FeeRate;
  readonly takerRate: FeeRate;
  readonly rateTier: RateTier;
  readonly limits: OrderLimits;
}

/** Volumes are comparable only in one currency. */
export const VOLUME_ASSET = 'USDT';
/** Whole UTC days, today included. */
export const VOLUME_DAYS = 30;

const whole = (amount: number): Units => BigInt(amount) * UNITS_PER_ONE;

/** The one table of tiers, lowest first. Rates are in 1e-8 parts: 100_000 is 0.1 %. */
export const TRADING_TIERS: readonly TradingTier[] = [
  { tier: 1, volumeMin: 0n, makerRate: 100_000n, takerRate: 150_000n, rateTier: 1, limits: { openOrdersMax: 200, notionalMax: whole(1_000_000), positionMax: whole(1_000_000) } },
  { tier: 2, volumeMin: whole(100_000), makerRate: 90_000n, takerRate: 140_000n, rateTier: 1, limits: { openOrdersMax: 400, notionalMax: whole(2_000_000), positionMax: whole(2_000_000) } },
  { tier: 3, volumeMin: whole(1_000_000), makerRate: 75_000n, takerRate: 120_000n, rateTier: 2, limits: { openOrdersMax: 800, notionalMax: whole(5_000_000), positionMax: whole(5_000_000) } },
  { tier: 4, volumeMin: whole(10_000_000), makerRate: 50_000n, takerRate: 100_000n, rateTier: 2, limits: { openOrdersMax: 1_500, notionalMax: whole(10_000_000), positionMax: whole(10_000_000) } },
  { tier: 5, volumeMin: whole(50_000_000), makerRate: 25_000n, takerRate: 75_000n, rateTier: 3, limits: { openOrdersMax: 3_000, notionalMax: whole(50_000_000), positionMax: whole(50_000_000) } },
];

export const tierOf = (tier: FeeTier): TradingTier => TRADING_TIERS[tier - 1]!;

/** The highest tier that this volume reaches. */
export function tierForVolume(volume: Units): TradingTier {
  return TRADING_TIERS.findLast(({ volumeMin }) => volume >= volumeMin)!;
}

/** The tier after this one, and the volume that is missing for it; `null` at the top. */
export function nextTier(tier: FeeTier, volume: Units): { readonly tier: TradingTier; readonly missing: Units } | null {
  const next = TRADING_TIERS[tier];
  if (!next) return null;
  return { tier: next, missing: volume >= next.volumeMin ? 0n : next.volumeMin - volume };
}
