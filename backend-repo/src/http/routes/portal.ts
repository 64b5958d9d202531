import { everybody } from '../access.ts';
import { PORTAL_PAGES, type Portal, type PortalPage } from '../portal.ts';
import type { Route } from '../router.ts';

/** The operator's own pages. They are for people and carry nothing of anybody: what they show they fetch from the API. */
export function portalRoutes({ page, asset }: Portal): Route[] {
  return [
    ...(Object.keys(PORTAL_PAGES) as PortalPage[]).map((path): Route => ({ method: 'get', path, handlers: [everybody, page(path)] })),
    { method: 'get', path: '/portal/:name', handlers: [everybody, asset] },
  ];
}
