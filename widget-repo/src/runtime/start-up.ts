import { pause, type Scope, within } from '../helpers/scope.ts';
import { failure, type Failure } from '../model/failure.ts';
import type { WidgetConfig } from '../model/order.ts';
import type { Trading } from '../trading.ts';
import type { Result } from '../transport/result.ts';

const TRADING_TIMEOUT_MS = 10_000;
const RETRY_FIRST_MS = 2000;
const RETRY_SLOWEST_MS = 30_000;
// These may pass by themselves; the others wait for a person.
const PASSING = ['OPERATOR_AWAY', 'RATE_LIMIT_EXCEEDED', 'TRADING_PART_AWAY'];

/** `attempt` counts from 1; `signal` ends with the attempt, whatever came of it. */
export type LoadTrading = (attempt: number, signal: AbortSignal) => Promise<Trading>;

export interface StartUpNeeds {
  readonly scope: Scope;
  readonly loadConfig: () => Promise<Result<WidgetConfig>>;
  readonly loadTrading: LoadTrading;
  readonly loaded: (config: WidgetConfig, trading: Trading) => void;
  readonly failed: (why: Failure) => void;
}

/** Loads configuration and trading part side by side; tries again, less and less often, while that can help. */
export function createStartUp({ scope, loadConfig, loadTrading, loaded, failed }: StartUpNeeds): () => Promise<void> {
  let round = 0;
  let attempt = 0;
  let trading: Trading | null = null;
  let loading: Promise<void> | null = null;
  const loadPart = async () => {
    const attempted = new AbortController();
    attempt += 1;
    try {
      trading ??= await within(scope, TRADING_TIMEOUT_MS, () => loadTrading(attempt, attempted.signal));
    } catch {
      // Said below as one failure with a code; a browser gives no better reason than "failed".
    }
    attempted.abort();
    loading = null;
  };
  const open = (config: WidgetConfig, part: Trading) => {
    try {
      loaded(config, part);
    } catch {
      failed(failure('CONFIG_INVALID'));
    }
  };
  return async () => {
    round += 1;
    const mine = round;
    for (let delayMs = RETRY_FIRST_MS; !scope.ended && mine === round; delayMs = Math.min(delayMs * 2, RETRY_SLOWEST_MS)) {
      loading ??= loadPart();
      const config = await loadConfig();
      if (config.ok) await loading;
      if (scope.ended || mine !== round) return;
      if (config.ok && trading) return open(config.value, trading);
      const why = config.ok ? failure('TRADING_PART_AWAY') : config.failure;
      failed(why);
      if (!PASSING.includes(why.code) || !(await pause(scope, delayMs))) return;
    }
  };
}
