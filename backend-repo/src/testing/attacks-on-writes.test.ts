import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BATCH_BYTES_MAX, BODY_BYTES_MAX, contractPath, DOCUMENTS_BYTES_MAX } from '../http/router.ts';
import { codeOf } from './fuzz/answer-checks.ts';
import { fuzzedOperations, type FuzzedOperation } from './fuzz/contract-shapes.ts';
import { draftOf, type Draft } from './fuzz/draft.ts';
import type { Fault } from './fuzz/faults.ts';
import { Sender, type Answer } from './fuzz/sender.ts';
import { Books, changedTables } from './fuzz/unchanged.ts';
import { createWorld, newMaterial, type World } from './fuzz/world.ts';

// Of each of these the right request is known (fuzz/examples.ts), with right credentials: what is refused here is refused for the attack alone.

let world: World;
let sender: Sender;
let books: Books;
beforeAll(async () => {
  world = await createWorld({ full: false });
  sender = new Sender(world.app.url);
  books = new Books(world.app.database.superUrl);
  await books.open();
}, 60_000);
afterAll(async () => {
  sender.close();
  await books.close();
  await world.app.close();
});

const operations = fuzzedOperations();
const writes = operations.filter(({ hasBody }) => hasBody);
let turn = 0;

interface Heard {
  readonly status: number;
  readonly code: string | null;
  readonly fields: readonly string[];
}
const heard = (answer: Answer): Heard => {
  const { error } = JSON.parse(answer.body.toString() || '{}') as { error?: { fields?: object } };
  return { status: answer.status, code: codeOf(answer), fields: Object.keys(error?.fields ?? {}) };
};
async function attack(operation: FuzzedOperation, faults: readonly Fault[], spoil: (draft: Draft) => Draft = (draft) => draft): Promise<Heard> {
  return heard(await sender.send(spoil(draftOf(operation, faults, world, (turn += 1)))));
}

/** Sends it to every route that takes a body, and tells of those that did not refuse it so, or where it changed something. */
async function attackAll(how: (operation: FuzzedOperation) => Promise<Heard>, isRefused: (heard: Heard, operation: FuzzedOperation) => boolean): Promise<string[]> {
  const wrong: string[] = [];
  const before = await quietBooks();
  for (const operation of writes) {
    const answer = await how(operation);
    if (!isRefused(answer, operation)) wrong.push(`${operation.method} ${operation.path}: ${JSON.stringify(answer)}`);
  }
  return [...wrong, ...changedTables(before, await books.digest())];
}

/** With a session and a trade token that are fresh. */
async function quietBooks(): Promise<ReadonlyMap<string, string>> {
  world.material = await newMaterial(world, turn);
  return books.quietDigest();
}

/** What decides who somebody is and what they may do, in the columns' names and in those of programs. */
const GREEDY = ['id', 'user_id', 'userId', 'role', 'is_admin', 'permissions', 'kyc_status', 'fee_tier', 'email_verified_at', 'balance', 'status', 'approved_by', 'created_at'];

describe('mass assignment', () => {
  test('every route that takes a body refuses each field beyond its own by name, and changes nothing', async () => {
    const notOwn = ({ fields }: FuzzedOperation): string[] => GREEDY.filter((name) => !fields.some(({ path }) => path.length === 1 && path[0] === name));
    const send = (operation: FuzzedOperation): Promise<Heard> => attack(operation, notOwn(operation).map((name) => ({ fault: 'unknown field', path: [], name, json: '"admin"' })));
    expect(await attackAll(send, ({ status, code, fields }, operation) => status === 400 && code === 'VALIDATION_ERROR' && notOwn(operation).every((name) => fields.includes(name)))).toEqual([]);
  });
});

describe('a body that two parsers read differently', () => {
  test('with a name twice is refused by every route that takes a body', async () => {
    expect(await attackAll((operation) => attack(operation, [{ fault: 'name twice', path: [] }]), ({ status, code }) => status === 400 && code === 'VALIDATION_ERROR')).toEqual([]);
  });

  test.each(['__proto__', 'constructor', 'prototype'])('with a field %s is refused, and no object of ours has a new trait', async (name) => {
    const polluted = { fault: 'unknown field', path: [], name, json: '{"role":"admin","prototype":{"role":"admin"}}' } as const;
    expect(await attackAll((operation) => attack(operation, [polluted]), ({ status, code }) => status === 400 && code === 'VALIDATION_ERROR')).toEqual([]);
    expect('role' in {}).toBe(false);
  });
});

describe('an oversized body', () => {
  const limits: Readonly<Record<string, number>> = { reportExecutions: BATCH_BYTES_MAX, submitKyc: DOCUMENTS_BYTES_MAX };
  const padded = (draft: Draft): Draft => ({ ...draft, body: Buffer.concat([draft.body!, Buffer.alloc((limits[draft.operation.id] ?? BODY_BYTES_MAX) + 1 - draft.body!.length, ' ')]) });

  test('is refused by every route that takes one', async () => {
    expect(await attackAll((operation) => attack(operation, [], padded), ({ status, code }) => status === 413 && code === 'PAYLOAD_TOO_LARGE')).toEqual([]);
  });
});

describe('another method in a header or in the query', () => {
  const overrides = ['DELETE', 'PUT', 'PATCH', 'POST'].flatMap((method) => ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'].map((name): Fault => ({ fault: 'header', name, value: method })));
  const inQuery = (draft: Draft): Draft => ({ ...draft, target: `${draft.target}${draft.target.includes('?') ? '&' : '?'}_method=DELETE` });

  test('is not heard: what is read stays read, and nothing changes', async () => {
    const served = new Set(world.app.app.routes.map(({ method, path }) => `${method.toUpperCase()} ${contractPath(path)}`));
    const besides = operations.filter(({ method, path }) => method === 'GET' && ['POST', 'PUT', 'PATCH', 'DELETE'].some((other) => served.has(`${other} ${path}`)));
    expect(besides.length).toBeGreaterThan(5);
    const before = await quietBooks();
    const wrong: string[] = [];
    for (const operation of besides) {
      const usual = (await attack(operation, [])).status;
      if ((await attack(operation, overrides)).status !== usual) wrong.push(operation.id);
      // A name that the route does not know is refused or passed over; it is no method.
      if (![usual, 400].includes((await attack(operation, [], inQuery)).status)) wrong.push(`${operation.id}, in the query`);
    }
    expect([...wrong, ...changedTables(before, await books.digest())]).toEqual([]);
  });
});
