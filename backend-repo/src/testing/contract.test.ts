import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { Description } from 'joi';
import { contractPath, type Route } from '../http/router.ts';
import { bundleContract } from './bundle-contract.ts';
import { CONTRACT_FILE, operationsOf, readContract, type Contract } from './contract.ts';
import { createTestApp, type TestApp } from './test-app.ts';

const contract = readContract();
const operations = operationsOf(contract);
let app: TestApp;
let routes: readonly Route[];
beforeAll(async () => {
  app = await createTestApp();
  ({ routes } = app.app);
});
afterAll(() => app.close());

const nameOf = (route: Route): string => `${route.method.toUpperCase()} ${contractPath(route.path)}`;

test('docs/openapi.yaml is what docs/openapi/*.yaml make', () => {
  expect(readFileSync(CONTRACT_FILE, 'utf8')).toBe(bundleContract());
});

test('every route is in the contract, and every operation of the contract is a route', () => {
  expect(routes.map(nameOf).sort()).toEqual([...operations.keys()].sort());
});

test('every operation has its own name', () => {
  const ids = [...operations.values()].map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

describe('the joi schema of a body and the contract say the same of', () => {
  test.each([...operations].filter(([, operation]) => operation.requestBody).map(([name]) => name))('%s', (name) => {
    const route = routes.find((candidate) => nameOf(candidate) === name)!;
    const schema = operations.get(name)!.requestBody!.content['application/json']!.schema;
    expect(route.body).toBeDefined();
    expect(shapeOfJoi(route.body!.describe())).toEqual(shapeOfContract(schema as Schema, contract));
  });
});

/** Field names, which are required, and the closed values: what both can say. */
interface Shape {
  readonly fields?: Record<string, Shape>;
  readonly required?: string[];
  readonly items?: Shape;
  readonly values?: unknown[];
}

function shapeOfJoi(description: Description): Shape {
  const { keys, items, allow, flags } = description as Description & { keys?: Record<string, Description>; items?: Description[]; allow?: unknown[]; flags?: { only?: boolean } };
  if (keys) {
    const required = Object.entries(keys).filter(([, field]) => (field.flags as { presence?: string } | undefined)?.presence === 'required').map(([key]) => key);
    return { fields: Object.fromEntries(Object.entries(keys).map(([key, field]) => [key, shapeOfJoi(field)])), required: required.sort() };
  }
  if (items) return { items: shapeOfJoi(items[0]!) };
  return flags?.only && allow ? { values: allow } : {};
}

interface Schema {
  readonly $ref?: string;
  readonly properties?: Record<string, Schema>;
  readonly required?: string[];
  readonly additionalProperties?: boolean;
  readonly items?: Schema;
  readonly enum?: unknown[];
}

function shapeOfContract(schema: Schema, root: Contract): Shape {
  if (schema.$ref) return shapeOfContract(at(root, schema.$ref), root);
  if (schema.properties) {
    expect(schema.additionalProperties).toBe(false);
    return {
      fields: Object.fromEntries(Object.entries(schema.properties).map(([key, field]) => [key, shapeOfContract(field, root)])),
      required: [...(schema.required ?? [])].sort(),
    };
  }
  if (schema.items) return { items: shapeOfContract(schema.items, root) };
  return schema.enum ? { values: schema.enum } : {};
}

function at(root: Contract, ref: string): Schema {
  return ref.slice(2).split('/').reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], root) as Schema;
}
