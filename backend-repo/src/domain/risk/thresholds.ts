import { amountFrom, type Units } from '../money.ts';
import type { SeverityCounts } from './finding.ts';

/**
 * When something is worth a look. Indicators are named as in the Market Abuse Regulation (EU) 596/2014 ("MAR"), Annex I A, and in Delegated
 * Regulation (EU) 2016/522 ("DR"), Annex II section 1, which ESMA's guidance builds on. The laws name patterns and no numbers: where no source is
 * given for a number it is ours, set so that the honest traders of honest-traders.test.ts are left alone.
 */
export interface RiskThresholds {
  /** One finding of a kind per trader, market and this long; it is made worse, not repeated. */
  readonly reportWindowMs: number;
  readonly washTrading: WashTradingThresholds;
  readonly spoofing: SpoofingThresholds;
  readonly momentumIgnition: MomentumIgnitionThresholds;
  readonly unusualVolume: UnusualVolumeThresholds;
  readonly orderRate: OrderRateThresholds;
  readonly moneyVelocity: MoneyVelocityThresholds;
}

/** spec/4's `securityRules`, as far as they are about trading and money: what the operator sets. */
export interface MonitoringRules {
  /** unusualVolumeThreshold, in quote units. */
  readonly unusualVolume: Units;
  /** velocityCheckWindow. */
  readonly velocityWindowMs: number;
  readonly ordersPerMinuteMax: number;
}

/** MAR Annex I A(c), no change in beneficial ownership; DR 3(a) wash trades, 3(c) improper matched orders. */
export interface WashTradingThresholds {
  readonly windowMs: number;
  /** One trade with oneself may be an accident of somebody who chose self-trade prevention NONE. */
  readonly selfTradesMin: number;
  readonly selfTradesFor: SeverityCounts;
  /** Trades of the pair in each direction. */
  readonly legsMin: number;
  readonly legsFor: SeverityCounts;
  /** What the pair is left with, of all it traded. Near nothing: ownership did not change. */
  readonly netMaxPercent: bigint;
  /** Of what each of the two traded on the market, with the other. A market maker has many counterparties. */
  readonly concentrationMinPercent: bigint;
  /** Between what one paid and what one got, on average. Below both fees (spec/4: 0.1 % and 0.15 %) nobody trades for the profit. */
  readonly priceGapMaxBasisPoints: bigint;
  /** Accounts in a circle. It takes one look at each. */
  readonly ringMax: number;
}

/** MAR Annex I A(f), orders withdrawn before they are executed; DR 5(e) layering and spoofing. */
export interface SpoofingThresholds {
  readonly windowMs: number;
  /** How long before the fill the false orders were placed at most. Older ones were at risk. One with a shorter life of its own is withdrawn by its expiry. */
  readonly orderAgeMaxMs: number;
  /** How soon after the fill they are cancelled. */
  readonly cancelWithinMs: number;
  /** Who places as much again this soon was re-quoting. */
  readonly replaceWithinMs: number;
  /** Behind the best price; further off nobody would ever meet it. */
  readonly replaceWithinBasisPoints: bigint;
  /** What was withdrawn, in multiples of what was filled on the other side. */
  readonly withdrawnMinTimesFill: bigint;
  /** The trader's open orders on the false side, in multiples of those on the side that filled. Market makers show both sides alike. */
  readonly imbalanceMinTimes: bigint;
  /** Of the false side, what is gone afterwards. */
  readonly withdrawnMinPercent: bigint;
  /** Prices at which false orders stood: from here on it is called layering. */
  readonly layersMin: number;
  /** How often within the window. Once may be a change of mind. */
  readonly episodesMin: number;
  readonly episodesFor: SeverityCounts;
}

/** DR 5(c) momentum ignition: orders that start or worsen a trend, to close or open a position at the price it leads to. */
export interface MomentumIgnitionThresholds {
  readonly windowMs: number;
  /** A burst is over after this long without an aggressive order, and lasts at most this long. */
  readonly burstGapMs: number;
  readonly burstMaxMs: number;
  /** One large order that walks through the book is no burst. */
  readonly burstOrdersMin: number;
  readonly priceMoveMinBasisPoints: bigint;
  /** How soon others must have traded with the orders that lay in wait. */
  readonly exitWithinMs: number;
  /** Of what the burst bought, what the waiting orders sold (or the other way round). */
  readonly exitMinPercent: bigint;
  /** Of the move, what the market has given back; with this much it is HIGH instead of MEDIUM. */
  readonly reversalMinPercent: bigint;
  /** So many in the window are CRITICAL. */
  readonly repeatedMin: number;
}

