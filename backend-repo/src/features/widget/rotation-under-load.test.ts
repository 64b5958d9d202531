import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createVerifier, memoryNonceStore, type Verifier } from '@our-domain/trade-token-verifier';
import { randomUUID } from 'node:crypto';
import { peekJwt } from '../../jwt.ts';
import { createPartner, LIMIT_ORDER, signIn, signUserToken, type TestPartner } from '../../testing/builders.ts';
import { createTestApp, signedHeaders, type TestApp } from '../../testing/test-app.ts';
import { until } from '../../testing/venue.ts';

/** Two nodes, two partners with ten users each, who trade as fast as they can while staff rotates everything they trade with. */
const CALLERS_PER_PARTNER = 10;
const ROTATIONS = 3;
/** Less than a token lives: whatever is on its way when the clocks jump is still good after it. */
const JUMP_SECONDS = 7;
/** A verifier asks for a key it does not know at most once a minute. */
const ACTIVATE_IN_SECONDS = 65;
const OVERLAP_SECONDS = 75;

let nodes: readonly [TestApp, TestApp];
let admin: { accessToken: string };
beforeAll(async () => {
  const first = await createTestApp();
  nodes = [first, await createTestApp({ database: first.database })];
  admin = await signIn(first, 'admin');
});
afterAll(async () => {
  for (const node of [...nodes].reverse()) await node.close();
});

interface Answer {
  readonly status: number;
  readonly data: Record<string, unknown>;
  readonly text: string;
}

async function send(url: string, method: string, headers: Record<string, string>, body: string): Promise<Answer> {
  const response = await fetch(url, { method, headers: { 'Content-Type': 'application/json', ...headers }, body });
  const text = await response.text();
  return { status: response.status, data: (JSON.parse(text) as { data?: Record<string, unknown> }).data ?? {}, text };
}

const staff = async (exchangeId: string, action: string, body: object): Promise<Record<string, unknown>> => {
  const answer = await send(`${nodes[0].url}/api/admin/exchanges/${exchangeId}/${action}`, 'POST', { Authorization: `Bearer ${admin.accessToken}` }, JSON.stringify(body));
  expect([answer.status < 300, answer.text]).toEqual([true, answer.text]);
  return answer.data;
};

/** One of a partner's servers: what it holds of ours, and how it verifies. */
interface PartnerServer {
  credentials: TestPartner;
  verifier: Verifier;
}

/** A partner's own side. The prompt server takes up what is new at once, the late one half a minute after. */
interface Backend {
  readonly partner: TestPartner;
  readonly prompt: PartnerServer;
  readonly late: PartnerServer;
  readonly secrets: Record<string, string>;
}

async function createBackend(algorithm: 'ES256' | 'HS256'): Promise<Backend> {
  const partner = await createPartner(nodes[0], { algorithm });
  await until(async () => nodes[1].app.widget!.partners.find(partner.exchangeId), (known) => known !== undefined);
  const secrets = { [partner.kid]: partner.tokenSecret ?? '' };
  const server = async (): Promise<PartnerServer> => ({ credentials: partner, verifier: await newVerifier(partner, secrets) });
  const backend = { partner, secrets, prompt: await server(), late: await server() };
  if (algorithm === 'ES256') backend.prompt.verifier = createVerifier({ ...verifying(partner), jwksUrl: jwksUrl(partner) });
  await backend.prompt.verifier.loadKeys();
  return backend;
}

const verifying = ({ exchangeId }: TestPartner) => ({ exchangeId, store: memoryNonceStore(), now: nodes[0].now });
const jwksUrl = ({ exchangeId }: TestPartner): string => `${nodes[1].url}/api/widget/jwks/${exchangeId}`;

/** Knows the keys of this moment and never asks again: what another language's library may do. */
async function newVerifier(partner: TestPartner, secrets: Record<string, string>): Promise<Verifier> {
  if (partner.algorithm === 'HS256') return createVerifier({ ...verifying(partner), secrets: { ...secrets } });
  return createVerifier({ ...verifying(partner), jwks: (await (await fetch(jwksUrl(partner))).json()) as { keys: object[] } });
}

class Caller {
  readonly #server: PartnerServer;
  #exchangeUserId = '';
  readonly refused: string[] = [];
  readonly kids = new Set<string>();
  readonly done = { sessions: 0, issued: 0, verified: 0, redeemed: 0 };
  rounds = 0;
  stopped = false;
  #session = '';

  constructor(server: PartnerServer) {
    this.#server = server;
  }

  async run(): Promise<void> {
    while (!this.stopped) {
      await this.#round(nodes[this.rounds % 2]!, nodes[(this.rounds + 1) % 2]!);
      this.rounds += 1;
    }
  }

