import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { drain } from './main.ts';
import { cloneDatabase, type TestDatabase } from './testing/postgres.ts';
import { createTestApp } from './testing/test-app.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
});
afterAll(() => database.drop());

test('draining answers what is under way, asks kept-alive callers to go, and is done in time however busy they are', async () => {
  const { app, url } = await createTestApp({ database });
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  let answered = 0;
  let cutOff = 0;
  let refused = 0;
  let going = true;
  const call = (): Promise<void> =>
    new Promise((resolve) => {
      const ask = request(`${url}/health`, { agent }, (res) => {
        res.resume();
        res.once('end', () => resolve(void (answered += 1)));
        res.once('error', () => resolve(void (cutOff += 1)));
      });
      // A connection that we closed while it was idle, or none to be had: the caller knows that nothing was done.
      ask.once('error', () => resolve(void (refused += 1)));
      ask.end();
    });
  const callers = Array.from({ length: 20 }, async () => {
    while (going) {
      await call();
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
  await new Promise((resolve) => setTimeout(resolve, 200));
  const started = Date.now();
  await drain(app);
  const took = Date.now() - started;
  going = false;
  await Promise.all(callers);
  agent.destroy();
  expect(answered).toBeGreaterThan(20);
  expect(refused).toBeGreaterThan(0);
  expect(cutOff).toBe(0);
  expect(took).toBeLessThan(3_000);
});

test('a caller that never finishes its request is cut off, and the rest of the shutdown still happens', async () => {
  const { app, url } = await createTestApp({ database });
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{');
  await new Promise((resolve) => setTimeout(resolve, 100));
  const started = Date.now();
  await drain(app);
  expect(Date.now() - started).toBeLessThan(9_000);
  socket.destroy();
});
