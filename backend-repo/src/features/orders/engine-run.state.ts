import type { OrderBookDepth } from '../../domain/matching/types.ts';
import { keyOf, tokenOf, type VenueAnswer, type VenueCommand } from '../../domain/venue-command.ts';
import { AppError } from '../../errors.ts';
import type { VenueBatch } from './engine-batch.repository.ts';
import type { Known, Lookup } from './engine.repository.ts';
import type { OrderNames } from './order-names.state.ts';
import type { VenueAudit, VenueMemory } from './venue.state.ts';

export const BATCH_COMMANDS_MAX = 1_024;
export const QUEUE_COMMANDS_MAX = 10_000;
export const COMMIT_TIMEOUT_MS = 2_000;
/** One order may sweep a whole book, and its batch is as large as that: it gets this much longer for each order and trade, twice what they take. */
const COMMIT_MS_PER_CHANGE = 0.1;
/** Longer than this a timer is not trusted: it is set again. */
const EXPIRY_TIMER_MAX_MS = 60_000;

/** Why an engine ended. After `failed` its node may load it again; after `replaced` another node has it. */
export type EngineEnd = { readonly why: 'stopped' | 'replaced' } | { readonly why: 'failed'; readonly error: unknown };

export interface EngineRunDeps {
  readonly venue: VenueMemory;
  /** Commits all of a batch; false when this engine's epoch no longer stands. */
  readonly commit: (batch: VenueBatch) => Promise<boolean>;
  /** Which keys need not be asked for. */
  readonly names: Pick<OrderNames, 'isNew' | 'note' | 'stop'>;
  /** Asks the database what it knows of a command's key and token. */
  readonly find: (lookup: Lookup) => Promise<Known>;
  /** The database refused the batch and changed nothing. Of any other failure nobody knows. */
  readonly isRefusal: (error: unknown) => boolean;
  readonly now: () => number;
  readonly clock: () => number;
  readonly onBatch: (commands: number, milliseconds: number) => void;
  /** What was just committed, in order: for feeds and for those who watch. Must not throw, and must not take long. */
  readonly onCommitted: (batch: VenueBatch) => void;
  /** Trade tokens have something to report. */
  readonly onReports: () => void;
  readonly onEnd: (end: EngineEnd) => void;
}

interface Waiting {
  readonly command: VenueCommand;
  readonly known: Known;
  readonly resolve: (answer: VenueAnswer) => void;
  readonly reject: (error: unknown) => void;
}

interface Reader {
  readonly read: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One life of the engine, from a load to its end: what arrives while a batch commits is the next batch, and every answer waits for its
 * commit. A commit that fails, or of which nobody knows, ends this life at once, because balances are shared by all that follows.
 */
export class EngineRun {
  readonly #deps: EngineRunDeps;
  #waiting: Waiting[] = [];
  #readers: Reader[] = [];
  #idle: (() => void)[] = [];
  #busy = false;
  #scheduled = false;
  #ended = false;
  #expiryTimer: NodeJS.Timeout | undefined;

  constructor(deps: EngineRunDeps) {
    this.#deps = deps;
    if (deps.venue.isUnsettled(deps.now())) this.#schedule();
    else this.#awaitExpiry();
  }

