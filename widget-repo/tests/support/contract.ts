// Holds what the mock answers against the contract, so that the widget is never tested against something the backend would not say.
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import { readContract } from '../../scripts/openapi.mjs';

const contract = readContract();
const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true });
(addFormatsModule as unknown as (target: Ajv2020) => void)(ajv);
ajv.addSchema({ ...contract, $id: 'api' });

interface Operation {
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, { readonly $ref?: string }>>;
}

/** What is wrong with this answer, or null. */
export function wrongAnswer(method: string, path: string, status: number, body: unknown): string | null {
  const response = operation(method, path)?.responses[String(status)];
  if (!response) return `${method} ${path} may not answer ${status}`;
  const place = response.$ref?.replace(/^#/, '') ?? `/paths/${escape(path)}/${method.toLowerCase()}/responses/${status}`;
  return violation(`${place}/content/application~1json/schema`, body, `${method} ${path} ${status}`);
}

/** What is wrong with this request's body, or null. */
export function wrongRequest(method: string, path: string, body: unknown): string | null {
  if (!operation(method, path)?.requestBody) return null;
  const place = `/paths/${escape(path)}/${method.toLowerCase()}/requestBody/content/application~1json/schema`;
  return violation(place, body, `${method} ${path} request`);
}

function operation(method: string, path: string): Operation | undefined {
  return contract.paths[path]?.[method.toLowerCase()] as Operation | undefined;
}

function violation(place: string, body: unknown, name: string): string | null {
  const validate = ajv.getSchema(`api#${place}`) ?? ajv.compile({ $ref: `api#${place}` });
  return validate(body) ? null : `${name}: ${ajv.errorsText(validate.errors)}`;
}

function escape(path: string): string {
  return encodeURIComponent(path.replace(/~/g, '~0').replace(/\//g, '~1'));
}
