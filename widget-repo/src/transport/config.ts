import { failure } from '../model/failure.ts';
import type { WidgetConfig } from '../model/order.ts';
import type { Send } from './http.ts';
import { readResult, type Result } from './result.ts';

export const CONFIG_TIMEOUT_MS = 8000;
const CONFIG_SYMBOLS_MAX = 500;

export async function loadConfig(apiUrl: string, exchangeId: string, send: Send): Promise<Result<WidgetConfig>> {
  const url = `${apiUrl}/api/widget/config?id=${encodeURIComponent(exchangeId)}`;
  const result = readResult<WidgetConfig>(await send({ url, method: 'GET', timeoutMs: CONFIG_TIMEOUT_MS, cacheable: true }), (body) => body);
  return result.ok && !looksLikeConfig(result.value) ? { ok: false, failure: failure('CONFIG_INVALID') } : result;
}

/** The parts without which nothing can be drawn or traded; the contract's tests hold the rest. */
function looksLikeConfig({ theme, features, symbols, fee }: Partial<WidgetConfig>): boolean {
  return Boolean(theme && features && fee && Array.isArray(symbols) && symbols.length > 0 && symbols.length <= CONFIG_SYMBOLS_MAX);
}
