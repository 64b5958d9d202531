// The exchange's own API, as its own page uses it.
const TIMEOUT_MS = 10_000;
const UNREACHABLE = 'The exchange does not answer. Try again in a moment.';

export function createVenue(apiUrl) {
  let session = null;

  const call = async (path, options = {}) => {
    const headers = { ...(session && { Authorization: `Bearer ${session.accessToken}` }), ...(options.body && { 'Content-Type': 'application/json' }) };
    const response = await fetch(apiUrl + path, { ...options, headers, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => null);
    const answer = await response?.json().catch(() => null);
    if (!response || !answer) throw new Error(UNREACHABLE);
    // An access token that is over is the same as being signed out.
    if (response.status === 401 && session) session = null;
    if (!answer.success) throw new Error(answer.error?.message ?? UNREACHABLE);
    return answer.data;
  };

  return {
    email: () => session?.email ?? null,
    async signIn(email, password) {
      const { accessToken } = await call('/api/auth/login', { method: 'POST', body: JSON.stringify({ email, password }) });
      session = { email, accessToken };
    },
    signOut() {
      session = null;
    },
    /** What the widget needs from us for the signed-in trader; null when nobody is. */
    widgetSession: async () => (session ? call('/api/account/widget-session') : null),
    balances: async () => (session ? call('/api/account/balances').catch(() => []) : []),
  };
}
