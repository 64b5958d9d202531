import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type supertest from 'supertest';
import { peekJwt } from '../../jwt.ts';
import { createPartner, getToken, openSession, signedPost, signIn, signUserToken, type TestPartner, type TestUser } from '../../testing/builders.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';
import { sql, until } from '../../testing/venue.ts';

let app: TestApp;
let other: TestApp;
let admin: { accessToken: string };
beforeAll(async () => {
  app = await createTestApp();
  other = await createTestApp({ database: app.database });
  admin = await signIn(app, 'admin');
});
afterAll(async () => {
  await other.close();
  await app.close();
});

let partner: TestPartner;
const setUp = (algorithm: 'ES256' | 'HS256') => async (): Promise<void> => {
  partner = await createPartner(app, { algorithm });
  await until(async () => other.app.widget!.partners.find(partner.exchangeId), (known) => known !== undefined);
};

interface Key {
  readonly kid: string;
  readonly state: string;
  readonly algorithm: string;
  readonly activatesAt: string | null;
  readonly retiresAt: string | null;
}

const post = (action: string, body: object = {}): supertest.Test =>
  app.request.post(`/api/admin/exchanges/${partner.exchangeId}/${action}`).set('Authorization', `Bearer ${admin.accessToken}`).send(body);
const rotateKey = async (body: object = {}): Promise<{ key: Key; tokenSecret?: string }> => ((await post('rotate-key', body).expect(201)).body as { data: { key: Key; tokenSecret?: string } }).data;
const activateKey = async (): Promise<Key> => ((await post('activate-key').expect(200)).body as { data: { key: Key } }).data.key;
const states = async (): Promise<string[]> => {
  const { body } = await app.request.get(`/api/admin/exchanges/${partner.exchangeId}`).set('Authorization', `Bearer ${admin.accessToken}`).expect(200);
  return (body as { data: { keys: Key[] } }).data.keys.map(({ state }) => state);
};
const published = async (node = app): Promise<string[]> => ((await node.request.get(`/api/widget/jwks/${partner.exchangeId}`).expect(200)).body as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
const signerOf = async (node = app): Promise<{ kid: string; token: string }> => {
  const { token } = await getToken(node, await openSession(app, partner));
  return { token, kid: peekJwt(token).kid! };
};
const redeem = (token: string, node = app): supertest.Test => signedPost(node, partner, '/api/widget/redeem', { token });
const moveDue = (node = app): Promise<void> => node.app.widget!.partnerKeys.moveDue();
const codeOf = ({ body }: supertest.Response): string => (body as { error: { code: string } }).error.code;
/** Time goes on for every node. The staff member signs in again: a code of the second factor opens the administration for ten minutes. */
const wait = async (seconds: number): Promise<void> => {
  for (const node of [app, other]) node.advance(seconds * 1000);
  admin = await signIn(app, 'admin');
};
/** In tens, for a slow machine. */
const secondsUntil = (time: string | null): number => Math.ceil((Date.parse(time!) - app.now()) / 10_000) * 10;

describe('a key of a partner on ES256', () => {
  beforeEach(setUp('ES256'));

  test('is published at once, signs after ten minutes, and the one before it verifies for an hour more', async () => {
    const before = await signerOf();
    const { key, tokenSecret } = await rotateKey();
    expect([key.state, secondsUntil(key.activatesAt), tokenSecret]).toEqual(['upcoming', 600, undefined]);
    expect(await published()).toEqual([partner.kid, key.kid]);
    await wait(590);
    await moveDue();
    expect((await signerOf()).kid).toBe(partner.kid);
    await wait(10);
    const lastOfOld = await signerOf();
    await moveDue();
    expect((await signerOf()).kid).toBe(key.kid);
    await redeem(lastOfOld.token).expect(200);
    expect(await states()).toEqual(['active', 'retiring']);
    await wait(3_580);
    await moveDue();
    expect(await published()).toEqual([partner.kid, key.kid]);
    await wait(21);
    await moveDue();
    expect([await states(), await published()]).toEqual([['active', 'retired'], [key.kid]]);
    expect(codeOf(await redeem(before.token).expect(403))).toBe('TRADE_TOKEN_INVALID');
  });

  test('is published for twice as long as the key set may be cached before it signs: whoever fetched it just before knows the key in time', async () => {
    const { headers } = await app.request.get(`/api/widget/jwks/${partner.exchangeId}`).expect(200);
    const cachedSeconds = Number(/^public, max-age=(\d+)$/.exec(headers['cache-control']!)![1]);
    const rotatedAt = app.now();
    const { key } = await rotateKey();
    // Once in a cache on the way, and once in the verifier. Moments are told to the second.
    expect(cachedSeconds * 2).toBeLessThanOrEqual(Math.ceil((Date.parse(key.activatesAt!) - rotatedAt) / 1000));
  });

  test('one rotation at a time: a second is a 409 until the first is done, or replaces it at once', async () => {
    const { key: first } = await rotateKey();
    expect(codeOf(await post('rotate-key').expect(409))).toBe('ROTATION_UNDER_WAY');
    const { key: second } = await rotateKey({ activateInSeconds: 0 });
    expect([second.state, await published()]).toEqual(['active', [partner.kid, second.kid]]);
    expect(codeOf(await post('activate-key').expect(409))).toBe('NO_UPCOMING_KEY');
    expect((await signerOf()).kid).toBe(second.kid);
    expect(await published()).not.toContain(first.kid);
  });

  test('a leaked key ends with the call, and all before it', async () => {
    await rotateKey({ activateInSeconds: 0 });
    const leaked = await signerOf();
    const { key } = await rotateKey({ activateInSeconds: 0, overlapSeconds: 0, reason: 'It was on a public page.' });
    expect([await published(), await states()]).toEqual([[key.kid], ['active', 'retired', 'retired']]);
    expect(codeOf(await redeem(leaked.token).expect(403))).toBe('TRADE_TOKEN_INVALID');
    await redeem((await signerOf()).token).expect(200);
  });

  test('with an overlap of 0 the one before ends when the new one begins, not before', async () => {
    const { key } = await rotateKey({ activateInSeconds: 60, overlapSeconds: 0 });
    await redeem((await signerOf()).token).expect(200);
    await wait(60);
    await moveDue();
    expect(await published()).toEqual([key.kid]);
  });

  test('may be followed by one of the other algorithm', async () => {
    const { key, tokenSecret } = await rotateKey({ algorithm: 'HS256', activateInSeconds: 0 });
    expect([key.algorithm, tokenSecret?.length]).toEqual(['HS256', 43]);
    const { token, kid } = await signerOf();
    expect(kid).toBe(key.kid);
    await redeem(token).expect(200);
    expect(await published()).toEqual([partner.kid]);
  });

  test('eight are in use at most: a key set is read by verifiers that count', async () => {
    for (let index = 0; index < 7; index += 1) await rotateKey({ activateInSeconds: 0 });
    expect(codeOf(await post('rotate-key', { activateInSeconds: 0 }).expect(409))).toBe('ROTATION_UNDER_WAY');
    expect(await published()).toHaveLength(8);
    await rotateKey({ activateInSeconds: 0, overlapSeconds: 0 });
    expect(await published()).toHaveLength(1);
  });

  test('goes on waiting while the time of an earlier one runs out', async () => {
    await rotateKey({ activateInSeconds: 0, overlapSeconds: 75 });
    await rotateKey();
    await wait(76);
    await moveDue();
    expect(await states()).toEqual(['upcoming', 'active', 'retired']);
  });

  test('two machines move it on at once: it moves once, and is audited once', async () => {
    await rotateKey({ activateInSeconds: 60, overlapSeconds: 75 });
    await rotateCredentials(60);
    await wait(61);
    await Promise.all([app, other, app, other].map(moveDue));
    expect(await states()).toEqual(['active', 'retiring']);
    await wait(76);
    await Promise.all([app, other, app, other].map(moveDue));
    const entries = await sql<{ action: string; actor: string }>(app.database.superUrl, `select action, actor_kind || ' ' || actor_id as actor from audit.entries where subject_id = $1 and actor_id = 'move-keys' order by at`, [partner.exchangeId]);
    expect(entries.map(({ action }) => action).sort()).toEqual(['exchange.credentials_retired', 'exchange.key_activated', 'exchange.keys_retired']);
    expect(new Set(entries.map(({ actor }) => actor))).toEqual(new Set(['system move-keys']));
  });

  test.each<[object, string]>([
    [{ overlapSeconds: 74 }, 'overlapSeconds'],
    [{ overlapSeconds: 604_801 }, 'overlapSeconds'],
    [{ activateInSeconds: -1 }, 'activateInSeconds'],
    [{ activateInSeconds: 0.5 }, 'activateInSeconds'],
    [{ algorithm: 'RS256' }, 'algorithm'],
    [{ reason: 'x' }, 'reason'],
  ])('%j is refused', async (body, field) => {
    const { error } = (await post('rotate-key', body).expect(400)).body as { error: { fields: object } };
    expect(Object.keys(error.fields)).toEqual([field]);
    expect(await published()).toHaveLength(1);
  });
});

describe('a key of a partner on HS256', () => {
  beforeEach(setUp('HS256'));

  test('waits a day for the partner to set the secret up, or until staff says that it is ready', async () => {
    const { key, tokenSecret } = await rotateKey();
    expect([secondsUntil(key.activatesAt), tokenSecret?.length, await published()]).toEqual([86_400, 43, []]);
    expect((await signerOf()).kid).toBe(partner.kid);
    expect(await activateKey()).toMatchObject({ kid: key.kid, state: 'active', activatesAt: null });
    const { kid, token } = await signerOf();
    expect(kid).toBe(key.kid);
    await redeem(token).expect(200);
  });
});

async function rotateCredentials(overlapSeconds?: number): Promise<TestPartner & { credentials: { state: string }[] }> {
  const { body } = await post('rotate-credentials', overlapSeconds === undefined ? {} : { overlapSeconds }).expect(201);
  return { ...partner, ...(body as { data: TestPartner & { credentials: { state: string }[] } }).data };
}

describe('a rotation whose answer was lost', () => {
  beforeEach(setUp('HS256'));

  test('is made again in its place: the secret that nobody saw never signs', async () => {
    const { key: lost } = await rotateKey();
    expect(codeOf(await post('rotate-key').expect(409))).toBe('ROTATION_UNDER_WAY');
    const { key } = await rotateKey({ replaceUpcoming: true });
    expect([key.state, secondsUntil(key.activatesAt), await states()]).toEqual(['upcoming', 86_400, ['upcoming', 'active', 'retired']]);
    await wait(86_401);
    await moveDue();
    const { kid } = await signerOf();
    expect([kid, kid === lost.kid]).toEqual([key.kid, false]);
  });
});

describe('credentials', () => {
  beforeEach(setUp('ES256'));
  const works = async (credentials: TestPartner): Promise<boolean> => {
    const userToken = signUserToken(app, credentials, 'user-1');
    const session = await app.request.post('/api/widget/session').send({ exchangeId: partner.exchangeId, userToken });
    // Whoever's signature holds is told that the token is none.
    const call = await signedPost(app, credentials, '/api/widget/redeem', { token: 'x' });
    expect([session.status === 200, codeOf(call)]).toEqual([session.status === 200, session.status === 200 ? 'TRADE_TOKEN_INVALID' : 'SIGNATURE_INVALID']);
    return session.status === 200;
  };

  test('old and new work beside each other for a day; then the new ones alone', async () => {
    const fresh = await rotateCredentials();
    expect(fresh.credentials.map(({ state }) => state)).toEqual(['active', 'retiring']);
    expect([await works(partner), await works(fresh)]).toEqual([true, true]);
    await wait(86_401);
    await moveDue();
    expect([await works(partner), await works(fresh)]).toEqual([false, true]);
  });

  test('with an overlap of 0 all before them end with the call', async () => {
    const second = await rotateCredentials();
    const third = await rotateCredentials(0);
    expect([await works(partner), await works(second), await works(third)]).toEqual([false, false, true]);
  });
});

describe('a node that has not heard yet', () => {
  beforeEach(async () => {
    await setUp('ES256')();
    // At most one look a second: names that nobody has are free to invent.
    await wait(1);
    // No notice leaves the database: the other node learns nothing by itself for half a minute.
    await silent(true);
  });
  afterEach(() => silent(false));
  const silent = async (yes: boolean): Promise<void> => {
    for (const table of ['exchanges', 'exchange_keys', 'exchange_credentials']) await sql(app.database.superUrl, `alter table widget.${table} ${yes ? 'disable' : 'enable'} trigger all`);
  };
  const user = (): Promise<TestUser> => openSession(other, partner);

  test('issues no token for a suspended partner: its statement sees what it does not know', async () => {
    const trader = await user();
    await post('suspend', { reason: 'Reports are missing.' }).expect(200);
    expect(other.app.widget!.partners.require(partner.exchangeId).status).toBe('active');
    const issued = await sql(app.database.superUrl, 'select 1 from widget.trade_tokens');
    await expect(getToken(other, trader)).rejects.toThrow('403');
    expect(await sql(app.database.superUrl, 'select 1 from widget.trade_tokens')).toHaveLength(issued.length);
  });

  test('takes a token signed with a key that began to sign a moment ago, a user token and a call signed with new secrets, and signs with the new key itself', async () => {
    const trader = await user();
    const { key } = await rotateKey({ activateInSeconds: 0, overlapSeconds: 75 });
    const { token, kid } = await signerOf();
    expect([kid, other.app.widget!.partners.require(partner.exchangeId).keys.has(kid)]).toEqual([key.kid, false]);
    await redeem(token, other).expect(200);
    await rotateKey({ activateInSeconds: 0, overlapSeconds: 75 });
    const again = await getToken(other, trader);
    expect(peekJwt(again.token).kid).not.toBe(key.kid);
    const fresh = await rotateCredentials();
    await wait(1);
    await openSession(other, fresh);
    const freshest = await rotateCredentials();
    await wait(1);
    await signedPost(other, freshest, '/api/widget/redeem', { token: again.token }).expect(200);
  });
});
