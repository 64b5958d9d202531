import type { RequestHandler } from 'express';
import { parseBody } from '../../http/validate.ts';
import { registerRequest } from './auth.schema.ts';
import type { AuthService } from './auth.service.ts';

export function authController(auth: AuthService): Record<'register' | 'jwks', RequestHandler> {
  return {
    register: async (req, res) => {
      const { email, password } = parseBody(registerRequest, req);
      res.status(201).json({ success: true, data: await auth.register(email, password) });
    },
    jwks: (_req, res) => {
      res.setHeader('Cache-Control', 'public, max-age=300');
      res.json(auth.jwks);
    },
  };
}
