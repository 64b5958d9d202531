import { AppError } from '../../errors.ts';

const WAITING_PER_PARTNER_MAX = 50;

/**
 * One batch of a partner's reports at a time. They would wait for each other in the database anyway, each holding a connection meanwhile;
 * here they wait for nothing but their turn, and no partner's burst keeps another's from the database.
 */
export class PartnerTurns {
  readonly #lines = new Map<string, { waiting: number; last: Promise<unknown> }>();

  /** @throws AppError OVERLOADED when 50 batches of this partner wait already */
  async take<T>(exchangeId: string, work: () => Promise<T>): Promise<T> {
    let line = this.#lines.get(exchangeId);
    if (!line) this.#lines.set(exchangeId, (line = { waiting: 0, last: Promise.resolve() }));
    if (line.waiting >= WAITING_PER_PARTNER_MAX) throw new AppError('OVERLOADED', { retryAfter: 2 });
    line.waiting += 1;
    const turn = line.last.then(work);
    // Whether the one before failed is its own caller's matter.
    line.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      line.waiting -= 1;
      if (line.waiting === 0) this.#lines.delete(exchangeId);
    }
  }
}