  async #round(here: TestApp, there: TestApp): Promise<void> {
    const { credentials } = this.#server;
    const { exchangeId } = credentials;
    if (this.rounds % 4 === 0) {
      // Somebody else each time, so that nobody comes near the limits of one user.
      this.#exchangeUserId = `user-${randomUUID().slice(0, 8)}`;
      const session = await send(`${there.url}/api/widget/session`, 'POST', {}, JSON.stringify({ exchangeId, userToken: signUserToken(here, credentials, this.#exchangeUserId) }));
      if (!this.#went('session', session, 200)) return;
      this.#session = session.data['sessionToken'] as string;
      this.done.sessions += 1;
    }
    const body = JSON.stringify({ exchangeId, exchangeUserId: this.#exchangeUserId, trade: LIMIT_ORDER });
    const issued = await send(`${here.url}/api/app/widget/generate-trade-token`, 'POST', { Authorization: `Bearer ${this.#session}`, 'Idempotency-Key': randomUUID() }, body);
    if (!this.#went('issue', issued, 201)) return;
    this.done.issued += 1;
    const token = issued.data['token'] as string;
    this.kids.add(peekJwt(token).kid!);
    const verdict = await this.#server.verifier.verify(token, LIMIT_ORDER, { exchangeUserId: this.#exchangeUserId });
    if (verdict.ok) this.done.verified += 1;
    else this.refused.push(`verify: ${verdict.reason}`);
    if (this.rounds % 5 !== 0) return;
    const path = '/api/widget/redeem';
    const redeem = JSON.stringify({ token });
    if (this.#went('redeem', await send(`${there.url}${path}`, 'POST', signedHeaders(credentials, 'POST', path, redeem, { timestamp: here.now() }), redeem), 200)) this.done.redeemed += 1;
  }

  #went(what: string, { status, text }: Answer, expected: number): boolean {
    if (status !== expected) this.refused.push(`${what}: ${text}`);
    return status === expected;
  }
}

/** The clocks of both nodes and of the partners go on together, after what was on its way the last time has arrived. */
async function jump(callers: readonly Caller[]): Promise<void> {
  const rounds = callers.map((caller) => caller.rounds);
  await until(async () => callers.every((caller, index) => caller.rounds >= rounds[index]! + 1), (arrived) => arrived, 20_000);
  for (const node of nodes) node.advance(JUMP_SECONDS * 1000);
  await Promise.all(nodes.map((node) => node.app.widget!.partnerKeys.moveDue()));
}

async function rotate({ partner, prompt, secrets }: Backend): Promise<void> {
  const { exchangeId, algorithm } = partner;
  // With a shared secret staff waits until the partner says that it is ready.
  const activateInSeconds = algorithm === 'ES256' ? ACTIVATE_IN_SECONDS : 3_600;
  const { key, tokenSecret } = (await staff(exchangeId, 'rotate-key', { activateInSeconds, overlapSeconds: OVERLAP_SECONDS })) as { key: { kid: string }; tokenSecret?: string };
  prompt.credentials = { ...partner, ...((await staff(exchangeId, 'rotate-credentials', { overlapSeconds: OVERLAP_SECONDS })) as unknown as TestPartner) };
  if (tokenSecret === undefined) return;
  secrets[key.kid] = tokenSecret;
  prompt.verifier = await newVerifier(partner, secrets);
}

async function catchUp({ partner, prompt, late, secrets }: Backend): Promise<void> {
  late.credentials = prompt.credentials;
  late.verifier = await newVerifier(partner, secrets);
  if (partner.algorithm === 'HS256') await staff(partner.exchangeId, 'activate-key', {});
}

test('keys, credentials and session secrets are rotated three times under load on two nodes: nothing that was valid is refused', async () => {
  const backends = [await createBackend('ES256'), await createBackend('HS256')];
  const callers = backends.flatMap(({ prompt, late }) => Array.from({ length: CALLERS_PER_PARTNER }, (_, index) => new Caller(index % 2 === 0 ? prompt : late)));
  const running = callers.map((caller) => caller.run());
  try {
    for (let rotation = 0; rotation < ROTATIONS; rotation += 1) {
      for (const backend of backends) await rotate(backend);
      for (let seconds = 0; seconds < ACTIVATE_IN_SECONDS; seconds += JUMP_SECONDS) {
        if (seconds === 4 * JUMP_SECONDS) await Promise.all(backends.map(catchUp));
        await jump(callers);
      }
      await jump(callers);
    }
  } finally {
    for (const caller of callers) caller.stopped = true;
    await Promise.all(running);
  }
  const refused = callers.flatMap((caller) => caller.refused);
  expect([refused.length, refused.slice(0, 5)]).toEqual([0, []]);
  // Every key signed in its time, and every kind of call was made throughout.
  for (const backend of backends) {
    const own = callers.filter((_caller, index) => backends[Math.floor(index / CALLERS_PER_PARTNER)] === backend);
    expect(new Set(own.flatMap((caller) => [...caller.kids])).size).toBe(ROTATIONS + 1);
  }
  for (const caller of callers) expect(Object.values(caller.done).every((count) => count > 5)).toBe(true);
}, 60_000);
