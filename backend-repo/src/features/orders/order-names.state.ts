import { setTimeout as pause } from 'node:timers/promises';
import { NameFilter } from '../../domain/name-filter.ts';
import type { CommandKey } from '../../domain/venue-command.ts';
import type { NewOrderKey } from './engine-batch.repository.ts';
import type { KeyPlace } from './engine.repository.ts';

/** A page is read in a few milliseconds, and so is the pause between two: orders go on meanwhile. */
const PAGE_ROWS_MAX = 2_000;
const PAUSE_MS = 5;
const RETRY_MS = 1_000;
/** Room for what comes, besides as many again as there are: 2 MiB at least. */
const ROOM_MIN = 2 ** 20;

export interface OrderNamesDeps {
  /** How many keys there are, about. */
  readonly expected: number;
  /** The keys behind this place, in their order. */
  readonly page: (after: KeyPlace | null, rowsMax: number) => Promise<KeyPlace[]>;
  readonly onTrouble: (error: unknown, message: string) => void;
}

/**
 * Which clientOrderIds are surely new, so that nearly no order has to ask the database whether it came before. It knows all that the database
 * holds and all of this engine's own; until it has read them, nothing is surely new. A wrong "may be known" costs one look; there is no wrong "new".
 */
export class OrderNames {
  readonly #deps: OrderNamesDeps;
  readonly #filter: NameFilter;
  #complete = false;
  #stopped = false;

  constructor(deps: OrderNamesDeps) {
    this.#deps = deps;
    this.#filter = new NameFilter(Math.max(ROOM_MIN, deps.expected * 2));
  }

  /** Reads the keys of earlier engines. No such engine may still be able to write one. */
  async start(): Promise<void> {
    for (let after: KeyPlace | null = null; !this.#stopped; ) {
      try {
        const keys: KeyPlace[] = await this.#deps.page(after, PAGE_ROWS_MAX);
        for (const { userId, clientOrderId } of keys) this.#filter.add(nameOf(String(userId), clientOrderId));
        if (keys.length < PAGE_ROWS_MAX) break;
        after = keys.at(-1)!;
        await pause(PAUSE_MS, undefined, { ref: false });
      } catch (error) {
        if (!this.#stopped) this.#deps.onTrouble(error, 'the names of earlier orders could not be read; each new order asks the database until they are');
        await pause(RETRY_MS, undefined, { ref: false });
      }
    }
    this.#complete = !this.#stopped;
  }

  stop(): void {
    this.#stopped = true;
    this.#complete = false;
  }

  /** Of this engine's batch that is about to be written. */
  note(keys: readonly NewOrderKey[]): void {
    for (const { userId, clientOrderId } of keys) this.#filter.add(nameOf(String(userId), clientOrderId));
  }

  isNew({ kind, scope, name }: CommandKey): boolean {
    return this.#complete && kind === 'order' && !this.#filter.mayHave(nameOf(scope, name));
  }
}

const nameOf = (userId: string, clientOrderId: string): string => `${userId} ${clientOrderId}`;
