import { describe, expect, test } from '@jest/globals';
import { createScope } from '../helpers/scope.ts';
import type { WidgetOptions } from '../api/options.ts';
import { createSessions } from './sessions.ts';

function make(getSession: WidgetOptions['getSession'], expiresIn = 300, signed = false) {
  const clock = { nowMs: 0 };
  const opened: (string | null)[] = [];
  const sessions = createSessions({
    scope: createScope(),
    operator: {
      openSession: (_who, userToken) => {
        opened.push(userToken);
        return Promise.resolve({ ok: true, value: { sessionToken: `s${opened.length}`, expiresIn } });
      },
    },
    signed,
    who: { exchangeId: 'demo-exchange', exchangeUserId: 'u' },
    currentGetSession: () => getSession,
    nowMs: () => clock.nowMs,
  });
  return { sessions, opened, clock };
}
const page = () => ({ userToken: 'u1', venueToken: 'v1' });

describe('widget sessions', () => {
  test('one is kept until it is nearly over, then renewed', async () => {
    const { sessions, opened, clock } = make(page);
    await sessions.open();
    clock.nowMs = 284_000;
    expect(await sessions.open()).toEqual({ ok: true, value: { sessionToken: 's1', venueToken: 'v1' } });
    clock.nowMs = 286_000;
    await sessions.open();
    expect(opened).toHaveLength(2);
  });

  test('parallel callers share one opening: a user token works once', async () => {
    const { sessions, opened } = make(page);
    await Promise.all([sessions.open(), sessions.open(), sessions.open()]);
    expect(opened).toEqual(['u1']);
  });

  test('a page that answers null has nobody signed in', async () => {
    expect(await make(() => null).sessions.open()).toMatchObject({ ok: false, failure: { code: 'SIGNED_OUT' } });
  });

  test.each([['throws', () => { throw new Error('no'); }], ['rejects', () => Promise.reject(new Error('no'))], ['gives something else', () => ({}) as never]] as const)('a page that %s is said to be unable', async (_, getSession) => {
    expect(await make(getSession).sessions.open()).toMatchObject({ ok: false, failure: { code: 'SESSION_UNAVAILABLE' } });
  });

  test('a page without getSession cannot say who trades where its backend must sign for it', async () => {
    const { sessions, opened } = make(undefined, 300, true);
    expect(await sessions.open()).toMatchObject({ ok: false, failure: { code: 'SESSION_UNAVAILABLE' } });
    expect(opened).toEqual([]);
  });

  test('a page without getSession leaves it to the operator', async () => {
    const { sessions, opened } = make(undefined);
    await sessions.open();
    expect(opened).toEqual([null]);
  });
});
