import Joi from 'joi';

const limit = (fallback: number): Joi.NumberSchema => Joi.number().integer().min(1).max(10_000_000).default(fallback);

/** Each limit's variable and its default: contract.md's and spec/4's numbers. Part of config.ts, which alone reads the environment. */
export const LIMIT_VARIABLES = {
  LIMIT_TOKENS_PER_SECOND_PER_USER: limit(10),
  LIMIT_TOKENS_PER_SECOND_PER_PARTNER: limit(500),
  LIMIT_OPEN_TOKENS_PER_USER: limit(20),
  LIMIT_PARTNER_CALLS_PER_MINUTE: limit(1000),
  LIMIT_PARTNER_CALLS_BURST: limit(300),
  LIMIT_UNAUTHENTICATED_PER_MINUTE: limit(100),
  LIMIT_LOGIN_PER_HOUR: limit(10),
  LIMIT_PASSWORD_CHANGES_PER_HOUR: limit(10),
  LIMIT_REGISTER_PER_HOUR: limit(5),
  LIMIT_RESETS_PER_HOUR: limit(3),
  LIMIT_SECOND_FACTOR_PER_HOUR: limit(60),
  LIMIT_ORDERS_PER_MINUTE_UNVERIFIED: limit(10),
  LIMIT_ORDERS_PER_MINUTE_TIER_1: limit(50),
  LIMIT_ORDERS_PER_MINUTE_TIER_2: limit(100),
  LIMIT_ORDERS_PER_MINUTE_TIER_3: limit(200),
  LIMIT_ORDER_READS_PER_HOUR: limit(1000),
  LIMIT_ORDER_CHANGES_PER_MINUTE: limit(200),
  LIMIT_MARKETS_PER_MINUTE: limit(100),
  LIMIT_MARKET_STATS_PER_MINUTE: limit(60),
  LIMIT_TICKER_PER_MINUTE: limit(200),
  LIMIT_ORDERBOOK_PER_MINUTE: limit(500),
  LIMIT_PUBLIC_TRADES_PER_MINUTE: limit(300),
  LIMIT_KLINES_PER_MINUTE: limit(100),
  LIMIT_BALANCE_READS_PER_HOUR: limit(100),
  LIMIT_WIDGET_BALANCE_READS_PER_HOUR: limit(1000),
  LIMIT_WIDGET_SESSIONS_PER_HOUR: limit(200),
  LIMIT_ACCOUNT_READS_PER_HOUR: limit(1000),
  LIMIT_ACCOUNT_EXITS_PER_HOUR: limit(200),
  LIMIT_FEE_READS_PER_HOUR: limit(100),
  LIMIT_API_KEY_CHANGES_PER_HOUR: limit(20),
  LIMIT_DEPOSITS_PER_DAY: limit(100),
  LIMIT_WITHDRAWALS_PER_DAY: limit(10),
  LIMIT_WITHDRAWAL_USDT_PER_DAY_TIER_1: limit(50000),
  LIMIT_WITHDRAWAL_USDT_PER_DAY_TIER_2: limit(200000),
  LIMIT_WITHDRAWAL_USDT_PER_DAY_TIER_3: limit(1000000),
  LIMIT_KYC_PER_DAY: limit(20),
  LIMIT_STAFF_CALLS_PER_MINUTE: limit(1000),
  LIMIT_LABEL_TOKENS_PER_MINUTE_PER_USER: limit(6),
  LIMIT_LABEL_TOKENS_PER_MINUTE_PER_ADDRESS: limit(60),
};

/** Tokens a user or partner may ask for. The numbers are contract.md's. */
export interface TokenLimits {
  readonly tokensPerSecondPerUser: number;
  readonly tokensPerSecondPerPartner: number;
  readonly openTokensPerUser: number;
}

export interface Limits {
  readonly tokens: TokenLimits;
  readonly partnerCallsPerMinute: number;
  readonly partnerCallsBurst: number;
  readonly unauthenticatedPerMinute: number;
  readonly loginPerHour: number;
  readonly passwordChangesPerHour: number;
  readonly registerPerHour: number;
  readonly resetsPerHour: number;
  readonly secondFactorPerHour: number;
  /** Of a trader whose identity staff has not approved, whatever the tier. */
  readonly ordersPerMinuteUnverified: number;
  /** By rate tier: fee tiers 1 and 2, 3 and 4, 5. */
  readonly ordersPerMinute: { readonly 1: number; readonly 2: number; readonly 3: number };
  readonly orderReadsPerHour: number;
  /** Changes and cancellations. */
  readonly orderChangesPerMinute: number;
  readonly marketsPerMinute: number;
  readonly marketStatsPerMinute: number;
  readonly tickerPerMinute: number;
  readonly orderbookPerMinute: number;
  readonly publicTradesPerMinute: number;
  readonly klinesPerMinute: number;
  readonly balanceReadsPerHour: number;
  /** By the widget, which looks three times a minute and after each order. */
  readonly widgetBalanceReadsPerHour: number;
  readonly widgetSessionsPerHour: number;
  readonly accountReadsPerHour: number;
  /** Ending or taking back: sessions, devices, API keys, withdrawals. */
  readonly accountExitsPerHour: number;
  readonly feeReadsPerHour: number;
  readonly apiKeyChangesPerHour: number;
  readonly depositsPerDay: number;
  readonly withdrawalsPerDay: number;
  /** What withdrawals of 24 hours may be worth, by rate tier. */
  readonly withdrawalUsdtPerDay: { readonly 1: number; readonly 2: number; readonly 3: number };
  readonly kycPerDay: number;
  readonly staffCallsPerMinute: number;
  readonly labelTokensPerMinutePerUser: number;
  readonly labelTokensPerMinutePerAddress: number;
}

