import { isIP } from 'node:net';
import Joi from 'joi';
import { LIMIT_VARIABLES, toLimits, type Limits } from './config-limits.ts';
import type { GuardRules } from './domain/login-backoff.ts';
import { isMailAddress } from './domain/mail-words.ts';

/**
 * The only reader of process.env. A bad value stops the boot and is named. Others receive the value they need, never the whole config
 * (style.md 9).
 */
export const ROLES = ['widget', 'trading'] as const;
export type Role = (typeof ROLES)[number];

/** spec/4's `securityRules`, and what they are judged by. */
export interface SecurityRules extends GuardRules {
  /** Of what is traded, paid in or taken out within the window, by one account. Decimal, in quote units and USDT. */
  readonly unusualVolumeThreshold: string;
  readonly velocityWindowSeconds: number;
  readonly ordersPerMinuteMax: number;
  /** So many grave risk events within a day, and an account has to show that its owner reads its mail; 0: it never has to for that. */
  readonly reverifyAfterRiskEvents: number;
  /** One range of addresses a line; `null`: none is known. */
  readonly vpnRangesFile: string | null;
  /** Rounds of PBKDF2 that each try of a sign-up's proof of work takes. */
  readonly captchaCost: number;
}

export interface MailConfig {
  /** `null`: mails go into the folder; without one they wait. */
  readonly smtpUrl: string | null;
  readonly outboxFolder: string | null;
  readonly from: { readonly name: string; readonly address: string };
  /** Who hears of grave risk events; `null`: nobody, by mail. */
  readonly alertAddress: string | null;
}

/** How this process reaches role widget when it runs elsewhere: as the partner that our venue is. */
export interface WidgetApi {
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly sessionSecret: string;
}

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly metricsHost: string;
  readonly metricsPort: number;
  readonly publicUrl: string;
  /** The built pages of ours that this process serves; `null`: none. */
  readonly portalDir: string | null;
  readonly roles: readonly Role[];
  readonly databaseUrl: string;
  readonly databaseAppUrl: string | undefined;
  readonly databasePoolMax: number;
  /** What nodes share limits, nonces and caps through; `null`: each node keeps its own (design 5.16). */
  readonly redisUrl: string | null;
  readonly encryptionKey: string;
  readonly encryptionKeyPrevious: string | undefined;
  readonly jwtSecret: string;
  /** What services of our own show us; `null`: none may call. */
  readonly serviceApiToken: string | null;
  /** What the payment provider signs with; `null`: there is none. */
  readonly fundingSecret: string | null;
  readonly corsOrigins: readonly string[];
  readonly trustProxyHops: number;
  /** Addresses and networks from which the administration can be reached; none: from anywhere. */
  readonly adminAddresses: readonly string[];
  /** How long a code of the second factor opens the administration. */
  readonly adminSecondFactorMinutes: number;
  readonly logLevel: string;
  readonly tokenIssuer: string;
  readonly tokenLifeSeconds: number;
  readonly venueExchangeId: string;
  /** Where our other nodes reach the internal server of this one. */
  readonly nodeAddress: string;
  readonly engine: { readonly leaseMs: number; readonly renewMs: number };
  readonly widgetApi: WidgetApi | null;
  /** How long a market stays halted that its circuit breaker halted. */
  readonly breakerPauseSeconds: number;
  /** Where copies of the audit log's checkpoints go; `null`: they stay in the database alone. */
  readonly auditCheckpointDir: string | null;
  /** An order about more, in quote units, is signed. Decimal. */
  readonly highValueNotional: string;
  /** A withdrawal that is worth more, or of unknown worth, takes two approvers. Decimal. */
  readonly coldWithdrawalAboveUsdt: string;
  /** How long withdrawals wait after a change of password or second factor; 0: not at all. */
  readonly withdrawalCoolingOffHours: number;
  /** Who sends the withdrawals that take one approver; `null`: staff, by hand. */
  readonly custodian: { readonly url: string; readonly secret: string } | null;
  readonly mail: MailConfig;
  readonly limits: Limits;
  /** How long a refresh token that was just used still gives the child it has; 0: not at all. */
  readonly refreshGraceSeconds: number;
  readonly security: SecurityRules;
}

