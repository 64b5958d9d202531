import { JoinedRefresh } from '../../domain/joined-refresh.ts';
import type { SessionsRepository } from './sessions.repository.ts';

/** Longer than any access token lives. */
const KEEP_MS = 20 * 60_000;
/** Longer than a transaction takes to commit what it wrote with an earlier time. */
const OVERLAP_SECONDS = 60;

/**
 * The sessions that ended while an access token of theirs may be alive, in memory, so that no query runs per request. Follows the database
 * by its notices; each look makes up for those that were lost.
 */
export class EndedSessions {
  readonly #repository: Pick<SessionsRepository, 'listEnded'>;
  readonly #clock: () => number;
  /** By id: until when it is kept. */
  readonly #ended = new Map<string, number>();
  #lookedAt: number | null = null;
  readonly #refresh = new JoinedRefresh(() => this.#look());

  /** @param clock milliseconds, monotonic */
  constructor(repository: Pick<SessionsRepository, 'listEnded'>, clock: () => number) {
    this.#repository = repository;
    this.#clock = clock;
  }

  get loaded(): boolean {
    return this.#lookedAt !== null;
  }

  has(sessionId: string): boolean {
    return this.#ended.has(sessionId);
  }

  /** On the node where they ended, before its answer leaves. */
  add(sessionIds: readonly string[]): void {
    for (const sessionId of sessionIds) this.#ended.set(sessionId, this.#clock() + KEEP_MS);
  }

  refresh(): Promise<void> {
    return this.#refresh.run();
  }

  async #look(): Promise<void> {
    const at = this.#clock();
    const passed = this.#lookedAt === null ? KEEP_MS : Math.min(KEEP_MS, at - this.#lookedAt);
    const fresh = await this.#repository.listEnded(passed / 1000 + OVERLAP_SECONDS);
    this.add(fresh.filter((sessionId) => !this.#ended.has(sessionId)));
    for (const [sessionId, until] of this.#ended) if (until <= at) this.#ended.delete(sessionId);
    this.#lookedAt = at;
  }
}
