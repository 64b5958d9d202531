import type { RiskWatchRepository } from './risk.repository.ts';

export interface RiskResponsesDeps {
  readonly watch: Pick<RiskWatchRepository, 'usersWithGraveEvents'>;
  /** Signs somebody out everywhere until they have shown that the account is theirs. */
  readonly forceReverification: (userId: number) => Promise<void>;
  /** So many within a day; 0: nothing follows by itself. */
  readonly eventsMin: number;
  readonly now: () => number;
}

const DAY_MS = 86_400_000;

/** What follows from risk events by itself (spec/4, automated security responses). */
export class RiskResponsesService {
  readonly #deps: RiskResponsesDeps;

  constructor(deps: RiskResponsesDeps) {
    this.#deps = deps;
  }

  /** The job's turn, on any node: the same again changes nothing. */
  async respond(): Promise<void> {
    const { watch, forceReverification, eventsMin, now } = this.#deps;
    if (eventsMin === 0) return;
    for (const userId of await watch.usersWithGraveEvents(eventsMin, now() - DAY_MS)) await forceReverification(userId);
  }
}
