import type { RequestHandler } from 'express';

/**
 * Who may call a route, as its own handlers say it: whoever checks a credential or a permission declares what they let through. A route that
 * declares nothing fails the start, and a test asks every route as everybody (rule A14).
 */
export type Access =
  /** No credentials, or none but what the body carries. */
  | { readonly who: 'everybody' }
  /** A person, or their program, with any one of these permissions. */
  | { readonly who: 'person'; readonly permissions: readonly string[] }
  | { readonly who: 'widget' | 'partner' | 'provider' | 'service' };

const declared = new WeakMap<RequestHandler, Access>();

/** @returns the same handler, which from now on says who it lets through */
export function declare(access: Access, handler: RequestHandler): RequestHandler {
  declared.set(handler, access);
  return handler;
}

/** A handler around another lets through whom the other does. */
export function asDeclaredBy(inner: RequestHandler, handler: RequestHandler): RequestHandler {
  const access = declared.get(inner);
  return access ? declare(access, handler) : handler;
}

/** Stands first in the routes that need no credentials. */
export const everybody: RequestHandler = declare({ who: 'everybody' }, (_req, _res, next) => next());

/** What the handlers of one route say, in their order. */
export const accessOf = (handlers: readonly RequestHandler[]): Access[] => handlers.flatMap((handler) => declared.get(handler) ?? []);
