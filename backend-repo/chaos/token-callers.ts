import { signPartnerRequest, signUserToken } from '@our-domain/trade-token-verifier';
import { randomInt, randomUUID } from 'node:crypto';
import type { PartnerSecrets } from '../src/features/widget/partners.service.ts';
import { pause } from './pause.ts';

export interface Answer {
  readonly status: number;
  readonly body: { readonly data?: Record<string, string>; readonly error?: { readonly code: string } };
}

interface Issued {
  readonly jti: string;
  readonly token: string;
}

interface Asked {
  readonly key: string;
  readonly at: number;
}

interface User {
  readonly exchangeUserId: string;
  readonly address: string;
  sessionToken: string | null;
  recent: Asked[];
}

/** Enough that none of them comes near its own limits. */
const USERS = 10;
const ANSWER_MS = 3_000;
const TRADE = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: '0.01', price: '64000' };
/** A token lives ten seconds; a retry has to come before that. */
const RETRY_WITHIN_MS = 7_000;
const KEYS_REMEMBERED = 4;

/** What the backends said, and what contradicts itself in it. */
export class Testimony {
  readonly acknowledged = new Set<string>();
  readonly redeemed = new Set<string>();
  readonly perNode: number[] = [0, 0];
  handedOutTwice = 0;
  redeemedTwice = 0;
  /** A token that was handed out, and of which a node later said that it was never issued. */
  denied = 0;
  askedAgain = 0;
  redeemAnswersLost = 0;
  readonly refusals = new Map<string, number>();
  // One for good: an idempotency key stands for one token, and no token for two keys.
  readonly #jtiOf = new Map<string, string>();

  acknowledge(key: string, jti: string, node: number): void {
    this.perNode[node]! += 1;
    const before = this.#jtiOf.get(key);
    if (before === jti) this.askedAgain += 1;
    else if (before !== undefined || this.acknowledged.has(jti)) this.handedOutTwice += 1;
    this.#jtiOf.set(key, jti);
    this.acknowledged.add(jti);
  }

  redeem(jti: string): void {
    if (this.redeemed.has(jti)) this.redeemedTwice += 1;
    this.redeemed.add(jti);
  }

  refuse(what: string, answer: Answer | null): void {
    const name = `${what} ${answer ? `${answer.status} ${answer.body.error?.code ?? ''}` : 'no answer'}`;
    this.refusals.set(name, (this.refusals.get(name) ?? 0) + 1);
  }
}

export interface CallersOptions {
  readonly partner: PartnerSecrets;
  /** The first three parts of its users' addresses. */
  readonly network: string;
  readonly nodes: readonly [string, string];
  readonly testimony: Testimony;
  readonly load: { stop: boolean };
}

/** The users of a partner, in turn: each gets a token at either node, redeems it at both at once, and asks again for what it was given. */
export class Caller {
  readonly #options: CallersOptions;
  readonly #users: readonly User[];
  #turn = 0;

  constructor(options: CallersOptions) {
    this.#options = options;
    this.#users = Array.from({ length: USERS }, (_, index) => ({
      exchangeUserId: `user-${randomUUID().slice(0, 8)}`, address: `${options.network}.${index + 1}`, sessionToken: null, recent: [],
    }));
  }

  async run(): Promise<void> {
    while (!this.#options.load.stop) {
      const user = this.#users[(this.#turn += 1) % this.#users.length]!;
      user.sessionToken ??= await this.#openSession(user);
      if (user.sessionToken === null) await pause(randomInt(200, 600));
      else await this.#trade(user);
    }
  }

  async #trade(user: User): Promise<void> {
    if (randomInt(4) === 0) await this.#askAgain(user);
    const asked = { key: randomUUID(), at: Date.now() };
    const issued = await this.#obtain(user, asked);
    if (!issued) return;
    user.recent = [asked, ...user.recent].slice(0, KEYS_REMEMBERED);
    await this.#redeem(user, issued);
  }

  /** The same key until there is an answer, wherever a node is there to give it. */
  async #obtain(user: User, asked: Asked): Promise<Issued | null> {
    for (let node = randomInt(2); Date.now() - asked.at < RETRY_WITHIN_MS && user.sessionToken !== null && !this.#options.load.stop; node = 1 - node) {
      const both = randomInt(8) === 0 ? [node, 1 - node] : [node];
      const answers = await Promise.all(both.map((at) => this.#askToken(user, at, asked.key)));
      const issued = answers.find((answer) => answer !== null);
      if (issued) return issued;
      await pause(20);
    }
    return null;
  }

  /** What a caller does whose page was reloaded: under a key it was answered before, often by a process that was killed since. */
  async #askAgain(user: User): Promise<void> {
    user.recent = user.recent.filter(({ at }) => Date.now() - at < RETRY_WITHIN_MS);
    const asked = user.recent[randomInt(Math.max(1, user.recent.length))];
    if (asked) await this.#askToken(user, randomInt(2), asked.key);
  }

  async #askToken(user: User, node: number, key: string): Promise<Issued | null> {
    const { testimony, partner } = this.#options;
    const answer = await this.#post(user, node, '/api/app/widget/generate-trade-token', { exchangeId: partner.exchangeId, exchangeUserId: user.exchangeUserId, trade: TRADE }, {
      Authorization: `Bearer ${user.sessionToken}`, 'Idempotency-Key': key,
    });
    if (answer?.status === 201) {
      const { jti, token } = answer.body.data as unknown as Issued;
      testimony.acknowledge(key, jti, node);
      return { jti, token };
    }
    if (answer?.status === 401) user.sessionToken = null;
    testimony.refuse('token', answer);
    return null;
  }

  /** At both nodes at once, until one of them says for sure what became of it. */
  async #redeem(user: User, { jti, token }: Issued): Promise<void> {
    const { testimony, partner } = this.#options;
    const body = { token };
    for (let attempt = 0; attempt < 60; attempt += 1) {
      const answers = await Promise.all([0, 1].map((node) => {
        const headers = signPartnerRequest({ ...partner, method: 'POST', path: '/api/widget/redeem', body: JSON.stringify(body) });
        return this.#post(user, node, '/api/widget/redeem', body, headers);
      }));
      for (const answer of answers) {
        if (answer?.status === 200) testimony.redeem(jti);
        else testimony.refuse('redeem', answer);
        if (answer?.body.error?.code === 'TRADE_TOKEN_UNKNOWN') testimony.denied += 1;
      }
      if (testimony.redeemed.has(jti)) return;
      if (answers.some((answer) => answer?.status === 409)) return void (testimony.redeemAnswersLost += 1);
      if (answers.some((answer) => answer?.status === 403 || answer?.status === 404)) return;
      await pause(50);
    }
  }

  async #openSession({ exchangeUserId, address }: User): Promise<string | null> {
    const { partner, testimony } = this.#options;
    const userToken = signUserToken({ ...partner, exchangeUserId });
    const answer = await this.#post({ address }, randomInt(2), '/api/widget/session', { exchangeId: partner.exchangeId, userToken }, {});
    if (answer?.status === 200) return answer.body.data!['sessionToken']!;
    testimony.refuse('session', answer);
    return null;
  }

  #post({ address }: Pick<User, 'address'>, node: number, path: string, body: object, headers: Record<string, string>): Promise<Answer | null> {
    return fetch(this.#options.nodes[node]! + path, {
      method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': address, ...headers }, body: JSON.stringify(body), signal: AbortSignal.timeout(ANSWER_MS),
    })
      .then(async (response) => ({ status: response.status, body: (await response.json()) as Answer['body'] }))
      .catch(() => null);
  }
}
