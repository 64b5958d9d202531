import type { Request, RequestHandler } from 'express';
import { parseBody, parseText } from '../../http/validate.ts';
import { apiKeyPath, createApiKeyRequest } from './api-keys.schema.ts';
import type { ApiKeysService, KeyOwner } from './api-keys.service.ts';

export function apiKeysController(apiKeys: ApiKeysService): Record<'list' | 'create' | 'revoke', RequestHandler> {
  return {
    list: async (req, res) => {
      res.setHeader('Cache-Control', 'no-store');
      res.json({ success: true, data: await apiKeys.list(req.principal!.userId) });
    },
    create: async (req, res) => {
      const made = await apiKeys.create(ownerOf(req), parseBody(createApiKeyRequest, req));
      res.setHeader('Cache-Control', 'no-store');
      res.status(201).json({ success: true, data: made });
    },
    revoke: async (req, res) => {
      const { id } = parseText(apiKeyPath, req.params);
      await apiKeys.revoke(ownerOf(req), id);
      res.json({ success: true, data: { id } });
    },
  };
}

const ownerOf = (req: Request): KeyOwner => {
  const { userId, permissions } = req.principal!;
  return { userId, permissions, actor: { kind: 'user', id: String(userId), ip: req.ip, requestId: req.id } };
};
