import { operationsOf, readContract, type Contract, type Operation } from '../contract.ts';
import type { Path } from './body-text.ts';

/** What the contract says of requests: operations, parameters, and every field a body may hold. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Record<string, Schema>;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: Schema;
}

export type Caller = 'nobody' | 'widget' | 'partner' | 'trader' | 'staff' | 'service' | 'provider';

export interface FuzzedOperation {
  readonly id: string;
  readonly method: string;
  /** As the contract writes it. */
  readonly path: string;
  readonly caller: Caller;
  readonly parameters: readonly Parameter[];
  readonly fields: readonly { path: Path; schema: Schema }[];
  readonly hasBody: boolean;
}

interface RawOperation extends Operation {
  readonly parameters?: readonly (Partial<Parameter> & { $ref?: string })[];
  readonly security?: readonly Record<string, unknown>[];
}

const CALLERS: Record<string, Caller> = { widgetSession: 'widget', partnerSignature: 'partner', accessToken: 'trader', serviceKey: 'service', fundingSignature: 'provider' };
const STAFF_PATHS = ['/api/admin/', '/api/risk/'];

export function fuzzedOperations(): FuzzedOperation[] {
  const contract = readContract();
  return [...operationsOf(contract)].map(([name, operation]) => describeOperation(contract, name, operation as RawOperation));
}

function describeOperation(contract: Contract, name: string, { operationId, parameters = [], security = [], requestBody }: RawOperation): FuzzedOperation {
  const [method, path] = name.split(' ') as [string, string];
  const caller = CALLERS[Object.keys(security[0] ?? {})[0] ?? ''] ?? 'nobody';
  const body = requestBody?.content['application/json']?.schema as Schema | undefined;
  return {
    id: operationId,
    method,
    path,
    caller: caller === 'trader' && STAFF_PATHS.some((under) => path.startsWith(under)) ? 'staff' : caller,
    parameters: parameters.map((parameter) => {
      const { name: of, in: place, required = false, schema = {} } = resolve<Partial<Parameter>>(contract, parameter);
      return { name: of!, in: place!, required, schema: resolve<Schema>(contract, schema) };
    }),
    fields: body ? fieldsOf(contract, body, []) : [],
    hasBody: body !== undefined,
  };
}

const DEPTH_MAX = 6;

function fieldsOf(contract: Contract, schema: Schema, path: Path): { path: Path; schema: Schema }[] {
  const { properties, items, ...own } = resolve<Schema>(contract, schema);
  if (path.length > DEPTH_MAX) return [];
  const inside = items ? fieldsOf(contract, items, [...path, 0]) : Object.entries(properties ?? {}).flatMap(([name, field]) => fieldsOf(contract, field, [...path, name]));
  return [{ path, schema: { ...own, ...(properties && { properties }), ...(items && { items }) } }, ...inside];
}

function resolve<T>(contract: Contract, node: { $ref?: string }): T {
  if (!node.$ref) return node as T;
  const { $ref, ...beside } = node;
  const target = $ref.slice(2).split('/').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], contract);
  return { ...resolve<object>(contract, target as { $ref?: string }), ...beside } as T;
}
