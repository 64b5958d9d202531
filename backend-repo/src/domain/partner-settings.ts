import { CONTROL_CONTRAST_MIN, contrastRatio, TEXT_CONTRAST_MIN } from './contrast.ts';
import { amountFrom, canonicalAmount, UNITS_PER_ONE } from './money.ts';

/** What staff may set of a partner, under the names of the API. */
export interface PartnerSettings {
  readonly name: string;
  readonly identityMode: 'signed' | 'label';
  readonly allowedOrigins: string[];
  readonly theme: Theme;
  readonly features: Features;
  readonly locale: string;
  readonly symbols: WidgetSymbol[];
  readonly endpoints: Endpoints;
  readonly traderFee: TraderFee;
  readonly feeSchedule: number;
  readonly labelTokensPerDay: number;
}

export interface Theme {
  primaryColor: string;
  backgroundColor: string;
  textColor: string;
  fontFamily: string;
}

export interface Features {
  showPnl: boolean;
  allowMarketOrders: boolean;
}

/** What a partner trades, in canonical decimals. */
export interface WidgetSymbol {
  symbol: string;
  base: string;
  quote: string;
  tickSize: string;
  lotSize: string;
  minQuantity: string;
  maxQuantity: string;
  minNotional: string;
  /** Without it a price may be anything, and so may what could be due for an order. */
  maxPrice?: string;
}

export interface EndpointMapping {
  url: string;
  method: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: Record<string, string>;
  answer?: Record<string, string>;
}

export interface Endpoints {
  order?: EndpointMapping;
  orderStatus?: EndpointMapping;
  balance?: EndpointMapping;
  orderbookUrl?: string;
}

export interface TraderFee {
  makerRate: string;
  takerRate: string;
  text: string;
}

/** What a partner has until staff says otherwise. */
export const DEFAULT_SETTINGS: Omit<PartnerSettings, 'name'> = {
  identityMode: 'signed',
  allowedOrigins: [],
  theme: { primaryColor: '#3A86FF', backgroundColor: '#121212', textColor: '#FFFFFF', fontFamily: 'system-ui, sans-serif' },
  features: { showPnl: true, allowMarketOrders: true },
  locale: 'en',
  symbols: [],
  endpoints: {},
  traderFee: { makerRate: '0', takerRate: '0', text: '' },
  feeSchedule: 1,
  labelTokensPerDay: 10_000,
};

/** Every amount in its one spelling: one order has one text. */
export function canonicalSettings<Settings extends Partial<PartnerSettings>>(settings: Settings): Settings {
  const { symbols, traderFee } = settings;
  const one = (text: string): string => canonicalAmount(text)!;
  return {
    ...settings,
    ...(symbols && {
      symbols: symbols.map(({ symbol, base, quote, tickSize, lotSize, minQuantity, maxQuantity, minNotional, maxPrice }): WidgetSymbol => ({
        symbol, base, quote, tickSize: one(tickSize), lotSize: one(lotSize), minQuantity: one(minQuantity), maxQuantity: one(maxQuantity), minNotional: one(minNotional),
        ...(maxPrice !== undefined && { maxPrice: one(maxPrice) }),
      })),
    }),
    ...(traderFee && { traderFee: { ...traderFee, makerRate: one(traderFee.makerRate), takerRate: one(traderFee.takerRate) } }),
  };
}

/** What is wrong between fields that are each right by themselves, by field. Empty when all fit. */
export function settingsProblems({ identityMode, allowedOrigins, symbols, traderFee }: PartnerSettings): Record<string, string> {
  const problems: Record<string, string> = {};
  if (identityMode === 'label' && allowedOrigins.length === 0) problems['allowedOrigins'] = 'A partner in label mode needs at least one page that may open sessions.';
  symbols.forEach((symbol, index) => {
    for (const [field, problem] of Object.entries(symbolProblems(symbol))) problems[`symbols.${index}.${field}`] = problem;
  });
  for (const rate of ['makerRate', 'takerRate'] as const) {
    if (amountFrom(traderFee[rate]) >= UNITS_PER_ONE) problems[`traderFee.${rate}`] = 'Must be below 1, which is 100 %.';
  }
  return problems;
}

