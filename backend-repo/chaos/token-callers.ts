import { signPartnerRequest, signUserToken } from '@our-domain/trade-token-verifier';
import { randomInt, randomUUID } from 'node:crypto';
import type { PartnerSecrets } from '../src/features/widget/partners.service.ts';

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
  readonly nodes: readonly [string, string];
  readonly testimony: Testimony;
  readonly load: { stop: boolean };
}

/** One user of the partner: gets tokens at either node, redeems each at both at once, and asks again for what it was given. */
export class Caller {
  readonly #options: CallersOptions;
  readonly #exchangeUserId = `user-${randomUUID().slice(0, 8)}`;
  #sessionToken: string | null = null;
  #recent: Asked[] = [];

  constructor(options: CallersOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    while (!this.#options.load.stop) {
      this.#sessionToken ??= await this.#openSession();
      if (this.#sessionToken === null) await pause(randomInt(200, 600));
      else await this.#trade();
    }
  }

  async #trade(): Promise<void> {
    if (randomInt(4) === 0) await this.#askAgain();
    const asked = { key: randomUUID(), at: Date.now() };
    const issued = await this.#obtain(asked);
    if (!issued) return;
    this.#recent = [asked, ...this.#recent].slice(0, KEYS_REMEMBERED);
    await this.#redeem(issued);
  }

  /** The same key until there is an answer, wherever a node is there to give it. */
  async #obtain(asked: Asked): Promise<Issued | null> {
    for (let node = randomInt(2); Date.now() - asked.at < RETRY_WITHIN_MS && this.#sessionToken !== null && !this.#options.load.stop; node = 1 - node) {
      const both = randomInt(8) === 0 ? [node, 1 - node] : [node];
      const answers = await Promise.all(both.map((at) => this.#askToken(at, asked.key)));
      const issued = answers.find((answer) => answer !== null);
      if (issued) return issued;
      await pause(20);
    }
    return null;
  }

  /** What a caller does whose page was reloaded: under a key it was answered before, often by a process that was killed since. */
  async #askAgain(): Promise<void> {
    this.#recent = this.#recent.filter(({ at }) => Date.now() - at < RETRY_WITHIN_MS);
    const asked = this.#recent[randomInt(Math.max(1, this.#recent.length))];
    if (asked) await this.#askToken(randomInt(2), asked.key);
  }

  async #askToken(node: number, key: string): Promise<Issued | null> {
    const { testimony, partner } = this.#options;
    const answer = await this.#post(node, '/api/app/widget/generate-trade-token', { exchangeId: partner.exchangeId, exchangeUserId: this.#exchangeUserId, trade: TRADE }, {
      Authorization: `Bearer ${this.#sessionToken}`, 'Idempotency-Key': key,
    });
    if (answer?.status === 201) {
      const { jti, token } = answer.body.data as unknown as Issued;
      testimony.acknowledge(key, jti, node);
      return { jti, token };
    }
    if (answer?.status === 401) this.#sessionToken = null;
    testimony.refuse('token', answer);
    return null;
  }

  /** At both nodes at once, until one of them says for sure what became of it. */
  async #redeem({ jti, token }: Issued): Promise<void> {
    const { testimony, partner } = this.#options;
    const body = { token };
    for (let attempt = 0; attempt < 60; attempt += 1) {
      const answers = await Promise.all([0, 1].map((node) => {
        const headers = signPartnerRequest({ ...partner, method: 'POST', path: '/api/widget/redeem', body: JSON.stringify(body) });
        return this.#post(node, '/api/widget/redeem', body, headers);
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

  async #openSession(): Promise<string | null> {
    const { partner, testimony } = this.#options;
    const userToken = signUserToken({ ...partner, exchangeUserId: this.#exchangeUserId });
    const answer = await this.#post(randomInt(2), '/api/widget/session', { exchangeId: partner.exchangeId, userToken }, {});
    if (answer?.status === 200) return answer.body.data!['sessionToken']!;
    testimony.refuse('session', answer);
    return null;
  }

  #post(node: number, path: string, body: object, headers: Record<string, string>): Promise<Answer | null> {
    return fetch(this.#options.nodes[node]! + path, {
      method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body), signal: AbortSignal.timeout(ANSWER_MS),
    })
      .then(async (response) => ({ status: response.status, body: (await response.json()) as Answer['body'] }))
      .catch(() => null);
  }
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
