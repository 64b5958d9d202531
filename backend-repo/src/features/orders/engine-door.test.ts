import { expect, test } from '@jest/globals';
import { signRequest } from '../../domain/signature.ts';
import { toWire, type VenueAnswer } from '../../domain/venue-command.ts';
import { NonceMemory } from '../../http/nonce-memory.ts';
import { engineController } from './engine.controller.ts';
import { ENGINE_COMMANDS_PATH } from './engine.gateway.ts';

test('the door between nodes says that nothing happened when it can remember no more nonces', async () => {
  const [secret, now, body] = ['s'.repeat(32), 1_700_000_000_000, Buffer.from('{}')];
  let submitted = 0;
  const door = engineController({
    secret,
    now: () => now,
    nonces: new NonceMemory(2),
    submitHere: async () => {
      submitted += 1;
      return { kind: 'done', order: null, ended: [] };
    },
  });
  const knock = (nonce: string): ReturnType<typeof door.handle> => {
    const signature = signRequest({ version: 2, timestamp: String(now), nonce, method: 'POST', path: ENGINE_COMMANDS_PATH, body }, secret);
    const headers: Record<string, string> = { 'x-internal-timestamp': String(now), 'x-internal-nonce': nonce, 'x-internal-signature': signature };
    return door.handle((name) => headers[name] ?? '', body);
  };
  await knock('nonce-1');
  await knock('nonce-2');
  const { status, body: answer } = await knock('nonce-3');
  expect([status, JSON.parse(answer), submitted]).toEqual([200, { ok: false, code: 'OVERLOADED', extra: { retryAfter: 30 } }, 2]);
});

test.each([
  ['an amendment', { kind: 'amend', userId: 2, orderId: 3, quantity: 1n, price: null, stopPrice: null, stopLimitPrice: null, limits: null }, { judged: null }],
  ['an order', { kind: 'place', userId: 2 }, { quoteAmount: null, limits: null, timeInForce: 'GTC' }],
])('%s of a node of the version before is whole when it is carried out', async (_name, command, added) => {
  const [secret, now, body] = ['s'.repeat(32), 1_700_000_000_000, Buffer.from(toWire(command))];
  const submitted: unknown[] = [];
  const submitHere = (whole: unknown): Promise<VenueAnswer> => {
    submitted.push(whole);
    return Promise.resolve({ kind: 'done', order: null, ended: [] });
  };
  const door = engineController({ secret, now: () => now, nonces: new NonceMemory(2), submitHere });
  const signature = signRequest({ version: 2, timestamp: String(now), nonce: 'nonce-1', method: 'POST', path: ENGINE_COMMANDS_PATH, body }, secret);
  const headers: Record<string, string> = { 'x-internal-timestamp': String(now), 'x-internal-nonce': 'nonce-1', 'x-internal-signature': signature };
  await door.handle((name) => headers[name] ?? '', body);
  expect(submitted).toEqual([expect.objectContaining({ ...command, ...added })]);
});