/** @param env as LIMIT_VARIABLES has read it */
export function toLimits(env: Readonly<Record<string, number>>): Limits {
  return {
    tokens: {
      tokensPerSecondPerUser: env['LIMIT_TOKENS_PER_SECOND_PER_USER']!,
      tokensPerSecondPerPartner: env['LIMIT_TOKENS_PER_SECOND_PER_PARTNER']!,
      openTokensPerUser: env['LIMIT_OPEN_TOKENS_PER_USER']!,
    },
    partnerCallsPerMinute: env['LIMIT_PARTNER_CALLS_PER_MINUTE']!,
    partnerCallsBurst: env['LIMIT_PARTNER_CALLS_BURST']!,
    unauthenticatedPerMinute: env['LIMIT_UNAUTHENTICATED_PER_MINUTE']!,
    loginPerHour: env['LIMIT_LOGIN_PER_HOUR']!,
    passwordChangesPerHour: env['LIMIT_PASSWORD_CHANGES_PER_HOUR']!,
    registerPerHour: env['LIMIT_REGISTER_PER_HOUR']!,
    resetsPerHour: env['LIMIT_RESETS_PER_HOUR']!,
    secondFactorPerHour: env['LIMIT_SECOND_FACTOR_PER_HOUR']!,
    ordersPerMinuteUnverified: env['LIMIT_ORDERS_PER_MINUTE_UNVERIFIED']!,
    ordersPerMinute: { 1: env['LIMIT_ORDERS_PER_MINUTE_TIER_1']!, 2: env['LIMIT_ORDERS_PER_MINUTE_TIER_2']!, 3: env['LIMIT_ORDERS_PER_MINUTE_TIER_3']! },
    orderReadsPerHour: env['LIMIT_ORDER_READS_PER_HOUR']!,
    orderChangesPerMinute: env['LIMIT_ORDER_CHANGES_PER_MINUTE']!,
    marketsPerMinute: env['LIMIT_MARKETS_PER_MINUTE']!,
    marketStatsPerMinute: env['LIMIT_MARKET_STATS_PER_MINUTE']!,
    tickerPerMinute: env['LIMIT_TICKER_PER_MINUTE']!,
    orderbookPerMinute: env['LIMIT_ORDERBOOK_PER_MINUTE']!,
    publicTradesPerMinute: env['LIMIT_PUBLIC_TRADES_PER_MINUTE']!,
    klinesPerMinute: env['LIMIT_KLINES_PER_MINUTE']!,
    balanceReadsPerHour: env['LIMIT_BALANCE_READS_PER_HOUR']!,
    widgetBalanceReadsPerHour: env['LIMIT_WIDGET_BALANCE_READS_PER_HOUR']!,
    widgetSessionsPerHour: env['LIMIT_WIDGET_SESSIONS_PER_HOUR']!,
    accountReadsPerHour: env['LIMIT_ACCOUNT_READS_PER_HOUR']!,
    accountExitsPerHour: env['LIMIT_ACCOUNT_EXITS_PER_HOUR']!,
    feeReadsPerHour: env['LIMIT_FEE_READS_PER_HOUR']!,
    apiKeyChangesPerHour: env['LIMIT_API_KEY_CHANGES_PER_HOUR']!,
    depositsPerDay: env['LIMIT_DEPOSITS_PER_DAY']!,
    withdrawalsPerDay: env['LIMIT_WITHDRAWALS_PER_DAY']!,
    withdrawalUsdtPerDay: { 1: env['LIMIT_WITHDRAWAL_USDT_PER_DAY_TIER_1']!, 2: env['LIMIT_WITHDRAWAL_USDT_PER_DAY_TIER_2']!, 3: env['LIMIT_WITHDRAWAL_USDT_PER_DAY_TIER_3']! },
    kycPerDay: env['LIMIT_KYC_PER_DAY']!,
    staffCallsPerMinute: env['LIMIT_STAFF_CALLS_PER_MINUTE']!,
    labelTokensPerMinutePerUser: env['LIMIT_LABEL_TOKENS_PER_MINUTE_PER_USER']!,
    labelTokensPerMinutePerAddress: env['LIMIT_LABEL_TOKENS_PER_MINUTE_PER_ADDRESS']!,
  };
}