/** spec/4, securityRules: unusualVolumeThreshold 10000 USD, velocityCheckWindow 1h. MAR Annex I A(a), a significant share of the daily volume. */
export interface UnusualVolumeThresholds {
  readonly windowMs: number;
  /** Quote units within the window. Markets are quoted in dollars or what is worth one; for another quote asset this is as many of its units. */
  readonly notionalMin: Units;
  readonly timesOwnAverageMin: bigint;
  readonly timesMarketAverageMin: bigint;
  readonly marketShareMinPercent: bigint;
  /** Of the trader's share of the market in this window to the usual one: a market maker trades more when everybody does. */
  readonly timesOwnShareMin: bigint;
  /** What is usual is not known before the market has traded in so many of the last windows. */
  readonly historyWindowsMin: number;
  /** In multiples of `notionalMin`. */
  readonly notionalFor: SeverityCounts;
}

/** spec/4, securityRules: maxOrdersPerMinute 50. More than that may be allowed (contract.md: 100 and 200 in higher tiers) and is told of. */
export interface OrderRateThresholds {
  readonly windowMs: number;
  readonly ordersMax: number;
  readonly ordersFor: SeverityCounts;
}

/** spec/4, securityRules: the same two numbers, for what one account pays in, or takes out. */
export interface MoneyVelocityThresholds {
  readonly windowMs: number;
  /** In USDT. More than that is told of. */
  readonly worthMax: Units;
  /** In multiples of `worthMax`. */
  readonly worthFor: SeverityCounts;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const TIMES_VOLUME: SeverityCounts = { medium: 10, high: 100, critical: 1_000 };

export const SPEC_MONITORING: MonitoringRules = { unusualVolume: amountFrom('10000'), velocityWindowMs: HOUR_MS, ordersPerMinuteMax: 50 };

export const riskThresholds = ({ unusualVolume, velocityWindowMs, ordersPerMinuteMax }: MonitoringRules): RiskThresholds => ({
  reportWindowMs: HOUR_MS,
  washTrading: {
    windowMs: 10 * MINUTE_MS,
    selfTradesMin: 2,
    selfTradesFor: { medium: 2, high: 5, critical: 20 },
    legsMin: 4,
    legsFor: { medium: 4, high: 10, critical: 30 },
    netMaxPercent: 10n,
    concentrationMinPercent: 80n,
    priceGapMaxBasisPoints: 25n,
    ringMax: 5,
  },
  spoofing: {
    windowMs: 10 * MINUTE_MS,
    orderAgeMaxMs: 60 * SECOND_MS,
    cancelWithinMs: 5 * SECOND_MS,
    replaceWithinMs: 2 * SECOND_MS,
    replaceWithinBasisPoints: 100n,
    withdrawnMinTimesFill: 5n,
    imbalanceMinTimes: 4n,
    withdrawnMinPercent: 80n,
    layersMin: 3,
    episodesMin: 2,
    episodesFor: { medium: 2, high: 4, critical: 8 },
  },
  momentumIgnition: {
    windowMs: 30 * MINUTE_MS,
    burstGapMs: 3 * SECOND_MS,
    burstMaxMs: 15 * SECOND_MS,
    burstOrdersMin: 3,
    priceMoveMinBasisPoints: 100n,
    exitWithinMs: 60 * SECOND_MS,
    exitMinPercent: 50n,
    reversalMinPercent: 50n,
    repeatedMin: 2,
  },
  unusualVolume: {
    windowMs: velocityWindowMs,
    notionalMin: unusualVolume,
    timesOwnAverageMin: 10n,
    timesMarketAverageMin: 3n,
    marketShareMinPercent: 30n,
    timesOwnShareMin: 3n,
    historyWindowsMin: 6,
    notionalFor: TIMES_VOLUME,
  },
  orderRate: {
    windowMs: MINUTE_MS,
    ordersMax: ordersPerMinuteMax,
    // More than twice, four and ten times as many.
    ordersFor: { medium: 2 * ordersPerMinuteMax + 1, high: 4 * ordersPerMinuteMax + 1, critical: 10 * ordersPerMinuteMax + 1 },
  },
  moneyVelocity: { windowMs: velocityWindowMs, worthMax: unusualVolume, worthFor: TIMES_VOLUME },
});

export const RISK_THRESHOLDS: RiskThresholds = riskThresholds(SPEC_MONITORING);
