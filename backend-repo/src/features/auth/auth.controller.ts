import type { RequestHandler } from 'express';
import { parseBody } from '../../http/validate.ts';
import { loginRequest, registerRequest } from './auth.schema.ts';
import type { AuthService } from './auth.service.ts';

export function authController(auth: AuthService): Record<'register' | 'login' | 'jwks', RequestHandler> {
  return {
    register: async (req, res) => {
      const { email, password } = parseBody(registerRequest, req);
      res.status(201).json({ success: true, data: await auth.register(email, password) });
    },
    login: async (req, res) => {
      const { email, password } = parseBody(loginRequest, req);
      res.setHeader('Cache-Control', 'no-store');
      res.json({ success: true, data: await auth.login(email, password) });
    },
    jwks: (_req, res) => {
      res.setHeader('Cache-Control', 'public, max-age=300');
      res.json(auth.jwks);
    },
  };
}
