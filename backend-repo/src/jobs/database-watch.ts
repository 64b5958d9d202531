import type { DatabaseWatchRepository } from './database-watch.repository.ts';

export interface DatabaseWatchDeps {
  readonly repository: DatabaseWatchRepository;
  readonly onDefaultPartition: (table: string, bytes: number) => void;
  readonly onClock: (secondsAhead: number) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Looks at what nobody meets until it is too late, and tells the metrics that docs/alerts.yaml watches. */
export class DatabaseWatch {
  readonly #deps: DatabaseWatchDeps;

  constructor(deps: DatabaseWatchDeps) {
    this.#deps = deps;
  }

  async look(): Promise<void> {
    const { repository, onDefaultPartition, onClock, now } = this.#deps;
    for (const { table, bytes } of await repository.defaultPartitions()) onDefaultPartition(table, bytes);
    const asked = now();
    const theirs = await repository.clock();
    // It was read somewhere between the question and the answer.
    onClock((theirs - (asked + now()) / 2) / 1000);
  }
}
