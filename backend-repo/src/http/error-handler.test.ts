import { afterAll, beforeAll, expect, test } from '@jest/globals';
import express from 'express';
import { createServer } from 'node:http';
import supertest from 'supertest';
import { connect, type Database } from '../db/connection.ts';
import { createLogger } from '../logger.ts';
import { cloneDatabase, type TestDatabase } from '../testing/postgres.ts';
import { errorHandler } from './error-handler.ts';

let database: TestDatabase;
let connection: Database;
beforeAll(async () => {
  database = await cloneDatabase();
  connection = connect(database.superUrl, 1, () => undefined);
});
afterAll(async () => {
  await connection.close();
  await database.drop();
});

/** The log line and the answer of a call in which this goes wrong. */
async function failing(work: () => Promise<unknown>, path = '/users'): Promise<{ line: string; answer: string }> {
  const lines: string[] = [];
  const app = express().use((req, _res, next) => {
    req.id = 'req_1';
    work().then(() => next(), next);
  });
  app.use(errorHandler(createLogger('info', { write: (line) => lines.push(line) }), () => undefined));
  const { text, status } = await supertest(createServer(app)).get(path);
  expect(status).toBe(500);
  expect(lines).toHaveLength(1);
  return { line: lines[0]!, answer: text };
}

const HIDDEN = /ann\.hidden|\$argon2id|Failing row|hidden text/;

test('a row that the database refuses is not in the log, but what refused it is', async () => {
  const user = { email: 'ann.hidden@example.com', password_hash: '$argon2id$v=19$hidden', role: 'king' };
  const { line, answer } = await failing(() => connection.app('auth.users').insert(user));
  expect(line + answer).not.toMatch(HIDDEN);
  expect(JSON.parse(line)).toMatchObject({ request_id: 'req_1', error: { code: '23514', constraint: 'users_role_check', table: 'users', stack: expect.stringContaining('\n    at ') } });
  expect(answer).not.toContain('users_role_check');
});

test.each([
  ['knex', () => connection.app('auth.users').where({ id: 'hidden text' }).first()],
  ['knex, with a question mark that is no placeholder', () => connection.app.raw(`select '{}'::jsonb \\? 'name', ?::text::bigint`, ['hidden text'])],
  ['the driver', () => connection.writer.query('select $1::bigint', ['hidden text'])],
])('a value that the database cannot read is not in the log: asked through %s', async (_name, work) => {
  const { line, answer } = await failing(work);
  expect(line + answer).not.toMatch(HIDDEN);
  expect(JSON.parse(line)).toMatchObject({ error: { code: '22P02', message: expect.stringContaining('invalid input syntax for type bigint: "…"') } });
});

test('a path that is too long for a name of ours is not in the log, either', async () => {
  const { line } = await failing(() => Promise.reject(new Error('a mistake')), `/users/${'t'.repeat(70)}/orders`);
  expect(JSON.parse(line)).toMatchObject({ path: '/users/…/orders' });
});
