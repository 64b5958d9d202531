import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { createLogger } from './logger.ts';
import { drain, endOnUncaught } from './main.ts';
import { becomesReady, spawnByNpm } from './testing/backend-process.ts';
import { createPartner, LIMIT_ORDER, openSession, type TestUser } from './testing/builders.ts';
import { cloneDatabase, freePort, TEST_ENCRYPTION_KEY, type TestDatabase } from './testing/postgres.ts';
import { createTestApp } from './testing/test-app.ts';
import { createNode, sql, until } from './testing/venue.ts';

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
  await until(() => Promise.resolve(answered), (count) => count > 20, 20_000);
  const started = Date.now();
  await drain(app);
  const took = Date.now() - started;
  going = false;
  await Promise.all(callers);
  agent.destroy();
  expect(refused).toBeGreaterThan(0);
  expect(cutOff).toBe(0);
  expect(took).toBeLessThan(3_000);
});

test('an error that nobody caught ends the process, logged without the row that the database refused', () => {
  const written: string[] = [];
  const exits: number[] = [];
  const process = Object.assign(new EventEmitter(), { exit: (code: number) => void exits.push(code) });
  endOnUncaught({ logger: createLogger('info', { write: (line) => void written.push(line) }) }, process as never);
  process.emit('uncaughtException', Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (email)=(ann@example.com) exists.' }));
  expect(exits).toEqual([1]);
  expect(written).toEqual([expect.stringContaining('"duplicate key"')]);
  expect(written[0]).not.toContain('ann@example.com');
});

test('a caller that never finishes its request is cut off, and the rest of the shutdown still happens', async () => {
  const { app, url, logs } = await createTestApp({ database });
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{');
  await new Promise((resolve) => setTimeout(resolve, 100));
  const started = Date.now();
  await drain(app);
  expect(Date.now() - started).toBeLessThan(9_000);
  const said = logs.map((line) => JSON.parse(line) as { msg: string }).filter(({ msg }) => msg.startsWith('drain'));
  expect(said).toEqual([expect.objectContaining({ msg: 'draining' }), expect.objectContaining({ msg: 'drained', ms: expect.any(Number) })]);
  socket.destroy();
});

test('our other nodes are answered to the end: none is left in doubt about a command', async () => {
  const node = await createNode({ database });
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const ends: (string | undefined)[] = [];
  let going = true;
  const ask = (): Promise<string | undefined> =>
    new Promise((resolve) => {
      const call = request(`${node.config.nodeAddress}/internal/engine/commands`, { method: 'POST', agent }, (res) => {
        res.resume().once('end', () => resolve(undefined));
      });
      call.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      call.end('{}');
    });
  const callers = Array.from({ length: 8 }, async () => {
    while (going) ends.push(await ask());
  });
  await until(() => Promise.resolve(ends.length), (asked) => asked > 50);
  await drain(node.app);
  going = false;
  await Promise.all(callers);
  agent.destroy();
  expect([...new Set(ends)].filter((end) => end !== undefined && end !== 'ECONNREFUSED')).toEqual([]);
});

/** What callers with kept-alive connections saw of the process they called. */
class Callers {
  readonly agent = new Agent({ keepAlive: true, maxSockets: 12 });
  readonly handedOut: string[] = [];
  readonly others: number[] = [];
  cutOff = 0;
  hungUpOn = 0;

  /** Asks for tokens, for one user after the other, until nobody listens any more. */
  async run(url: string, users: readonly TestUser[]): Promise<void> {
    for (let turn = 0; ; turn += 1) {
      const { partner: { exchangeId }, exchangeUserId, sessionToken } = users[turn % users.length]!;
      const body = JSON.stringify({ exchangeId, exchangeUserId, trade: LIMIT_ORDER });
      const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), Authorization: `Bearer ${sessionToken}` };
      const end = await new Promise<string | undefined>((resolve) => {
        const ask = request(`${url}/api/widget/generate-trade-token`, { method: 'POST', agent: this.agent, headers: { ...headers, 'Idempotency-Key': randomUUID() } }, (res) => {
          let text = '';
          res.setEncoding('utf8').on('data', (chunk) => (text += chunk));
          res.once('error', () => resolve(void (this.cutOff += 1)));
          res.once('end', () => resolve(this.#note(res.statusCode!, text)));
        });
        ask.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
        ask.end(body);
      });
      if (end === 'ECONNREFUSED') return;
      if (end !== undefined) this.hungUpOn += 1;
    }
  }

  #note(status: number, text: string): undefined {
    if (status === 201) this.handedOut.push((JSON.parse(text) as { data: { jti: string } }).data.jti);
    else this.others.push(status);
  }
}

const after = (milliseconds: number, message: string): Promise<never> =>
  new Promise((_, reject) => setTimeout(() => reject(new Error(message)), milliseconds).unref());

async function connected(url: string, text: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

test('SIGTERM to `npm start`, twice: nobody’s answer is lost, every token that was recorded was handed out, and the engine goes to another node', async () => {
  const metricsPort = await freePort();
  const backend = spawnByNpm({
    PORT: String(await freePort()), METRICS_PORT: String(metricsPort), DATABASE_URL: database.ownerUrl, DATABASE_APP_URL: database.appUrl, ENCRYPTION_KEY: TEST_ENCRYPTION_KEY,
    JWT_SECRET: 'test-jwt-secret-0123456789abcdef-012345',
  });
  let other: Awaited<ReturnType<typeof createNode>> | null = null;
  try {
    expect(await becomesReady(backend)).toBe(true);
    other = await createNode({ database });
    // Enough partners and users that none comes near its limits.
    const partners = await Promise.all(Array.from({ length: 12 }, () => createPartner(other!)));
    const users = await Promise.all(partners.map((partner) => Promise.all(Array.from({ length: 20 }, () => openSession(other!, partner)))));
    const holder = async (): Promise<string> => (await sql<{ address: string }>(database.superUrl, 'select address from trading.engine_lease'))[0]!.address;
    expect(await holder()).toBe(`http://127.0.0.1:${metricsPort}`);

    const idle = await connected(backend.url, 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
    const halfSent = await connected(backend.url, 'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{');
    const callers = new Callers();
    const calling = users.map((ofPartner) => callers.run(backend.url, ofPartner));
    await until(() => Promise.resolve(callers.handedOut.length), (tokens) => tokens > 100);

    const started = Date.now();
    backend.kill('SIGTERM');
    setTimeout(() => backend.kill('SIGTERM'), 50);
    expect(await backend.ended).toBe(0);
    expect(Date.now() - started).toBeLessThan(10_000);
    await until(holder, (address) => address === other!.config.nodeAddress, 1_000);
    await Promise.race([Promise.all(calling), after(5_000, 'somebody still listens: npm ended and left the backend behind')]);

    expect(callers.cutOff).toBe(0);
    expect(callers.others).toEqual([]);
    const onRecord = await sql<{ jti: string }>(database.superUrl, 'select jti from widget.trade_tokens where exchange_id = any ($1)', [partners.map(({ exchangeId }) => exchangeId)]);
    expect(onRecord.map(({ jti }) => jti).sort()).toEqual([...callers.handedOut].sort());
    for (const socket of [idle, halfSent]) socket.destroy();
    callers.agent.destroy();
  } finally {
    backend.kill('SIGKILL');
    await other?.close();
  }
});
