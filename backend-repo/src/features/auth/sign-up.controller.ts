import type { Request, RequestHandler } from 'express';
import type { SessionCookies } from '../../http/session-cookies.ts';
import { parseBody } from '../../http/validate.ts';
import { registerRequest, resetPasswordRequest, verifyEmailRequest } from './sign-up.schema.ts';
import type { Caller, SignUpService } from './sign-up.service.ts';

export function signUpController(signUp: SignUpService, cookies: Pick<SessionCookies, 'setDevice'>): Record<'captcha' | 'register' | 'verifyEmail' | 'resetPassword', RequestHandler> {
  return {
    captcha: async (_req, res) => {
      res.setHeader('Cache-Control', 'no-store');
      res.json({ success: true, data: await signUp.challenge() });
    },
    register: async (req, res) => {
      res.status(202).json({ success: true, data: await signUp.register(parseBody(registerRequest, req), callerOf(req)) });
    },
    verifyEmail: async (req, res) => {
      const { token } = parseBody(verifyEmailRequest, req);
      res.json({ success: true, data: await signUp.verifyEmail(token, callerOf(req)) });
    },
    resetPassword: async (req, res) => {
      const { email, captcha, token, new_password: password } = parseBody(resetPasswordRequest, req);
      if (token === undefined) {
        res.status(202).json({ success: true, data: await signUp.askReset(email!, captcha, callerOf(req)) });
        return;
      }
      const device = await signUp.resetPassword(token, password!, callerOf(req));
      cookies.setDevice(res, device.secret);
      res.setHeader('Cache-Control', 'no-store');
      res.json({ success: true, data: { device: device.secret } });
    },
  };
}

const callerOf = (req: Request): Caller => ({ ip: req.ip ?? 'unknown', requestId: req.id });
