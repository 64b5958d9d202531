import type { Request, Response } from 'express';

export interface SessionCookies {
  /** @param seconds until they are gone */
  readonly set: (res: Response, values: { readonly refreshToken: string; readonly csrfToken: string }, seconds: number) => void;
  /** By which the account knows this browser. */
  readonly setDevice: (res: Response, device: string) => void;
  readonly clear: (res: Response) => void;
}

const REFRESH = 'refresh_token';
const CSRF = 'csrf_token';
const DEVICE = 'device';
const DEVICE_SECONDS = 365 * 86_400;

/**
 * Of browsers: the refresh token in a cookie that no script can read and that goes to the routes of accounts alone; and one that the page reads
 * and repeats in a header, which another site cannot.
 * @param secure over https only
 */
export function sessionCookies(secure: boolean): SessionCookies {
  const rest = `; SameSite=Strict${secure ? '; Secure' : ''}`;
  const write = (res: Response, refreshToken: string, csrfToken: string, seconds: number): void => {
    res.append('Set-Cookie', `${REFRESH}=${refreshToken}; Path=/api/auth; Max-Age=${seconds}; HttpOnly${rest}`);
    res.append('Set-Cookie', `${CSRF}=${csrfToken}; Path=/; Max-Age=${seconds}${rest}`);
  };
  return {
    set: (res, { refreshToken, csrfToken }, seconds) => write(res, refreshToken, csrfToken, seconds),
    setDevice: (res, device) => void res.append('Set-Cookie', `${DEVICE}=${device}; Path=/api/auth; Max-Age=${DEVICE_SECONDS}; HttpOnly${rest}`),
    clear: (res) => write(res, '', '', 0),
  };
}

export const deviceCookie = (req: Request): string | null => cookieOf(req, DEVICE);
export const refreshCookie = (req: Request): string | null => cookieOf(req, REFRESH);

/** What a page repeats, or `null`. */
export function csrfHeader(req: Request): string | null {
  const value = req.headers['x-csrf-token'];
  return typeof value === 'string' ? value : null;
}

/** Asked for with `X-Client: browser`. */
export const isBrowser = (req: Request): boolean => req.headers['x-client'] === 'browser';

function cookieOf(req: Request, name: string): string | null {
  const found = (req.headers.cookie ?? '').split(';').map((part) => part.trim()).find((part) => part.startsWith(`${name}=`));
  const value = found?.slice(name.length + 1) ?? '';
  return value === '' ? null : value;
}
