import type { AuditEntry } from '../../domain/audit-entry.ts';
import type { FeeRate } from '../../domain/fee.ts';
import type { MarketState as Market } from '../../domain/matching/types.ts';
import type { Units } from '../../domain/money.ts';
import type { VenueCommand } from '../../domain/venue-command.ts';
import { AppError } from '../../errors.ts';
import type { MarketState } from './market.state.ts';
import type { ReopeningRepository } from './reopening.repository.ts';

/** A market that its circuit breaker halted. */
export interface Halt {
  readonly symbol: string;
  /** By the engine's time, which names the halt. */
  readonly haltedAt: number;
  readonly lastPrice: Units | null;
  /** The share by which the price had to move, and within what time. */
  readonly rate: FeeRate | null;
  readonly windowMs: number;
}

export interface ReopeningDeps {
  readonly markets: Pick<MarketState, 'all' | 'reload'>;
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
    const opened = await Promise.allSettled(halts.filter(({ haltedAt }) => haltedAt <= dueSince).map((halt) => this.#reopen(halt)));
    for (const result of opened) if (result.status === 'rejected') throw result.reason;
  }

  /** Tells of the halts that hold now. To be called before one is ended, too: afterwards nothing shows it any more. */
  async noteHalts(): Promise<readonly Halt[]> {
    // What is half a second old may not know of the halt that staff is about to end.
    await this.#deps.markets.reload();
    const halts = haltsOf(await this.#deps.markets.all());
    for (const halt of halts) {
      if (this.#told.get(halt.symbol) === halt.haltedAt) continue;
      await this.#deps.tell(halt);
      this.#told.set(halt.symbol, halt.haltedAt);
    }
    return halts;
  }

  /** On record before the engine hears of it, as an order of staff is. Ordered already and still halted: the node that did so may be gone. */
  async #reopen({ symbol, haltedAt }: Halt): Promise<void> {
    const reason = `${this.#deps.pauseSeconds} seconds after its circuit breaker halted it`;
    await this.#deps.transaction(async ({ reopenings, audit }) => {
      if (!(await reopenings.claim(symbol, haltedAt, this.#deps.now()))) return;
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

/** One from before its time was written down waits for staff. */
function haltsOf(markets: readonly Market[]): Halt[] {
  return markets.flatMap(({ symbol, haltReason, haltedAt, lastPrice, breakerRate: rate, breakerWindowMs: windowMs }) =>
    haltReason === 'CIRCUIT_BREAKER' && haltedAt !== null ? [{ symbol, haltedAt, lastPrice, rate, windowMs }] : [],
  );
}