const origins = Joi.string()
  .default([])
  .custom((value: string) => {
    const entries = value.split(',').map((entry) => entry.trim()).filter((entry) => entry !== '');
    for (const entry of entries) if (new URL(entry).origin !== entry) throw new Error(`${entry} is not an origin`);
    return entries;
  }, 'comma-separated origins');

// spec/4 writes UK for what ISO 3166 calls GB.
const countries = Joi.string().default(['US', 'CA', 'GB']).custom((value: string) => {
  const codes = value.split(',').map((code) => code.trim().toUpperCase());
  for (const code of codes) if (!/^[A-Z]{2}$/.test(code)) throw new Error(`${code} is not a code of two letters`);
  return codes.map((code) => (code === 'UK' ? 'GB' : code));
}, 'comma-separated countries');

const address = Joi.string().custom((value: string) => {
  if (!isMailAddress(value)) throw new Error('it must be one e-mail address');
  return value;
}, 'an e-mail address');
/** `Name <address>`, or the address alone. */
const sender = Joi.string().custom((value: string) => {
  const [, name, inside] = /^([^<>"\p{C}]*)<([^<>]*)>$/u.exec(value) ?? [null, '', value];
  if (!isMailAddress(inside!)) throw new Error('it must be an e-mail address, or Name <address>');
  return { name: name!.trim(), address: inside! };
}, 'a sender');

const networks = Joi.string()
  .default([])
  .custom((value: string) => {
    const entries = value.split(',').map((entry) => entry.trim()).filter((entry) => entry !== '');
    for (const entry of entries) {
      const [address, prefix, ...rest] = entry.split('/') as [string, string | undefined];
      const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)]!;
      const fits = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
      if (bits < 0 || !fits || rest.length > 0) throw new Error(`${entry} is neither an address nor a network`);
    }
    return entries;
  }, 'comma-separated addresses and networks');

const WIDGET_API = ['WIDGET_API_URL', 'VENUE_API_KEY', 'VENUE_API_SECRET', 'VENUE_SESSION_SECRET'] as const;

