import { describe, expect, test } from '@jest/globals';
import type { CommandKey } from '../../domain/venue-command.ts';
import type { KeyPlace } from './engine.repository.ts';
import { OrderNames } from './order-names.state.ts';

const key = (userId: number, name: string, kind: CommandKey['kind'] = 'order'): CommandKey => ({ kind, scope: String(userId), name, fingerprint: '' });
const stored: readonly KeyPlace[] = Array.from({ length: 4_500 }, (_, index) => ({ userId: 1 + Math.floor(index / 3_000), clientOrderId: String(index).padStart(6, '0') }));
const from = (after: KeyPlace | null): number => (after === null ? 0 : stored.findIndex((place) => place.userId === after.userId && place.clientOrderId === after.clientOrderId) + 1);

function names(failures = 0): { names: OrderNames; pages: () => number; troubles: string[] } {
  let [left, pages] = [failures, 0];
  const troubles: string[] = [];
  const page = (after: KeyPlace | null, rowsMax: number): Promise<KeyPlace[]> => {
    pages += 1;
    if (left > 0 && after !== null) {
      left -= 1;
      return Promise.reject(new Error('the database is away'));
    }
    return Promise.resolve(stored.slice(from(after), from(after) + rowsMax));
  };
  return { names: new OrderNames({ expected: 0, page, onTrouble: (_error, message) => void troubles.push(message) }), pages: () => pages, troubles };
}

describe('names of orders', () => {
  test('none is surely new before all of the database’s have been read, and of those none is new afterwards', async () => {
    const { names: known, pages } = names();
    const reading = known.start();
    expect(known.isNew(key(1, 'never seen'))).toBe(false);
    await reading;
    expect(pages()).toBe(3);
    expect(stored.filter(({ userId, clientOrderId }) => known.isNew(key(userId, clientOrderId)))).toEqual([]);
    expect(known.isNew(key(1, 'never seen'))).toBe(true);
    expect(known.isNew(key(2, '000000'))).toBe(true);
  });

  test('a page that cannot be read is read again, and until then nothing is new', async () => {
    const { names: known, pages, troubles } = names(1);
    await known.start();
    expect([pages(), troubles.length]).toEqual([4, 1]);
    expect(stored.filter(({ userId, clientOrderId }) => known.isNew(key(userId, clientOrderId)))).toEqual([]);
    expect(known.isNew(key(1, 'never seen'))).toBe(true);
  });

  test('the own orders of this engine are known at once, those of the time in which the others are read included', async () => {
    const { names: known } = names();
    const reading = known.start();
    known.note([{ userId: 7, clientOrderId: 'mine', orderId: 1, fingerprint: '', time: 0 }]);
    await reading;
    expect(known.isNew(key(7, 'mine'))).toBe(false);
    expect(known.isNew(key(8, 'mine'))).toBe(true);
  });

  test('postings are always asked for, and after the engine’s end everything is', async () => {
    const { names: known } = names();
    await known.start();
    expect(known.isNew(key(1, 'never seen', 'posting'))).toBe(false);
    known.stop();
    expect(known.isNew(key(1, 'never seen'))).toBe(false);
  });
});
