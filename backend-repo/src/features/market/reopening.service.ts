import type { AuditEntry } from '../../domain/audit-entry.ts';
import type { VenueCommand } from '../../domain/venue-command.ts';
import { AppError } from '../../errors.ts';
import type { Halt, ReopeningRepository } from './reopening.repository.ts';

export interface ReopeningDeps {
  readonly transaction: <T>(work: (tables: { readonly reopenings: ReopeningRepository; readonly audit: (entry: AuditEntry) => Promise<void> }) => Promise<T>) => Promise<T>;
  readonly carryOut: (command: VenueCommand) => Promise<unknown>;
  /** Tells staff of a halt, once. */
  readonly tell: (halt: Halt) => Promise<void>;
  readonly pauseSeconds: number;
  readonly now: () => number;
}

/**
 * A circuit breaker gives everybody a pause, and the market opens again by itself after it. Any node may look, any number of times: each halt is told
 * of and its end ordered once, and whether it still holds when the command comes is for the engine to say, which alone knows what staff did meanwhile.
 */
export class ReopeningService {
  readonly #deps: ReopeningDeps;
  /** Markets of whose halt this node has told, by the time of it. */
  readonly #told = new Map<string, number>();

  constructor(deps: ReopeningDeps) {
    this.#deps = deps;
  }

  /** One market that cannot be opened does not keep the others shut. */
  async look(): Promise<void> {
    const halts = await this.noteHalts();
    const dueSince = this.#deps.now() - this.#deps.pauseSeconds * 1_000;
    const opened = await Promise.allSettled(halts.filter(({ since }) => since <= dueSince).map((halt) => this.#reopen(halt)));
    for (const result of opened) if (result.status === 'rejected') throw result.reason;
  }

  /** Tells of the halts that hold now. To be called before one is ended, too: afterwards nothing shows it any more. */
  async noteHalts(): Promise<readonly Halt[]> {
    const halts = await this.#deps.transaction(({ reopenings }) => reopenings.halts());
    for (const halt of halts) {
      if (this.#told.get(halt.symbol) === halt.since) continue;
      await this.#deps.tell(halt);
      this.#told.set(halt.symbol, halt.since);
    }
    return halts;
  }

  /** On record before the engine hears of it, as an order of staff is. Ordered already and still halted: the node that did so may be gone. */
  async #reopen(halt: Halt): Promise<void> {
    const { symbol, haltedAt } = halt;
    const reason = `${this.#deps.pauseSeconds} seconds after its circuit breaker halted it`;
    await this.#deps.transaction(async ({ reopenings, audit }) => {
      if (!(await reopenings.claim(halt, this.#deps.now()))) return;
      const actor = { kind: 'system', id: 'reopen-markets' } as const;
      await audit({ actor, action: 'market.status_ordered', subject: { kind: 'market', id: symbol }, reason, before: { status: 'halted' }, after: { status: 'open' } });
    });
    try {
      await this.#deps.carryOut({ kind: 'reopen-market', symbol, haltedAt });
    } catch (error) {
      const over = error instanceof AppError && error.code === 'WRONG_STATE';
      if (!over) throw error;
    }
  }
}