const environment = Joi.object({
  API_HOST: Joi.string().default('127.0.0.1'),
  PORT: Joi.number().port().default(Joi.ref('API_PORT')),
  API_PORT: Joi.number().port().default(8080),
  METRICS_HOST: Joi.string().default('127.0.0.1'),
  METRICS_PORT: Joi.number().port().allow(0).default(9464),
  PUBLIC_URL: Joi.string().uri({ scheme: ['http', 'https'] }),
  PORTAL_DIR: Joi.string().max(4096),
  ROLES: Joi.string().default([...ROLES]).custom((value: string) => {
    const roles = value.split(',').map((role) => role.trim());
    for (const role of roles) if (!(ROLES as readonly string[]).includes(role)) throw new Error(`${role} is not one of ${ROLES.join(', ')}`);
    return roles;
  }, 'comma-separated roles'),
  DATABASE_URL: Joi.string().uri({ scheme: ['postgres', 'postgresql'] }).required(),
  DATABASE_APP_URL: Joi.string().uri({ scheme: ['postgres', 'postgresql'] }),
  DATABASE_POOL_MAX: Joi.number().integer().min(2).max(200).default(10),
  REDIS_URL: Joi.string().uri({ scheme: ['redis', 'rediss'] }),
  REDIS_HOST: Joi.string().max(253),
  REDIS_PORT: Joi.number().port().default(6379),
  REDIS_PASSWORD: Joi.string().max(512),
  ENCRYPTION_KEY: Joi.string().min(32).max(512).required(),
  ENCRYPTION_KEY_PREVIOUS: Joi.string().min(32).max(512),
  JWT_SECRET: Joi.string().min(32).max(512).required(),
  SERVICE_API_TOKEN: Joi.string().min(32).max(512),
  FUNDING_SECRET: Joi.string().min(32).max(512),
  CORS_ORIGINS: origins,
  TRUST_PROXY_HOPS: Joi.number().integer().min(0).max(10).default(0),
  ADMIN_IP_ALLOW_LIST: networks,
  ADMIN_SECOND_FACTOR_MINUTES: Joi.number().integer().min(1).max(1_440).default(10),
  LOG_LEVEL: Joi.string().valid('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent').default('info'),
  TRADE_TOKEN_ISSUER: Joi.string().pattern(/^[\x21-\x7e]{1,100}$/).default('our-domain'),
  TRADE_TOKEN_LIFE_SECONDS: Joi.number().integer().min(5).max(10).default(10),
  VENUE_EXCHANGE_ID: Joi.string().pattern(/^[a-z0-9][a-z0-9-]{1,62}[a-z0-9]$/).default('demo-exchange'),
  NODE_ADDRESS: Joi.string().uri({ scheme: ['http', 'https'] }),
  ENGINE_LEASE_MS: Joi.number().integer().min(100).max(60_000).default(3_000),
  ENGINE_RENEW_MS: Joi.number().integer().min(20).max(30_000).default(1_000),
  AUDIT_CHECKPOINT_DIR: Joi.string().max(4_096),
  BREAKER_PAUSE_SECONDS: Joi.number().integer().min(1).max(86_400).default(300),
  HIGH_VALUE_NOTIONAL: Joi.string().pattern(/^\d{1,12}(\.\d{1,8})?$/).default('100000'),
  COLD_WITHDRAWAL_ABOVE_USDT: Joi.string().pattern(/^\d{1,12}(\.\d{1,8})?$/).default('10000'),
  WITHDRAWAL_COOLING_OFF_HOURS: Joi.number().integer().min(0).max(720).default(24),
  CUSTODY_URL: Joi.string().uri({ scheme: ['http', 'https'] }),
  CUSTODY_SECRET: Joi.string().min(32).max(512),
  FAILED_LOGIN_THRESHOLD: Joi.number().integer().min(1).max(100).default(5),
  LOCKOUT_SECONDS: Joi.number().integer().min(1).max(86_400).default(3_600),
  SUSPICIOUS_IP_THRESHOLD: Joi.number().integer().min(1).max(10_000_000).default(100),
  IP_BLOCK_SECONDS: Joi.number().integer().min(1).max(2_592_000).default(86_400),
  ALLOWED_COUNTRIES: countries,
  GEO_ALLOW_PRIVATE: Joi.boolean().default(false),
  VPN_DETECTION: Joi.boolean().default(true),
  VPN_RANGES_FILE: Joi.string(),
  REQUIRE_DEVICE_VERIFICATION: Joi.boolean().default(true),
  MAX_DEVICES_PER_USER: Joi.number().integer().min(1).max(100).default(5),
  UNUSUAL_VOLUME_THRESHOLD: Joi.string().pattern(/^[1-9]\d{0,11}(\.\d{1,8})?$/).default('10000'),
  VELOCITY_CHECK_WINDOW_SECONDS: Joi.number().integer().min(60).max(86_400).default(3_600),
  MAX_ORDERS_PER_MINUTE: Joi.number().integer().min(1).max(250).default(50),
  REVERIFY_AFTER_RISK_EVENTS: Joi.number().integer().min(0).max(1_000).default(3),
  CAPTCHA_COST: Joi.number().integer().min(1).max(1_000_000).default(5_000),
  REFRESH_GRACE_SECONDS: Joi.number().integer().min(0).max(60).default(10),
  SMTP_URL: Joi.string().uri({ scheme: ['smtp', 'smtps'] }),
  MAIL_FROM: sender.when('SMTP_URL', { is: Joi.exist(), then: Joi.required() }),
  MAIL_OUTBOX_DIR: Joi.string(),
  ALERT_EMAIL: address,
  WIDGET_API_URL: Joi.string().uri({ scheme: ['http', 'https'] }),
  VENUE_API_KEY: Joi.string().max(200),
  VENUE_API_SECRET: Joi.string().min(32).max(512),
  VENUE_SESSION_SECRET: Joi.string().min(32).max(512),
  ...LIMIT_VARIABLES,
})
  // A secret that guards two things is broken by the weaker one.
  .custom((value: Record<string, unknown>) => {
    if (value['JWT_SECRET'] === value['ENCRYPTION_KEY']) throw new Error('JWT_SECRET and ENCRYPTION_KEY must differ');
    if ([value['JWT_SECRET'], value['ENCRYPTION_KEY']].includes(value['SERVICE_API_TOKEN'])) throw new Error('SERVICE_API_TOKEN must differ from JWT_SECRET and ENCRYPTION_KEY');
    const others = [value['JWT_SECRET'], value['ENCRYPTION_KEY'], value['SERVICE_API_TOKEN']];
    if (value['FUNDING_SECRET'] !== undefined && others.includes(value['FUNDING_SECRET'])) throw new Error('FUNDING_SECRET must differ from JWT_SECRET, ENCRYPTION_KEY and SERVICE_API_TOKEN');
    if ((value['CUSTODY_URL'] === undefined) !== (value['CUSTODY_SECRET'] === undefined)) throw new Error('CUSTODY_URL and CUSTODY_SECRET belong together');
    if (value['CUSTODY_SECRET'] !== undefined && [...others, value['FUNDING_SECRET']].includes(value['CUSTODY_SECRET'])) throw new Error('CUSTODY_SECRET must differ from the other secrets');
    const roles = value['ROLES'] as Role[];
    const missing = WIDGET_API.filter((name) => value[name] === undefined);
    if (roles.includes('trading') && !roles.includes('widget') && missing.length > 0) throw new Error(`ROLES without widget needs ${missing.join(', ')}`);
    if ((value['ENGINE_RENEW_MS'] as number) * 2 > (value['ENGINE_LEASE_MS'] as number)) throw new Error('ENGINE_RENEW_MS must be at most half of ENGINE_LEASE_MS');
    return value;
  }, 'values that fit each other')
  .unknown(true);

