import type { Request, RequestHandler, Response } from 'express';
import { AppError } from '../../errors.ts';
import { csrfHeader, deviceCookie, isBrowser, refreshCookie, type SessionCookies } from '../../http/session-cookies.ts';
import { parseBody, parseOptionalBody } from '../../http/validate.ts';
import type { AccountSettingsService } from './account-settings.service.ts';
import type { LoginService } from './login.service.ts';
import type { RenewalsService } from './renewals.service.ts';
import { changePasswordRequest, loginRequest, logoutRequest, profileRequest, refreshRequest, renameSessionRequest } from './sessions.schema.ts';
import type { Client, SessionsService, SignedIn } from './sessions.service.ts';

export interface SessionServices {
  readonly logins: LoginService;
  readonly sessions: SessionsService;
  readonly renewals: RenewalsService;
  readonly settings: AccountSettingsService;
}

export type SessionsController = Record<'login' | 'refresh' | 'logout' | 'list' | 'rename' | 'end' | 'profile' | 'changeProfile' | 'changePassword', RequestHandler>;

export function sessionsController({ logins, sessions, renewals, settings }: SessionServices, cookies: SessionCookies): SessionsController {
  return {
    login: async (req, res) => {
      const { device, ...credentials } = parseBody(loginRequest, req);
      const signedIn = await logins.login(credentials, clientOf(req, device));
      if (!isBrowser(req)) return send(res, { ...tokensFor(signedIn, true), device: signedIn.device });
      cookies.set(res, signedIn, signedIn.endsIn);
      cookies.setDevice(res, signedIn.device);
      send(res, tokensFor(signedIn, false));
    },

    refresh: async (req, res) => {
      const { refreshToken, device } = parseOptionalBody(refreshRequest, req);
      const cookie = refreshToken === undefined ? refreshCookie(req) : null;
      const token = refreshToken ?? cookie;
      if (token === null) throw new AppError('REFRESH_TOKEN_INVALID');
      const signedIn = await renewals.refresh(token, cookie === null ? undefined : csrfHeader(req), clientOf(req, device));
      if (cookie !== null) cookies.set(res, signedIn, signedIn.endsIn);
      send(res, tokensFor(signedIn, cookie === null));
    },

    logout: async (req, res) => {
      const { all } = parseOptionalBody(logoutRequest, req);
      const { userId, sessionId } = req.principal!;
      const ended = await sessions.logOut(userId, sessionId, all === true, clientOf(req));
      cookies.clear(res);
      send(res, ended);
    },

    list: async (req, res) => send(res, { sessions: await sessions.list(req.principal!.userId, req.principal!.sessionId) }),

    rename: async (req, res) => {
      const { name } = parseBody(renameSessionRequest, req);
      await sessions.rename(req.principal!.userId, String(req.params['id']), name);
      send(res, { name });
    },

    end: async (req, res) => {
      await sessions.end(req.principal!.userId, String(req.params['id']), 'ended_by_user', clientOf(req));
      send(res, { sessions_ended: 1 });
    },

    profile: async (req, res) => send(res, await settings.profile(req.principal!.userId)),

    changeProfile: async (req, res) => send(res, await settings.changeProfile(req.principal!.userId, parseBody(profileRequest, req), clientOf(req))),

    changePassword: async (req, res) => send(res, await settings.changePassword(req.principal!, parseBody(changePasswordRequest, req), clientOf(req))),
  };
}

function clientOf(req: Request, device?: string): Client {
  return { device: device ?? deviceCookie(req), keepsCookies: isBrowser(req), userAgent: req.get('user-agent') ?? '', ip: req.ip ?? 'unknown', requestId: req.id };
}

/** A program gets the refresh token in the body, a browser in a cookie. */
function tokensFor({ accessToken, refreshToken, expiresIn, signingKey }: SignedIn, inBody: boolean): object {
  return { accessToken, ...(inBody && { refreshToken }), expiresIn, signingKey };
}

function send(res: Response, data: unknown): void {
  res.setHeader('Cache-Control', 'no-store');
  res.json({ success: true, data });
}
