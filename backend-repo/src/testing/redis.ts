import { spawn, type ChildProcess } from 'node:child_process';
import { createClient } from 'redis';
import { findRedisServer } from '../../jest-redis.mjs';
import { freePort } from './postgres.ts';

export interface TestRedis {
  readonly url: string;
  /** Ends it at once; what it knew is lost. */
  readonly kill: () => Promise<void>;
  /** Starts it again, on the same port. */
  readonly startAgain: () => Promise<void>;
  /** It holds its connections and answers nobody. */
  readonly hang: () => void;
  readonly goOn: () => void;
}

/** A Redis that keeps nothing on disk. */
export async function startRedis(): Promise<TestRedis> {
  const binary = findRedisServer();
  if (binary === null) throw new Error('redis-server is not installed.');
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess;
  const start = async (): Promise<void> => {
    child = spawn(binary, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--daemonize', 'no'], { stdio: 'ignore' });
    await untilItAnswers(url, child);
  };
  await start();
  return {
    url,
    kill: async () => {
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      await ended;
    },
    startAgain: start,
    hang: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
  };
}

async function untilItAnswers(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`Redis ended with ${child.exitCode} when it should have started`);
    const client = createClient({ url, socket: { reconnectStrategy: false } });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.close();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** The Redis of this test run. Files named *.redis.test.ts run only where there is one. */
export function testRedisUrl(): string {
  const url = process.env['TEST_REDIS_URL'];
  if (!url) throw new Error('No Redis: set TEST_REDIS_URL, or install redis-server.');
  return url;
}
