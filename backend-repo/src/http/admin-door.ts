import type { RequestHandler } from 'express';
import { inRanges } from '../domain/address-ranges.ts';
import { AppError } from '../errors.ts';
import { accessOf } from './access.ts';
import type { Route } from './router.ts';

declare module 'express-serve-static-core' {
  interface Request {
    /** It has come to the administration, whether or not it is let in. */
    atAdminDoor?: true;
  }
}

export interface AdminDoor {
  /** A route that asks for one of these is the administration. */
  readonly permissions: ReadonlySet<string>;
  /** `203.0.113.7` or `2001:db8::/32`, as config.ts has checked them; none: from anywhere. */
  readonly addresses: readonly string[];
  readonly secondFactorMinutes: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * What every route of the administration asks for besides a permission (rule A12): an address on the list, and a code of the second factor that
 * was shown in this session lately. Goes around the table of routes and reads off each whom it lets in, so that none can be forgotten.
 */
export function guardAdmin(routes: readonly Route[], { permissions, addresses, secondFactorMinutes, now }: AdminDoor): Route[] {
  const address = requireAddress(addresses);
  const code = requireRecentCode(secondFactorMinutes * 60_000, now);
  return routes.map((route) => {
    if (!isOfStaff(route, permissions)) return route;
    // Before anything else is looked at, and right before the controller: the caller is known by then, and counted.
    return { ...route, handlers: [address, ...route.handlers.slice(0, -1), code, ...route.handlers.slice(-1)] };
  });
}

const isOfStaff = ({ handlers }: Route, held: ReadonlySet<string>): boolean =>
  accessOf(handlers).some((access) => access.who === 'person' && access.permissions.some((permission) => held.has(permission)));

/** Asks who opened the connection, or who the counted proxies say did: what a caller writes into X-Forwarded-For is not among them. */
function requireAddress(addresses: readonly string[]): RequestHandler {
  const isListed = inRanges(addresses);
  return (req, _res, next) => {
    req.atAdminDoor = true;
    if (addresses.length > 0 && !(req.ip && isListed(req.ip))) throw new AppError('ADDRESS_NOT_ALLOWED');
    next();
  };
}

function requireRecentCode(lifeMs: number, now: () => number): RequestHandler {
  return (req, _res, next) => {
    const shownAt = req.principal?.secondFactorAt ?? null;
    if (shownAt === null || now() - shownAt > lifeMs) throw new AppError('SECOND_FACTOR_STALE');
    next();
  };
}
