import { failure } from '../model/failure.ts';
import type { WidgetConfig } from '../model/order.ts';
import type { Send } from './http.ts';
import { readResult, type Result } from './result.ts';

export const CONFIG_TIMEOUT_MS = 8000;
const CONFIG_SYMBOLS_MAX = 500;
const THEME_TEXTS = ['primaryColor', 'backgroundColor', 'textColor', 'fontFamily'];
const FEE_TEXTS = ['makerRate', 'takerRate'];
const SYMBOL_TEXTS = ['symbol', 'base', 'quote', 'tickSize', 'lotSize', 'minQuantity', 'maxQuantity', 'minNotional'];

export async function loadConfig(apiUrl: string, exchangeId: string, send: Send): Promise<Result<WidgetConfig>> {
  const url = `${apiUrl}/api/widget/config?id=${encodeURIComponent(exchangeId)}`;
  const result = readResult<WidgetConfig>(await send({ url, method: 'GET', timeoutMs: CONFIG_TIMEOUT_MS, cacheable: true }), (body) => body);
  return result.ok && !looksLikeConfig(result.value) ? { ok: false, failure: failure('CONFIG_INVALID') } : result;
}

/** The parts without which nothing can be drawn or traded; the contract's tests hold the rest. */
function looksLikeConfig({ theme, features, symbols, fee }: Partial<WidgetConfig>): boolean {
  if (!features || !hasTexts(theme, THEME_TEXTS) || !hasTexts(fee, FEE_TEXTS) || !Array.isArray(symbols)) return false;
  return symbols.length > 0 && symbols.length <= CONFIG_SYMBOLS_MAX && symbols.every((symbol) => hasTexts(symbol, SYMBOL_TEXTS));
}

function hasTexts(thing: unknown, names: readonly string[]): boolean {
  return names.every((name) => typeof (thing as Record<string, unknown> | null | undefined)?.[name] === 'string');
}
