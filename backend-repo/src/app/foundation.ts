import type { Config } from '../config.ts';
import type { Database } from '../db/connection.ts';
import type { SecretBox } from '../domain/secret-box.ts';
import type { Metrics } from '../http/metrics.ts';
import type { Logger } from '../logger.ts';

/** What every role is built on. */
export interface Foundation {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly database: Database;
  readonly appUrl: string;
  readonly box: SecretBox;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds, monotonic, for durations. */
  readonly clock: () => number;
  readonly randomBytes: (bytes: number) => Buffer;
}

/** One role of the backend: what it serves, what it starts, and what it hands to the others. */
export interface RolePart {
  readonly start: () => Promise<void>;
  /** Finish what is under way, then let go. */
  readonly stop: () => Promise<void>;
  /** What is missing before this role can do its work, or `null`. */
  readonly notReady: () => string | null;
}
