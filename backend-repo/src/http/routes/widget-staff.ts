import type { RequestHandler } from 'express';
import { activateKeyRequest, reasonRequest, reportKeyRequest, rotateCredentialsRequest, rotateKeyRequest } from '../../features/widget/partner-keys.schema.ts';
import { partnersController, type PartnerServices } from '../../features/widget/partners.controller.ts';
import { createExchangeRequest, updateExchangeRequest } from '../../features/widget/partners.schema.ts';
import { requirePermission } from '../authenticate.ts';
import { jsonBody, type Route } from '../router.ts';

const PARTNERS = '/api/admin/exchanges';
const PARTNER = `${PARTNERS}/:exchangeId`;

/**
 * What staff does with partners: everyone of us may look, admins may change.
 * @param who signs the caller in
 * @param limit counts the caller's calls
 */
export function widgetStaffRoutes(services: PartnerServices, who: RequestHandler, limit: RequestHandler): Route[] {
  const controller = partnersController(services);
  const looking = [who, requirePermission('read:exchanges'), limit];
  const changing = [who, requirePermission('write:exchanges'), limit, jsonBody];
  return [
    { method: 'get', path: PARTNERS, handlers: [...looking, controller.list] },
    { method: 'post', path: PARTNERS, body: createExchangeRequest, handlers: [...changing, controller.create] },
    { method: 'get', path: PARTNER, handlers: [...looking, controller.get] },
    { method: 'patch', path: PARTNER, body: updateExchangeRequest, handlers: [...changing, controller.update] },
    { method: 'post', path: `${PARTNER}/rotate-key`, body: rotateKeyRequest, handlers: [...changing, controller.rotateKey] },
    { method: 'post', path: `${PARTNER}/activate-key`, body: activateKeyRequest, handlers: [...changing, controller.activateKey] },
    { method: 'post', path: `${PARTNER}/rotate-credentials`, body: rotateCredentialsRequest, handlers: [...changing, controller.rotateCredentials] },
    { method: 'put', path: `${PARTNER}/report-key`, body: reportKeyRequest, handlers: [...changing, controller.registerReportKey] },
    { method: 'post', path: `${PARTNER}/suspend`, body: reasonRequest, handlers: [...changing, controller.suspend] },
    { method: 'post', path: `${PARTNER}/reopen`, body: reasonRequest, handlers: [...changing, controller.reopen] },
  ];
}
