import type { components } from '../generated/api.ts';
import type { Ask, Outcome, SignedCall, Trouble } from './api.ts';
import { failure } from '../model/failure.ts';

export interface Session {
  /** Is somebody signed in? Renews when nothing is in memory yet. */
  open(): Promise<Outcome<true>>;
  /** Takes the access token that a sign-in or a second factor brought. */
  adopt(grant: Grant): void;
  /** A call in the name of who is signed in; renews once when the access token has ended. */
  call<T>(call: SignedCall): Promise<Outcome<T>>;
  leave(all: boolean): Promise<Outcome<unknown>>;
}

type SignedIn = components['schemas']['SignedIn'];
/** The signing key stays the same while the session lasts, so not every answer repeats it. */
export type Grant = Pick<SignedIn, 'accessToken' | 'expiresIn'> & Partial<Pick<SignedIn, 'signingKey'>>;

export interface SessionNeeds {
  readonly ask: Ask;
  readonly cookie: (name: string) => string | null;
  /** One tab at a time: the refresh token changes at each renewal, and all tabs share it. */
  readonly alone: <T>(work: () => Promise<T>) => Promise<T>;
  readonly now: () => number;
  /** The session is over, here or in another tab. */
  readonly ended: () => void;
}

/** An access token that ends so soon is renewed before it is used. */
const SPARE_MS = 20_000;
export const SIGNED_OUT: Trouble = { code: 'SIGNED_OUT', message: null, requestId: null, retryAfterS: null, status: 401, fields: {} };

/** Keeps access token and signing key in memory alone; a page that is loaded again renews them by the cookie. */
export function createSession({ ask, cookie, alone, now, ended }: SessionNeeds): Session {
  let grant: { readonly token: string; readonly endsAt: number } | null = null;
  let signingKey = '';
  /** How far the service's clock is ahead of this computer's. */
  let aheadMs = 0;
  let renewing: Promise<Outcome<true>> | null = null;

  const csrf = (): Record<string, string> => ({ 'X-CSRF-Token': cookie('csrf_token') ?? '' });
  const adopt = (granted: Grant) => {
    grant = { token: granted.accessToken, endsAt: now() + granted.expiresIn * 1000 };
    signingKey = granted.signingKey ?? signingKey;
  };

  const renewOnce = async (): Promise<Outcome<true>> => {
    const shown = cookie('csrf_token');
    if (shown === null) return { ok: false, trouble: SIGNED_OUT };
    const outcome = await ask<Grant>({ method: 'POST', path: '/api/auth/refresh', body: {}, headers: csrf() });
    if (outcome.ok) {
      adopt(outcome.value);
      return { ok: true, value: true };
    }
    const { trouble } = outcome;
    // Another tab may have signed in meanwhile, in a browser that has no lock for us: its cookies are worth one more try.
    if ([401, 403].includes(trouble.status) && cookie('csrf_token') !== shown) return renewOnce();
    return { ok: false, trouble: trouble.status === 401 || trouble.status === 403 ? { ...trouble, code: 'SIGNED_OUT' } : trouble };
  };
  const renew = (): Promise<Outcome<true>> => {
    renewing ??= alone(renewOnce).finally(() => void (renewing = null));
    return renewing;
  };
  const open = async (): Promise<Outcome<true>> => (grant && grant.endsAt - now() > SPARE_MS ? { ok: true, value: true } : renew());

  const withToken = async <T>(wanted: SignedCall, isLast = false): Promise<Outcome<T>> => {
    const { headers, sign, ...call } = wanted;
    const signature = sign ? await sign(signingKey, call, now() + aheadMs).catch(() => null) : {};
    if (signature === null) return { ok: false, trouble: { ...failure('SIGNING_FAILED'), status: 400, fields: {} } };
    const outcome = await ask<T>({ ...call, headers: { ...headers, ...signature, ...csrf(), Authorization: `Bearer ${grant?.token ?? ''}` } });
    if (outcome.ok || outcome.trouble.serverTime === undefined || isLast) return outcome;
    aheadMs = outcome.trouble.serverTime - now();
    return withToken(wanted, true);
  };
  const call = async <T>(wanted: SignedCall): Promise<Outcome<T>> => {
    const first = await open();
    const outcome: Outcome<T> = first.ok ? await withToken<T>(wanted) : first;
    if (outcome.ok || !accessEnded(outcome.trouble)) return overWhen(outcome, ended);
    grant = null;
    const again = await open();
    return overWhen(again.ok ? await withToken<T>(wanted) : again, ended);
  };
  return {
    open,
    adopt,
    call,
    async leave(all) {
      const outcome = await call({ method: 'POST', path: '/api/auth/logout', body: { all } });
      if (outcome.ok) grant = null;
      return outcome;
    },
  };
}

/** 401 is also what a wrong password or code is; only these say that the access token is no longer good. */
const ACCESS_ENDED = new Set(['AUTHENTICATION_REQUIRED', 'ACCESS_TOKEN_INVALID']);

function accessEnded({ status, code }: Trouble): boolean {
  return status === 401 && ACCESS_ENDED.has(code);
}

function overWhen<T>(outcome: Outcome<T>, ended: () => void): Outcome<T> {
  if (!outcome.ok && (outcome.trouble.code === 'SIGNED_OUT' || accessEnded(outcome.trouble))) ended();
  return outcome;
}
