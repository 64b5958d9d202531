import { pino, type LoggerOptions, type Logger as PinoLogger } from 'pino';
import { logFields } from './domain/log-fields.ts';

/** Without children: what such a one is made with is written as it is. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'>;

/** How often one kind of line is written while what it needs is away. */
const SAY_EVERY_MS = 5_000;
const KINDS_MAX = 1_000;
const CAUSES_MAX = 5;

/** JSON lines on standard output, without secrets. Errors are written with their cause; answers never carry them (style.md 8). */
export function createLogger(level: string, destination?: { write(line: string): void }, isAway: (error: unknown) => boolean = () => false, clock = (): number => performance.now()): Logger {
  const options = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { log: logFields },
    // An error logged by itself is a field of this name, and written like every other by then.
    serializers: { err: (written: unknown) => written },
    hooks: { logMethod: saySeldom(isAway, clock) },
  };
  return destination ? pino(options, destination) : pino(options);
}

type LogMethod = NonNullable<NonNullable<LoggerOptions['hooks']>['logMethod']>;

/**
 * While the database is away everything that needs it says so, many times a second. No stack of ours explains that, so the reason is
 * enough, and one line of a kind per five seconds. A request's line is always written: it is found by its id.
 */
function saySeldom(isAway: (error: unknown) => boolean, clock: () => number): LogMethod {
  const said = new Map<string, { at: number; leftOut: number }>();
  return function say(args, method) {
    const [fields, message] = args as unknown as [unknown, string?];
    const reason = awayReason(fields, isAway);
    if (reason === null) return method.apply(this, args);
    const { error: _, ...others } = fields as Record<string, unknown>;
    if (others['request_id'] !== undefined) return method.apply(this, [{ ...others, reason }, message] as unknown as typeof args);
    const kind = `${message} ${String(others['job'])}`;
    const last = said.get(kind);
    if (last && clock() - last.at < SAY_EVERY_MS) return void (last.leftOut += 1);
    if (said.size >= KINDS_MAX) said.clear();
    said.set(kind, { at: clock(), leftOut: 0 });
    return method.apply(this, [{ ...others, reason, ...(last?.leftOut && { left_out: last.leftOut }) }, message] as unknown as typeof args);
  };
}

/** Another node did not answer in the time it has (`AbortSignal.timeout`). */
const isDeadline = (error: object): boolean => 'name' in error && error.name === 'TimeoutError';

/** What the error, or what caused it, says of the thing that is away. */
function awayReason(fields: unknown, isAway: (error: unknown) => boolean): string | null {
  if (typeof fields !== 'object' || fields === null || !('error' in fields)) return null;
  let { error } = fields;
  for (let depth = 0; depth < CAUSES_MAX && typeof error === 'object' && error !== null; depth += 1) {
    const { message, code, cause } = error as { message?: string; code?: unknown; cause?: unknown };
    // Several addresses that all refuse have a code and no message.
    if (isAway(error) || isDeadline(error)) return message || String(code);
    error = cause;
  }
  return null;
}
