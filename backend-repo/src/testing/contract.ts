import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface Operation {
  readonly operationId: string;
  readonly requestBody?: { content: Record<string, { schema: object }> };
  readonly responses: Record<string, ResponseObject>;
}

interface ResponseObject {
  readonly $ref?: string;
  readonly content?: Record<string, { schema: object }>;
}

export interface Contract {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { responses: Record<string, ResponseObject> };
}

export const CONTRACT_FILE = new URL('../../../docs/openapi.yaml', import.meta.url);
const METHODS = new Set(['get', 'post', 'put', 'patch', 'delete']);

export function readContract(): Contract {
  // Jest's global set-up parses it once for all test files: YAML takes a hundred times as long as JSON.
  const parsed = process.env['TEST_CONTRACT'];
  if (parsed) return JSON.parse(readFileSync(parsed, 'utf8')) as Contract;
  return parse(readFileSync(CONTRACT_FILE, 'utf8'), { merge: true }) as Contract;
}

/** Every `METHOD /path/{as}/written` of the contract. */
export function operationsOf(contract: Contract): Map<string, Operation> {
  const entries = Object.entries(contract.paths).flatMap(([path, item]) =>
    Object.entries(item).filter(([method]) => METHODS.has(method)).map(([method, operation]): [string, Operation] => [`${method.toUpperCase()} ${path}`, operation]),
  );
  return new Map(entries);
}

/** Checks answers against the contract. Nothing is changed in them, and error answers are checked like any other. */
export class ContractChecker {
  readonly #contract = readContract();
  readonly #operations = operationsOf(this.#contract);
  readonly #ajv: Ajv2020;
  readonly #validators = new Map<string, ValidateFunction | null>();

  constructor() {
    this.#ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true });
    (addFormatsModule as unknown as { default: (ajv: Ajv2020) => void }).default(this.#ajv);
    this.#ajv.addSchema({ ...this.#contract, $id: 'api' });
  }

  /** @returns what is wrong, or `null` */
  problem(method: string, url: string, status: number, contentType: string, body: unknown): string | null {
    const path = url.split('?')[0]!;
    const name = this.#nameOf(method.toUpperCase(), path);
    // What no route answers is not in the contract; its shape still is.
    if (name === null) return [404, 405].includes(status) ? this.#checkRefusal(contentType, body) : `${method} ${path} is not in the contract`;
    const response = this.#responseOf(name, status);
    if (!response) return `${name} does not declare status ${status}`;
    if (!response.object.content) return body === '' || body === undefined || Object.keys(body as object).length === 0 ? null : `${name} ${status} has no body in the contract`;
    const type = contentType.split(';')[0]!;
    if (!response.object.content[type]) return `${name} ${status} does not declare ${type}`;
    return this.#check(`${name} ${status} ${type}`, `api#${response.pointer}/content/${escapePointer(type)}/schema`, body);
  }

  /** For answers without a body (HEAD). @returns what is wrong, or `null` */
  undeclared(method: string, path: string, status: number): string | null {
    const name = this.#nameOf(method.toUpperCase(), path);
    if (name === null) return [404, 405].includes(status) ? null : `${method} ${path} is not in the contract`;
    return this.#responseOf(name, status) ? null : `${name} does not declare status ${status}`;
  }

  /** Is this what the contract lets one send? @returns what is wrong, or `null` */
  requestProblem(method: string, path: string, body: unknown): string | null {
    const name = this.#nameOf(method.toUpperCase(), path);
    if (name === null || !this.#operations.get(name)!.requestBody) return null;
    const [verb, written] = name.split(' ') as [string, string];
    const pointer = `/paths/${escapePointer(written)}/${verb.toLowerCase()}/requestBody/content/${escapePointer('application/json')}/schema`;
    return this.#check(`${name} request`, `api#${pointer}`, body);
  }

  #nameOf(method: string, path: string): string | null {
    const exact = `${method} ${path}`;
    if (this.#operations.has(exact)) return exact;
    for (const name of this.#operations.keys()) {
      const pattern = `^${name.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '[^/]+')}$`;
      if (new RegExp(pattern).test(exact)) return name;
    }
    return null;
  }

  #responseOf(name: string, status: number): { object: ResponseObject; pointer: string } | null {
    const operation = this.#operations.get(name)!;
    const response = operation.responses[String(status)];
    if (!response) return null;
    if (response.$ref) {
      const shared = response.$ref.split('/').at(-1)!;
      return { object: this.#contract.components.responses[shared]!, pointer: `/components/responses/${shared}` };
    }
    const [method, path] = name.split(' ') as [string, string];
    return { object: response, pointer: `/paths/${escapePointer(path)}/${method.toLowerCase()}/responses/${status}` };
  }

  #checkRefusal(contentType: string, body: unknown): string | null {
    const schema = contentType.startsWith('application/problem+json') ? 'Problem' : 'Error';
    return this.#check(`unlisted ${schema}`, `api#/components/schemas/${schema}`, body);
  }

  #check(key: string, ref: string, body: unknown): string | null {
    let validate = this.#validators.get(key);
    if (validate === undefined) this.#validators.set(key, (validate = this.#ajv.compile({ $ref: ref })));
    if (!validate || validate(body)) return null;
    return `${key}: ${this.#ajv.errorsText(validate.errors)} in ${JSON.stringify(body)}`;
  }
}

const escapePointer = (text: string): string => encodeURIComponent(text.replace(/~/g, '~0').replace(/\//g, '~1'));
