import { AppError } from '../errors.ts';
import { isDataError, lostARace } from './pg-error.ts';

export const BATCH_ROWS_MAX = 1_024;
export const QUEUE_ROWS_MAX = 10_000;
export const COMMIT_TIMEOUT_MS = 2_000;

interface Waiting<Row, Result> {
  readonly row: Row;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
  readonly enqueuedAt: number;
  settled: boolean;
}

export interface GroupCommitOptions<Row, Result> {
  /** Commits all rows or none, and answers once per row, in order. */
  readonly commit: (rows: readonly Row[]) => Promise<readonly Result[]>;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
  readonly onBatch?: (rows: number, milliseconds: number) => void;
}

/**
 * Rows are committed in groups, without a timer: what arrives while a commit is under way is the next batch ("flush when the previous
 * flush returns", design 5.6). At one caller a batch is one row and costs one commit; at a thousand it is a thousand rows and costs the
 * same commit, so latency never waits on a clock and throughput grows with the load. One batch is under way at a time: with two, batches are
 * half as large and cost the database more than the overlap gains (measured: 8.7k/s against 8.6k/s, and 0.81 against 0.75 of no commit).
 *
 * A caller gets its result only after the commit of its row. Two seconds after it asked it gets a 503 instead, wherever its row is by then: a
 * row that still waits is dropped, one that is being committed may exist, but nobody is told so.
 */
export class GroupCommit<Row, Result> {
  readonly #options: GroupCommitOptions<Row, Result>;
  #waiting: Waiting<Row, Result>[] = [];
  #underWay: readonly Waiting<Row, Result>[] | null = null;
  #scheduled = false;
  #watchdog: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];

  constructor(options: GroupCommitOptions<Row, Result>) {
    this.#options = options;
  }

  /** @throws AppError OVERLOADED when 10,000 rows wait already; LEDGER_UNAVAILABLE when the commit fails or takes over 2 s. */
  submit(row: Row): Promise<Result> {
    if (this.#waiting.length >= QUEUE_ROWS_MAX) return Promise.reject(new AppError('OVERLOADED', { retryAfter: 1 }));
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ row, resolve, reject, enqueuedAt: this.#options.clock(), settled: false });
      this.#watch();
      this.#schedule();
    });
  }

  /** Resolves when nothing waits and nothing is under way. */
  drained(): Promise<void> {
    if (this.#waiting.length === 0 && this.#underWay === null) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  // Not flushed within the same turn: requests that were read from their sockets together belong in one batch.
  #schedule(): void {
    if (this.#scheduled || this.#underWay !== null) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    // Who was refused while waiting is not recorded either.
    const batch = this.#waiting.splice(0, BATCH_ROWS_MAX).filter((entry) => !entry.settled);
    this.#underWay = batch;
    const started = this.#options.clock();
    if (batch.length > 0) await this.#commit(batch, true);
    this.#underWay = null;
    if (batch.length > 0) this.#options.onBatch?.(batch.length, this.#options.clock() - started);
    if (this.#waiting.length > 0) return this.#schedule();
    clearTimeout(this.#watchdog);
    this.#watchdog = undefined;
    for (const done of this.#idle.splice(0)) done();
  }

  /** One timer for all: it looks when the oldest row may be due, refuses what is, and looks again when the next may be. */
  #watch(inMs = COMMIT_TIMEOUT_MS): void {
    if (this.#watchdog !== undefined) return;
    this.#watchdog = setTimeout(() => {
      this.#watchdog = undefined;
      const now = this.#options.clock();
      const open = [...(this.#underWay ?? []), ...this.#waiting].filter((entry) => !entry.settled);
      const due = open.filter((entry) => now - entry.enqueuedAt >= COMMIT_TIMEOUT_MS);
      refuseAll(due, new AppError('LEDGER_UNAVAILABLE', { retryAfter: 1 }));
      const next = open.find((entry) => !entry.settled);
      if (next) this.#watch(Math.max(1, COMMIT_TIMEOUT_MS - (now - next.enqueuedAt)));
    }, inMs);
  }

  /**
   * One bad row must not refuse its neighbours: a batch that fails on data is halved until the bad row stands alone. A batch that lost a
   * deadlock was rolled back whole, so it is simply tried again, once.
   */
  async #commit(batch: Waiting<Row, Result>[], mayRepeat: boolean): Promise<void> {
    try {
      const results = await this.#options.commit(batch.map((entry) => entry.row));
      batch.forEach((entry, index) => settle(entry, () => entry.resolve(results[index]!)));
    } catch (error) {
      if (mayRepeat && lostARace(error)) return this.#commit(batch, false);
      if (!isDataError(error)) return refuseAll(batch, new AppError('LEDGER_UNAVAILABLE', { cause: error, retryAfter: 1 }));
      if (batch.length === 1) return settle(batch[0]!, () => batch[0]!.reject(error));
      const middle = batch.length >> 1;
      await this.#commit(batch.slice(0, middle), mayRepeat);
      await this.#commit(batch.slice(middle), mayRepeat);
    }
  }
}

function refuseAll<Row, Result>(batch: readonly Waiting<Row, Result>[], error: AppError): void {
  for (const entry of batch) settle(entry, () => entry.reject(error));
}

function settle<Row, Result>(entry: Waiting<Row, Result>, how: () => void): void {
  if (entry.settled) return;
  entry.settled = true;
  how();
}
