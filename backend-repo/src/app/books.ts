import type { Sql } from '../db/connection.ts';
import type { BooksEvent, TellBooks } from '../domain/books-event.ts';
import { outboxContext } from '../domain/sealed-columns.ts';
import { SEAL_RANDOM_BYTES } from '../domain/secret-box.ts';
import { uuidV7 } from '../domain/uuid.ts';
import { OutboxRepository } from '../jobs/outbox.repository.ts';
import type { Foundation } from './foundation.ts';

/** Tells whoever keeps the books of clients, on the connection of the change it tells about: both are committed, or neither. */
export function tellBooks({ box, now, randomBytes }: Pick<Foundation, 'box' | 'now' | 'randomBytes'>): (sql: Sql) => TellBooks {
  const sealed = (eventId: string, { personalChanges: changes }: BooksEvent): string | null => changes === undefined ? null : box.seal(JSON.stringify({ changes }), outboxContext(eventId), randomBytes(SEAL_RANDOM_BYTES));
  return (sql) => {
    const outbox = new OutboxRepository(sql);
    return async (type, ...events) => {
      const at = now();
      await outbox.add(
        events.map((event) => {
          const eventId = uuidV7(at, randomBytes(10));
          const { personalChanges: _, ...payload } = event;
          return { eventId, type, orderingKey: `client ${event.clientId}`, payload, personalSealed: sealed(eventId, event) };
        }),
        at,
      );
    };
  };
}