/** @throws Error naming each bad variable, never its value (it may be a secret). */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const { value, error } = environment.validate(given, { abortEarly: false, errors: { wrap: { label: false } } });
  if (error) {
    const lines = error.details.map((detail) => `  ${detail.message.replace(/with value ".*?" /s, '')}`);
    throw new Error(`The configuration is not usable:\n${lines.join('\n')}\nSee docs/guides/configuration.md.`);
  }
  return deepFreeze(toConfig(value as Record<string, string & number>));
}

/** For `npm run audit:verify`: where the copies of checkpoints are, or `null`. */
export const loadCheckpointDir = (env: NodeJS.ProcessEnv = process.env): string | null => env['AUDIT_CHECKPOINT_DIR'] || null;

/** For commands that need the database and none of the secrets. */
export function loadDatabaseUrl(env: NodeJS.ProcessEnv = process.env): string {
  const { value, error } = Joi.object({ DATABASE_URL: environment.extract('DATABASE_URL') }).unknown(true).validate({ DATABASE_URL: env['DATABASE_URL'] || undefined });
  if (error) throw new Error('DATABASE_URL must be set to the address of the database, with the login of its owner.');
  return (value as { DATABASE_URL: string }).DATABASE_URL;
}

function toConfig(env: Record<string, string & number>): Config {
  const publicUrl = (env['PUBLIC_URL'] ?? `http://localhost:${env['PORT']}`).replace(/\/$/, '');
  return {
    host: env['API_HOST']!,
    port: env['PORT']!,
    metricsHost: env['METRICS_HOST']!,
    metricsPort: env['METRICS_PORT']!,
    publicUrl,
    portalDir: env['PORTAL_DIR'] ?? null,
    roles: env['ROLES'] as unknown as Role[],
    databaseUrl: env['DATABASE_URL']!,
    databaseAppUrl: env['DATABASE_APP_URL'],
    databasePoolMax: env['DATABASE_POOL_MAX']!,
    redisUrl: toRedisUrl(env),
    encryptionKey: env['ENCRYPTION_KEY']!,
    encryptionKeyPrevious: env['ENCRYPTION_KEY_PREVIOUS'],
    jwtSecret: env['JWT_SECRET']!,
    serviceApiToken: env['SERVICE_API_TOKEN'] ?? null,
    fundingSecret: env['FUNDING_SECRET'] ?? null,
    corsOrigins: env['CORS_ORIGINS'] as unknown as string[],
    trustProxyHops: env['TRUST_PROXY_HOPS']!,
    adminAddresses: env['ADMIN_IP_ALLOW_LIST'] as unknown as string[],
    adminSecondFactorMinutes: env['ADMIN_SECOND_FACTOR_MINUTES']!,
    logLevel: env['LOG_LEVEL']!,
    tokenIssuer: env['TRADE_TOKEN_ISSUER']!,
    tokenLifeSeconds: env['TRADE_TOKEN_LIFE_SECONDS']!,
    venueExchangeId: env['VENUE_EXCHANGE_ID']!,
    nodeAddress: (env['NODE_ADDRESS'] ?? `http://${env['METRICS_HOST']}:${env['METRICS_PORT']}`).replace(/\/$/, ''),
    engine: { leaseMs: env['ENGINE_LEASE_MS']!, renewMs: env['ENGINE_RENEW_MS']! },
    widgetApi: toWidgetApi(env),
    breakerPauseSeconds: env['BREAKER_PAUSE_SECONDS']!,
    auditCheckpointDir: env['AUDIT_CHECKPOINT_DIR'] ?? null,
    highValueNotional: env['HIGH_VALUE_NOTIONAL']!,
    coldWithdrawalAboveUsdt: env['COLD_WITHDRAWAL_ABOVE_USDT']!,
    withdrawalCoolingOffHours: env['WITHDRAWAL_COOLING_OFF_HOURS']!,
    custodian: env['CUSTODY_URL'] && env['CUSTODY_SECRET'] ? { url: env['CUSTODY_URL'], secret: env['CUSTODY_SECRET'] } : null,
    mail: toMailConfig(env, publicUrl),
    limits: toLimits(env),
    refreshGraceSeconds: env['REFRESH_GRACE_SECONDS']!,
    security: toSecurityRules(env),
  };
}

