import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerAtLength } from '../../testing/long-answer.ts';
import { ANSWER_BYTES_MAX, EngineGateway } from './engine.gateway.ts';

/** Thrice what is read of one. */
const LONG_ANSWER_BYTES = 3 * ANSWER_BYTES_MAX;

test('of an answer that is longer than any a node gives, the rest is not read, and what became of the command is unknown', async () => {
  const taken = Promise.withResolvers<number>();
  const server = createServer((_req, res) => void answerAtLength(res, LONG_ANSWER_BYTES).then(taken.resolve));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    const gateway = new EngineGateway({ secret: 's'.repeat(32), now: () => 1_700_000_000_000, newNonce: () => 'nonce-1' });
    const { port } = server.address() as AddressInfo;
    const answer = gateway.forward(`http://127.0.0.1:${port}`, { kind: 'cancel-all', userId: 2, symbol: null });
    await expect(answer).rejects.toMatchObject({ code: 'ORDER_OUTCOME_UNKNOWN' });
    expect(await taken.promise).toBeLessThan(LONG_ANSWER_BYTES);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
