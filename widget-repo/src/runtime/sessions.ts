import type { TraderSession, WidgetOptions } from '../api/options.ts';
import { type Scope, within } from '../helpers/scope.ts';
import { failure } from '../model/failure.ts';
import type { Operator, WhoTrades } from '../transport/operator.ts';
import type { Result } from '../transport/result.ts';

export const GET_SESSION_TIMEOUT_MS = 10_000;
// A session this near to its end is renewed first, so that it does not die between the click and the token.
const SESSION_RENEW_BEFORE_END_MS = 15_000;

export interface OpenSession {
  readonly sessionToken: string;
  readonly venueToken: string | null;
}

/** One widget session at a time: kept until it is nearly over, renewed without a word, opened once for parallel callers. */
export interface Sessions {
  open(): Promise<Result<OpenSession>>;
  drop(): void;
}

export interface SessionsNeed {
  readonly scope: Scope;
  readonly operator: Pick<Operator, 'openSession'>;
  readonly who: WhoTrades;
  /** The partner's backend must sign who trades: a bare exchangeUserId opens nothing. */
  readonly signed: boolean;
  /** Looked up at each call: a page may hand over a new function at any time. */
  readonly currentGetSession: () => WidgetOptions['getSession'];
  readonly nowMs: () => number;
}

export function createSessions({ scope, operator, who, signed, currentGetSession, nowMs }: SessionsNeed): Sessions {
  let kept: { session: OpenSession; endsAtMs: number } | null = null;
  let opening: Promise<Result<OpenSession>> | null = null;

  const openNew = async (): Promise<Result<OpenSession>> => {
    const page = await askPage(scope, currentGetSession(), signed);
    if (!page.ok) return page;
    const askedAtMs = nowMs();
    const opened = await operator.openSession(who, page.value?.userToken ?? null);
    if (!opened.ok) return opened;
    const session = { sessionToken: opened.value.sessionToken, venueToken: page.value?.venueToken ?? null };
    kept = { session, endsAtMs: askedAtMs + opened.value.expiresIn * 1000 - SESSION_RENEW_BEFORE_END_MS };
    return { ok: true, value: session };
  };
  return {
    async open() {
      if (kept && nowMs() < kept.endsAtMs) return { ok: true, value: kept.session };
      opening ??= openNew().finally(() => (opening = null));
      return opening;
    },
    drop() {
      kept = null;
    },
  };
}

/** Null where the page has no `getSession` and need not have one: a bare exchangeUserId is enough for the operator then. */
async function askPage(scope: Scope, getSession: WidgetOptions['getSession'], signed: boolean): Promise<Result<TraderSession | null>> {
  if (!getSession) return signed ? { ok: false, failure: failure('SESSION_UNAVAILABLE') } : { ok: true, value: null };
  try {
    const session = await within(scope, GET_SESSION_TIMEOUT_MS, getSession);
    if (session === null) return { ok: false, failure: failure('SIGNED_OUT') };
    if (typeof session?.userToken === 'string') return { ok: true, value: session };
  } catch {
    // The page's own failure; what counts for the trader is that there is no session.
  }
  return { ok: false, failure: failure('SESSION_UNAVAILABLE') };
}