/** spec/5's three variables are another way to write REDIS_URL. */
function toRedisUrl(env: Record<string, string & number>): string | null {
  if (env['REDIS_URL']) return env['REDIS_URL'];
  if (!env['REDIS_HOST']) return null;
  const password = env['REDIS_PASSWORD'] ? `:${encodeURIComponent(env['REDIS_PASSWORD'])}@` : '';
  return `redis://${password}${env['REDIS_HOST']}:${env['REDIS_PORT']}`;
}

function toWidgetApi(env: Record<string, string & number>): WidgetApi | null {
  const [url, apiKey, apiSecret, sessionSecret] = WIDGET_API.map((name) => env[name] as string | undefined);
  return url && apiKey && apiSecret && sessionSecret ? { url: url.replace(/\/$/, ''), apiKey, apiSecret, sessionSecret } : null;
}

function toSecurityRules(env: Record<string, unknown>): SecurityRules {
  return {
    failedLoginThreshold: env['FAILED_LOGIN_THRESHOLD'] as number,
    lockoutSeconds: env['LOCKOUT_SECONDS'] as number,
    suspiciousIpThreshold: env['SUSPICIOUS_IP_THRESHOLD'] as number,
    ipBlockSeconds: env['IP_BLOCK_SECONDS'] as number,
    allowedCountries: env['ALLOWED_COUNTRIES'] as string[],
    allowPrivateAddresses: env['GEO_ALLOW_PRIVATE'] as boolean,
    vpnDetection: env['VPN_DETECTION'] as boolean,
    vpnRangesFile: (env['VPN_RANGES_FILE'] as string | undefined) ?? null,
    requireDeviceVerification: env['REQUIRE_DEVICE_VERIFICATION'] as boolean,
    devicesPerUserMax: env['MAX_DEVICES_PER_USER'] as number,
    unusualVolumeThreshold: env['UNUSUAL_VOLUME_THRESHOLD'] as string,
    velocityWindowSeconds: env['VELOCITY_CHECK_WINDOW_SECONDS'] as number,
    ordersPerMinuteMax: env['MAX_ORDERS_PER_MINUTE'] as number,
    reverifyAfterRiskEvents: env['REVERIFY_AFTER_RISK_EVENTS'] as number,
    captchaCost: env['CAPTCHA_COST'] as number,
  };
}

function toMailConfig(env: Record<string, unknown>, publicUrl: string): MailConfig {
  return {
    smtpUrl: (env['SMTP_URL'] as string | undefined) ?? null,
    outboxFolder: (env['MAIL_OUTBOX_DIR'] as string | undefined) ?? null,
    from: (env['MAIL_FROM'] as MailConfig['from'] | undefined) ?? { name: '', address: `no-reply@${new URL(publicUrl).hostname}` },
    alertAddress: (env['ALERT_EMAIL'] as string | undefined) ?? null,
  };
}

function deepFreeze<T extends object>(value: T): T {
  for (const entry of Object.values(value)) if (typeof entry === 'object' && entry !== null) deepFreeze(entry as object);
  return Object.freeze(value);
}
