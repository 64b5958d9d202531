import type { Request } from 'express';
import { accessOf } from './access.ts';
import type { Route } from './router.ts';

/** As the audit log counts it: one entry per interval for what happens often. */
export interface Counted {
  readonly actor: { readonly kind: 'user' | 'system'; readonly id: string };
  readonly action: string;
  readonly subject: { readonly kind: string; readonly id: string };
  readonly ip: string;
  readonly what: string;
  readonly byAddress?: boolean;
}

type Subject = (req: Request) => Counted['subject'];

const ofReader: Subject = (req) => ({ kind: 'user', id: String(req.principal!.userId) });
const ofVenue: Subject = () => ({ kind: 'service', id: 'venue' });
const ofPartners: Subject = (req) => ({ kind: 'exchange', id: String(req.params['exchangeId'] ?? 'all') });

/** What a person reads of themself, and what staff reads that is nobody’s data, by where it stands. The first that fits. */
const READINGS: readonly (readonly [under: string, action: string, of?: Subject])[] = [
  ['/api/account/balances', 'balances.read'],
  ['/api/account/deposits', 'transfers.read'],
  ['/api/account/withdrawals', 'transfers.read'],
  ['/api/account/trades', 'trades.read'],
  ['/api/account/fees', 'trades.read'],
  ['/api/account/kyc', 'kyc.read'],
  ['/api/account/', 'account.read'],
  ['/api/orders', 'orders.read'],
  ['/api/auth/', 'profile.read'],
  ['/api/admin/exchanges', 'exchange.read', ofPartners],
  ['/api/admin/system-stats', 'system_stats.read', ofVenue],
  // Of people, by staff: the services put it on record, with the reason.
  ['/api/risk/', ''],
  ['/api/admin/', ''],
];

/**
 * Counts each answer that shows a person’s data to that person, or the venue and its partners to staff (rule H7). What staff reads of people is written by
 * the services, with its reason. Goes around the table of routes, so that none can be forgotten: a route of another place fails the start until it says what it shows.
 */
export function recordReads(routes: readonly Route[], note: (read: Counted) => void): Route[] {
  return routes.map((route) => {
    if (route.method !== 'get' || !accessOf(route.handlers).some(({ who }) => who === 'person')) return route;
    const reading = READINGS.find(([under]) => route.path.startsWith(under));
    if (!reading) throw new Error(`GET ${route.path} does not say what it shows of a person: see http/record-calls.ts`);
    const [, action, of = ofReader] = reading;
    return action === '' ? route : { ...route, handlers: [...route.handlers.slice(0, -1), noteRead(action, of, note), ...route.handlers.slice(-1)] };
  });
}

function noteRead(action: string, of: Subject, note: (read: Counted) => void): Route['handlers'][number] {
  return (req, res, next) => {
    res.once('finish', () => {
      if (res.statusCode >= 400) return;
      note({ actor: { kind: 'user', id: String(req.principal!.userId) }, action, subject: of(req), ip: req.ip ?? '', what: `GET ${req.contractPath}${req.signedCall ? ' by API key' : ''}` });
    });
    next();
  };
}

const LOCKED: ReadonlySet<string> = new Set(['SECOND_FACTOR_LOCKED', 'LOGIN_LOCKED']);

/**
 * Counts each refusal of a credential or a right, by who came from where: a failure of a password or a code has an entry of its own besides. One address, or
 * one IPv6 network, fills one line, however often it knocks. A lock is a refusal, too: nothing has been looked at.
 */
export function recordRefusal({ principal, ip, method, contractPath, atAdminDoor }: Request, { status, code }: { readonly status: number; readonly code: string }, note: (refusal: Counted) => void): void {
  if (status !== 401 && status !== 403 && !LOCKED.has(code)) return;
  const actor = principal ? ({ kind: 'user', id: String(principal.userId) } as const) : ({ kind: 'system', id: 'stranger' } as const);
  note({
    actor, action: atAdminDoor ? 'admin_request.refused' : 'request.refused', subject: { kind: 'service', id: atAdminDoor ? 'administration' : 'api' }, ip: ip ?? '', what: `${code} ${method} ${contractPath ?? 'unmatched'}`,
    byAddress: true,
  });
}