  /** @throws AppError OVERLOADED, ENGINE_UNAVAILABLE (nothing happened), ORDER_OUTCOME_UNKNOWN */
  async submit(command: VenueCommand): Promise<VenueAnswer> {
    if (this.#waiting.length >= QUEUE_COMMANDS_MAX) throw new AppError('OVERLOADED', { retryAfter: 1 });
    if (this.#ended) throw unavailable();
    const known = await this.#known(command);
    // This life may have ended during the look; then what was found may be old.
    if (this.#ended) throw unavailable();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ command, known, resolve, reject });
      this.#schedule();
    });
  }

  /** The committed book; `null` when there is no such market. */
  depth(symbol: string, levels: number): Promise<OrderBookDepth | null> {
    return this.#between((venue) => venue.depth(symbol, levels));
  }

  /** The committed state, looked through. */
  audit(): Promise<VenueAudit> {
    return this.#between((venue) => venue.audit());
  }

  /** Commands that wait for their batch. */
  get queued(): number {
    return this.#waiting.length;
  }

  /** Resolves when all that waits is answered. */
  drained(): Promise<void> {
    if (this.#ended || (!this.#busy && this.#waiting.length === 0)) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Whatever waits is refused; what is being committed is not waited for. */
  end(end: EngineEnd, outcomeOfBatch: readonly Waiting[] = []): void {
    if (this.#ended) return rejectAll(outcomeOfBatch, () => unavailable());
    this.#ended = true;
    clearTimeout(this.#expiryTimer);
    this.#deps.names.stop();
    const unknown = end.why === 'failed' && !this.#deps.isRefusal(end.error);
    for (const entry of outcomeOfBatch) entry.reject(unknown ? new AppError('ORDER_OUTCOME_UNKNOWN', { cause: end.error, retryAfter: 1 }) : unavailable(end));
    for (const entry of [...this.#waiting.splice(0), ...this.#readers.splice(0)]) entry.reject(unavailable(end));
    for (const done of this.#idle.splice(0)) done();
    this.#deps.onEnd(end);
  }

  /** Between two batches all that is in memory is committed. */
  #between<T>(look: (venue: VenueMemory) => T): Promise<T> {
    if (this.#ended) return Promise.reject(unavailable());
    const { venue } = this.#deps;
    if (!this.#busy) return Promise.resolve(look(venue));
    return new Promise((resolve, reject) => this.#readers.push({ read: () => resolve(look(venue)), reject }));
  }

  async #known(command: VenueCommand): Promise<Known> {
    const [key, jti] = [keyOf(command), tokenOf(command)];
    if (key !== null && this.#deps.venue.knows(key)) return NOTHING_KNOWN;
    if (jti === null && (key === null || this.#deps.names.isNew(key))) return NOTHING_KNOWN;
    try {
      return await this.#deps.find({ key, jti });
    } catch (cause) {
      throw new AppError('ENGINE_UNAVAILABLE', { cause, retryAfter: 1 });
    }
  }

  #schedule(): void {
    if (this.#scheduled || this.#busy || this.#ended) return;
    this.#scheduled = true;
    // Not in the same turn: requests that were read from their sockets together belong in one batch.
    setImmediate(() => {
      this.#scheduled = false;
      void this.#turn();
    });
  }

  async #turn(): Promise<void> {
    if (this.#ended) return;
    const time = Math.floor(this.#deps.now());
    if (this.#waiting.length === 0 && !this.#deps.venue.isUnsettled(time)) return;
    this.#busy = true;
    const started = this.#deps.clock();
    let entries = this.#waiting.splice(0, batchLength(this.#waiting));
    try {
      const answers = this.#apply(entries, time);
      // What did not go into this batch is the beginning of the next.
      this.#waiting.unshift(...entries.slice(answers.length));
      entries = entries.slice(0, answers.length);
      const batch = this.#deps.venue.takeBatch();
      if (batch) this.#deps.names.note(batch.keys);
      if (batch && !(await withDeadline(this.#deps.commit(batch), COMMIT_TIMEOUT_MS + changesIn(batch) * COMMIT_MS_PER_CHANGE))) return this.end({ why: 'replaced' }, entries);
      // Ended while it committed (the lease ran out): the rows are there, but this engine may no longer speak for them.
      if (this.#ended) return rejectAll(entries, outcomeUnknown);
      entries.forEach((entry, index) => entry.resolve(answers[index]!));
      if (batch) this.#deps.onCommitted(batch);
      if (batch && batch.reports.some(({ status }) => status !== null)) this.#deps.onReports();
    } catch (error) {
      if (this.#ended) return rejectAll(entries, outcomeUnknown);
      return this.end({ why: 'failed', error }, entries);
    }
    this.#deps.onBatch(entries.length, this.#deps.clock() - started);
    this.#busy = false;
    for (const reader of this.#readers.splice(0)) reader.read();
    this.#awaitExpiry();
    if (this.#waiting.length > 0 || this.#deps.venue.isUnsettled(time)) this.#schedule();
    else for (const done of this.#idle.splice(0)) done();
  }

  /** An order must end at its time even when nothing else happens. */
  #awaitExpiry(): void {
    clearTimeout(this.#expiryTimer);
    const due = this.#deps.venue.nextExpiry;
    if (due === null || this.#ended) return;
    const waits = Math.min(EXPIRY_TIMER_MAX_MS, Math.max(0, due - this.#deps.now()));
    this.#expiryTimer = setTimeout(() => (this.#deps.venue.isUnsettled(this.#deps.now()) ? this.#schedule() : this.#awaitExpiry()), waits);
    this.#expiryTimer.unref();
  }

  /** As many as the batch has room for, after what is due before them. */
  #apply(entries: readonly Waiting[], time: number): VenueAnswer[] {
    const { venue } = this.#deps;
    const answers: VenueAnswer[] = [];
    let settled = venue.settle(time);
    for (const { command, known } of entries) {
      // A new market stands alone: the engine it makes begins with an empty batch.
      if (!settled || venue.isFull || (command.kind === 'create-market' && !venue.isClean)) break;
      answers.push(venue.carryOut(command, known, time));
      settled = venue.settle(time);
    }
    return answers;
  }
}

/** A new market rebuilds the engine, so its command stands alone in its batch. */
function batchLength(waiting: readonly Waiting[]): number {
  const at = waiting.findIndex(({ command }) => command.kind === 'create-market');
  if (at === 0) return 1;
  return Math.min(at === -1 ? waiting.length : at, BATCH_COMMANDS_MAX);
}

const changesIn = ({ newOrders, updatedOrders, trades }: VenueBatch): number => newOrders.length + updatedOrders.length + trades.length;

const NOTHING_KNOWN: Known = { key: null, rejection: null };

function rejectAll(entries: readonly Waiting[], error: () => AppError): void {
  for (const entry of entries) entry.reject(error());
}

const outcomeUnknown = (): AppError => new AppError('ORDER_OUTCOME_UNKNOWN', { retryAfter: 1 });

function unavailable(end?: EngineEnd): AppError {
  return new AppError('ENGINE_UNAVAILABLE', { retryAfter: 1, cause: end?.why === 'failed' ? end.error : undefined });
}

/** @throws Error after `milliseconds`; the work goes on and nobody knows its end */
async function withDeadline<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the batch was not committed within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
