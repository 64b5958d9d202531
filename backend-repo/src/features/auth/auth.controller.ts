import type { RequestHandler } from 'express';
import type { AuthService } from './auth.service.ts';

export function authController(auth: AuthService): Record<'jwks', RequestHandler> {
  return {
    jwks: (_req, res) => {
      res.setHeader('Cache-Control', 'public, max-age=300');
      res.json(auth.jwks);
    },
  };
}
