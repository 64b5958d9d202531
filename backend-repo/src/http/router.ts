import { isUtf8 } from 'node:buffer';
import express, { type Express, type Request, type RequestHandler } from 'express';
import type { ObjectSchema } from 'joi';
import { AppError } from '../errors.ts';
import { accessOf } from './access.ts';

declare module 'express-serve-static-core' {
  interface Request {
    /** The body's bytes, where it was parsed as JSON. */
    rawBody?: Buffer;
  }
}

/** One line of the table of routes: path → who may → controller. The contract check reads the same table. */
export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** As Express writes it: `/api/orders/:id`. */
  readonly path: string;
  /** For the contract check, which compares it with docs/openapi.yaml. */
  readonly body?: ObjectSchema;
  readonly handlers: readonly RequestHandler[];
}

/** Pages that may call, for all routes under a path. Answers preflights too. */
export interface CorsRule {
  readonly under: string;
  readonly handler: RequestHandler;
}

/** An error as body-parser makes them, which are known by their `type`. */
const bodyError = (type: string): Error => Object.assign(new Error(type), { type });

export const BODY_BYTES_MAX = 100 * 1024;

/** Documents, as base64. */
export const DOCUMENTS_BYTES_MAX = 2_100_000;

/** Body as JSON, never compressed: what is checked is what came. */
const jsonUpTo = (limit: number): RequestHandler => express.json({
  limit,
  strict: true,
  inflate: false,
  verify: (req, _res, bytes, charset) => {
    if (charset !== 'utf-8') throw bodyError('charset.unsupported');
    // body-parser would read no bytes as {}, and a key would be rotated by a body that got lost.
    if (bytes.length === 0 || !isUtf8(bytes)) throw bodyError('entity.parse.failed');
    (req as Request).rawBody = bytes;
  },
});
/** At most 100 kB. */
export const jsonBody = jsonUpTo(BODY_BYTES_MAX);
/** For whoever is signed in and within their limit. */
export const jsonDocuments = jsonUpTo(DOCUMENTS_BYTES_MAX);
/** Body as the bytes that came: for routes that check a signature first. */
export const rawBody: RequestHandler = express.raw({ limit: BODY_BYTES_MAX, inflate: false, type: () => true });
/** A batch of 1,000 execution reports is about 200 kB. */
export const BATCH_BYTES_MAX = 400 * 1024;
export const rawBatch: RequestHandler = express.raw({ limit: BATCH_BYTES_MAX, inflate: false, type: () => true });

/** What is for one caller is kept by nobody on the way (rule E4). */
const noStore: RequestHandler = (_req, res, next) => {
  res.setHeader('Cache-Control', 'no-store');
  next();
};

/** `/api/orders/:id` as the contract writes it. */
export const contractPath = (path: string): string => path.replace(/:(\w+)/g, '{$1}');

export function mount(app: Express, routes: readonly Route[], cors: readonly CorsRule[]): void {
  const methods = new Map<string, string[]>();
  for (const { path, method } of routes) methods.set(path, [...(methods.get(path) ?? []), method.toUpperCase()]);
  for (const { path, method, handlers } of routes) {
    const accesses = accessOf(handlers);
    if (accesses.length === 0) throw new Error(`${method.toUpperCase()} ${path} does not say who may call it: see http/access.ts`);
    const isOpen = accesses.every(({ who }) => who === 'everybody');
    const name = contractPath(path);
    const named: RequestHandler = (req, _res, next) => {
      req.contractPath = name;
      next();
    };
    const pageRule = cors.find((rule) => path.startsWith(rule.under));
    if (pageRule && methods.has(path)) app.options(path, pageRule.handler);
    app[method](path, named, ...(pageRule ? [pageRule.handler] : []), ...(isOpen ? [] : [noStore]), ...handlers);
  }
  for (const [path, allowed] of methods) {
    app.all(path, (_req, res) => {
      res.setHeader('Allow', allowed.join(', '));
      throw new AppError('METHOD_NOT_ALLOWED');
    });
  }
}
