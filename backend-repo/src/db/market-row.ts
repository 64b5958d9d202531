import { feeRateFrom } from '../domain/fee.ts';
import { amountFrom } from '../domain/money.ts';
import type { MarketRules, MarketState } from '../domain/matching/types.ts';

/** A row of trading.markets as Postgres returns it, for every feature that reads markets. Amounts are decimals, `sequence` a number. */
export interface MarketRow {
  symbol: string;
  base_asset: string;
  quote_asset: string;
  tick: string;
  lot: string;
  min_price: string;
  max_price: string;
  min_quantity: string;
  max_quantity: string;
  min_notional: string;
  status: MarketState['status'];
  halt_reason: MarketState['haltReason'];
  /** Milliseconds since 1970. */
  halted_at_ms: number | null;
  band_rate: string | null;
  stop_protection_rate: string;
  breaker_rate: string | null;
  breaker_window_ms: number;
  sequence: number;
  last_price: string | null;
  breaker_price: string | null;
  /** Milliseconds since 1970. */
  breaker_since_ms: number | null;
}

const optional = <T>(text: string | null, read: (text: string) => T): T | null => (text === null ? null : read(text));

export function toMarketState(row: MarketRow): MarketState {
  return {
    ...toMarketRules(row),
    haltReason: row.halt_reason,
    haltedAt: row.halted_at_ms,
    sequence: row.sequence,
    lastPrice: optional(row.last_price, amountFrom),
    breakerPrice: optional(row.breaker_price, amountFrom),
    breakerSince: row.breaker_since_ms,
  };
}

export function toMarketRules(row: MarketRow): MarketRules {
  return {
    symbol: row.symbol,
    baseAsset: row.base_asset,
    quoteAsset: row.quote_asset,
    tick: amountFrom(row.tick),
    lot: amountFrom(row.lot),
    minPrice: amountFrom(row.min_price),
    maxPrice: amountFrom(row.max_price),
    minQuantity: amountFrom(row.min_quantity),
    maxQuantity: amountFrom(row.max_quantity),
    minNotional: amountFrom(row.min_notional),
    status: row.status,
    bandRate: optional(row.band_rate, feeRateFrom),
    stopProtectionRate: feeRateFrom(row.stop_protection_rate),
    breakerRate: optional(row.breaker_rate, feeRateFrom),
    breakerWindowMs: row.breaker_window_ms,
  };
}

/** What `MarketRow` wants selected. */
export const MARKET_COLUMNS = '*, sequence::float8 as sequence, round(extract(epoch from breaker_since) * 1000)::float8 as breaker_since_ms, round(extract(epoch from halted_at) * 1000)::float8 as halted_at_ms';
