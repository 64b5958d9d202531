import type { Sql } from '../db/connection.ts';

/** What somebody else must be told of. Written in the transaction of the change it tells about (facts: rules O1). */
export interface OutboxEvent {
  /** Stays the same however often it is delivered. UUIDv7. */
  readonly eventId: string;
  readonly type: string;
  /** Events of one key are delivered in the order they were written. */
  readonly orderingKey: string;
  readonly payload: object;
  /** Fields of the payload that say who somebody is, sealed. */
  readonly personalSealed?: string | null;
}

export class OutboxRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** @param at milliseconds since 1970 */
  async add(events: readonly OutboxEvent[], at: number): Promise<void> {
    if (events.length === 0) return;
    const created_at = new Date(at);
    await this.#sql('jobs.outbox').insert(
      events.map(({ eventId, type, orderingKey, payload, personalSealed = null }) => ({
        event_id: eventId, type, ordering_key: orderingKey, payload: JSON.stringify(payload), personal_sealed: personalSealed, created_at, next_attempt_at: created_at,
      })),
    );
  }
}
