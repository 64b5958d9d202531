import type { Request, RequestHandler } from 'express';
import { actorOf } from '../../http/actor-of.ts';
import { parse, parseBody, parseText } from '../../http/validate.ts';
import { activateKeyRequest, reasonRequest, reportKeyRequest, rotateCredentialsRequest, rotateKeyRequest } from './partner-keys.schema.ts';
import type { PartnerKeysService } from './partner-keys.service.ts';
import { createExchangeRequest, exchangesQuery, updateExchangeRequest, versionsMatching } from './partners.schema.ts';
import type { PartnersService, VersionedExchange } from './partners.service.ts';
import { exchangeIdPath } from './widget.schema.ts';

export interface PartnerServices {
  readonly partners: PartnersService;
  readonly partnerKeys: PartnerKeysService;
}

export type PartnersController = Record<
  'list' | 'create' | 'get' | 'update' | 'rotateKey' | 'activateKey' | 'rotateCredentials' | 'registerReportKey' | 'suspend' | 'reopen', RequestHandler
>;

/** What staff does with partners. */
export function partnersController({ partners, partnerKeys }: PartnerServices): PartnersController {
  return {
    list: async (req, res) => {
      res.json({ success: true, data: await partners.list(parseText(exchangesQuery, req.query)) });
    },

    create: async (req, res) => {
      res.status(201).json({ success: true, data: await partners.createFrom(parseBody(createExchangeRequest, req), actorOf(req)) });
    },

    get: async (req, res) => {
      const { exchange, version } = await partners.get(exchangeIdOf(req));
      res.setHeader('ETag', etagOf(version));
      res.json({ success: true, data: exchange });
    },

    update: async (req, res) => {
      const change = parseBody(updateExchangeRequest, req);
      const { exchange, version }: VersionedExchange = await partners.update(exchangeIdOf(req), change, versionsMatching(req.headers['if-match']), actorOf(req));
      res.setHeader('ETag', etagOf(version));
      res.json({ success: true, data: exchange });
    },

    rotateKey: async (req, res) => {
      const request = parseBody(rotateKeyRequest, req);
      res.status(201).json({ success: true, data: await partnerKeys.rotateKey(exchangeIdOf(req), request, actorOf(req)) });
    },

    activateKey: async (req, res) => {
      const { reason } = parseBody(activateKeyRequest, req);
      res.json({ success: true, data: await partnerKeys.activateKey(exchangeIdOf(req), reason, actorOf(req)) });
    },

    rotateCredentials: async (req, res) => {
      const request = parseBody(rotateCredentialsRequest, req);
      res.status(201).json({ success: true, data: await partnerKeys.rotateCredentials(exchangeIdOf(req), request, actorOf(req)) });
    },

    registerReportKey: async (req, res) => {
      const { publicKey, reason } = parseBody(reportKeyRequest, req);
      res.json({ success: true, data: await partnerKeys.registerReportKey(exchangeIdOf(req), publicKey, reason, actorOf(req)) });
    },

    suspend: async (req, res) => {
      const { reason } = parseBody(reasonRequest, req);
      res.json({ success: true, data: await partners.suspend(exchangeIdOf(req), reason, actorOf(req)) });
    },

    reopen: async (req, res) => {
      const { reason } = parseBody(reasonRequest, req);
      res.json({ success: true, data: await partners.reopen(exchangeIdOf(req), reason, actorOf(req)) });
    },
  };
}

const exchangeIdOf = (req: Request): string => parse(exchangeIdPath, req.params).exchangeId;
const etagOf = (version: number): string => `"${version}"`;
