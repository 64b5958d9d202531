import { expect, test } from '@jest/globals';
import express, { type ErrorRequestHandler } from 'express';
import { createServer } from 'node:http';
import supertest from 'supertest';
import { signedHeaders } from '../testing/test-app.ts';
import { sessionOrApiKey } from './authenticate-api-key.ts';
import { LocalLimiter, windowOf } from './limiter.ts';
import { LocalNonces, NONCES_PER_CALLER_MAX } from './nonce-memory.ts';

test('a trader whose nonces are too many is refused with a new key, too, and another trader is not', async () => {
  const nonces = new LocalNonces(() => 0);
  const owners: Record<string, number> = { first: 1, second: 1, foreign: 2 };
  const find = (key: string) => ({ id: key, userId: owners[key]!, secret: key, scopes: new Set<string>(), requireVersion2: false, expiresAt: null, held: false, allowsAddress: () => true });
  const clock = (): number => 0;
  const gate = sessionOrApiKey((_req, _res, next) => next(), {
    apiKeyCalls: { find, used: () => undefined, take: () => Promise.resolve(true) }, nonces, limiter: new LocalLimiter(clock, clock), strangers: windowOf('strangers', 100, 60), now: () => Date.now(),
  });
  const answer: ErrorRequestHandler = (error: { status: number }, _req, res, _next) => void res.status(error.status).end();
  const server = createServer(express().get('/', gate, (_req, res) => void res.end()).use(answer));
  const call = (key: string): Promise<number> => supertest(server).get('/').set(signedHeaders({ apiKey: key, apiSecret: key }, 'GET', '/', '')).then(({ status }) => status);
  expect(await call('first')).toBe(200);
  for (let count = 1; count < NONCES_PER_CALLER_MAX; count += 1) nonces.use('first', `nonce ${count}`, 'user 1');
  expect([await call('first'), await call('second'), await call('foreign')]).toEqual([503, 503, 200]);
});