function symbolProblems({ base, quote, tickSize, lotSize, minQuantity, maxQuantity, maxPrice }: WidgetSymbol): Record<string, string> {
  const [tick, lot] = [amountFrom(tickSize), amountFrom(lotSize)];
  const problems: Record<string, string> = {};
  if (base === quote) problems['quote'] = 'Must be another asset than base.';
  if (tick === 0n) problems['tickSize'] = 'Must be more than zero.';
  if (lot === 0n) problems['lotSize'] = 'Must be more than zero.';
  if (amountFrom(minQuantity) > amountFrom(maxQuantity)) problems['maxQuantity'] = 'Must be at least minQuantity.';
  if (maxPrice !== undefined && amountFrom(maxPrice) < tick) problems['maxPrice'] = 'Must be at least tickSize.';
  // docs/decisions/0003: then price × quantity is always exact.
  if ((tick * lot) % UNITS_PER_ONE !== 0n) problems['tickSize'] ??= 'tickSize × lotSize must be a whole number of 0.00000001.';
  return problems;
}

/** What is allowed but unwise. */
export function settingsWarnings({ identityMode, theme, allowedOrigins, symbols, endpoints }: PartnerSettings): string[] {
  const { order } = endpoints;
  return [
    contrastWarning('theme.textColor', theme.textColor, theme.backgroundColor, TEXT_CONTRAST_MIN),
    contrastWarning('theme.primaryColor', theme.primaryColor, theme.backgroundColor, CONTROL_CONTRAST_MIN),
    ...allowedOrigins.map((origin) => (origin.startsWith('http:') && !isThisMachine(origin) ? `allowedOrigins: ${origin} is not https, so anybody on the way can change the page.` : null)),
    identityMode === 'label' && symbols.some(({ maxPrice }) => maxPrice === undefined)
      ? 'symbols: without maxPrice anybody can type a name and get a token for any price, and unaccounted.upTo grows by it.' : null,
    order && !JSON.stringify(order).includes('{token}') ? 'endpoints.order: no {token} is sent, so the exchange cannot check the order.' : null,
  ].filter((warning) => warning !== null);
}

function contrastWarning(field: string, color: string, background: string, min: number): string | null {
  const ratio = contrastRatio(color, background);
  // Cut off, not rounded: 4.49 must not read as 4.5.
  return ratio < min ? `${field}: hard to see on theme.backgroundColor (contrast ${Math.floor(ratio * 10) / 10}, at least ${min} is advised).` : null;
}

const isThisMachine = (origin: string): boolean => /^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/.test(origin);

const QUOTED_FAMILY = /^(?:'[\w -]+'|"[\w -]+")$/;
const FAMILY = /^[\w-]+(?: [\w-]+)*$/;

/** Names and commas, each name quoted whole or not at all: nothing that could end the declaration or fetch something. */
export function isFontList(text: string): boolean {
  return text.length <= 200 && !/\burl\b/i.test(text) && text.split(',').map((family) => family.trim()).every((family) => QUOTED_FAMILY.test(family) || FAMILY.test(family));
}

/**
 * An address the widget may send orders to: https, or http on this machine; placeholders after the host only, so that no value of an
 * order chooses where it goes.
 */
export function isMappedUrl(text: string): boolean {
  const match = /^(https?):\/\/([\w.-]+)(?::\d{1,5})?(?:[/?][^\s{}#\\]*(?:\{[a-zA-Z]+\}[^\s{}#\\]*)*)?$/.exec(text);
  if (!match || !URL.canParse(text.replaceAll(/\{[a-zA-Z]+\}/g, 'x'))) return false;
  return match[1] === 'https' || match[2] === 'localhost' || match[2] === '127.0.0.1';
}

/** The settings that differ, each before and after. `null` when none does. */
export function settingsChange(before: PartnerSettings, after: PartnerSettings): { before: Partial<PartnerSettings>; after: Partial<PartnerSettings> } | null {
  const fields = (Object.keys(after) as (keyof PartnerSettings)[]).filter((field) => !sameJson(before[field], after[field]));
  const pick = (settings: PartnerSettings): Partial<PartnerSettings> => Object.fromEntries(fields.map((field) => [field, settings[field]]));
  return fields.length === 0 ? null : { before: pick(before), after: pick(after) };
}

/** The order of an object's names says nothing: Postgres keeps them in its own. */
function sameJson(left: unknown, right: unknown): boolean {
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return left === right;
  const [names, others] = [Object.keys(left), Object.keys(right)];
  return Array.isArray(left) === Array.isArray(right) && names.length === others.length
    && names.every((name) => Object.hasOwn(right, name) && sameJson((left as Record<string, unknown>)[name], (right as Record<string, unknown>)[name]));
}
