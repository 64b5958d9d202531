// From the click to the words: what is sent, how often, and what the trader is told.
import { describe, expect, test } from '@jest/globals';
import { type Call, CUT, ok, refused, type Reply, routes } from '../support/mock-api.ts';
import { bookOf, configAnswer, type Json, type Level, orderAnswer } from '../support/samples.ts';
import { order, outcomeText, ready, type Stage, type Visit, visit, withStage } from '../support/stage.ts';

let stage: Stage;
let trip: Visit;
withStage((opened) => (stage = opened));
const arrive = async () => {
  trip = await visit(stage);
  await ready(trip);
};
const leave = async () => {
  expect(trip.faults).toEqual([]);
  expect(await trip.page.evaluate('window.cspViolations')).toEqual([]);
  expect(stage.api.violations).toEqual([]);
};
const bodyOf = (call: Call | undefined) => call?.body as Record<string, Json>;

describe('the happy path', () => {
  test('one click asks for one token and sends exactly the signed order once, with the token', async () => {
    await arrive();
    expect(stage.api.made(routes.token)).toHaveLength(0);
    await order(trip);
    await outcomeText(trip, /Filled 0\.01 BTC at 64,251\.00 \(avg\).*Took \d+ ms/);

    const [asked, ...moreTokens] = stage.api.made(routes.token);
    const [sent, ...moreOrders] = stage.api.made(routes.order);
    expect([moreTokens, moreOrders]).toEqual([[], []]);
    expect(asked?.headers.authorization).toMatch(/^Bearer session\./);
    expect(asked?.headers['idempotency-key']).toMatch(/^[\x21-\x7e]{16,64}$/);
    const { trade } = bodyOf(asked) as { trade: Record<string, Json> };
    expect(trade).toEqual({ symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01', clientOrderId: expect.stringMatching(/^ow-[0-9a-f]{24}$/) });
    expect(sent?.body).toEqual(trade);
    expect(sent?.headers['x-trade-token']).toMatch(/^token\./);
    expect(sent?.headers.authorization).toBe('Bearer venue.token');
    await trip.widget.locator('.account', { hasText: 'Position0.009985 BTC' }).waitFor();
    await leave();
  });

  test('the next order has a token, a key and a name of its own; the session is kept', async () => {
    await arrive();
    await order(trip);
    await outcomeText(trip, /Filled/);
    await trip.widget.getByRole('button', { name: 'New order' }).click();
    await trip.widget.getByText('Sell', { exact: true }).click();
    await order(trip, '0.02');
    await outcomeText(trip, /Filled 0\.02/);
    const tokens = stage.api.made(routes.token);
    const orders = stage.api.made(routes.order);
    expect(new Set(tokens.map(({ headers }) => headers['idempotency-key'])).size).toBe(2);
    expect(new Set(orders.map(({ headers }) => headers['x-trade-token'])).size).toBe(2);
    expect(new Set(orders.map((call) => bodyOf(call)['clientOrderId'])).size).toBe(2);
    expect(stage.api.made(routes.session)).toHaveLength(1);
    await leave();
  });

  test('a limit order that rests is followed until it is filled', async () => {
    const limit = { type: 'LIMIT', quantity: '0.01', price: '64000.00' };
    stage.api.on(routes.order, ok(orderAnswer(limit, { id: 99, status: 'PENDING', filled_quantity: '0', average_price: null }), 201));
    stage.api.inTurn(routes.status, ok(orderAnswer(limit, { id: 99, status: 'PARTIAL', filled_quantity: '0.004', average_price: '64000.00' })), ok(orderAnswer(limit, { id: 99, average_price: '64000.00' })));
    await arrive();
    await trip.widget.getByText('Limit', { exact: true }).click();
    await trip.widget.getByLabel('Price', { exact: true }).fill('64,000.00');
    await order(trip);
    await outcomeText(trip, /In the order book: buy 0\.01 BTC at 64,000\.00/);
    await outcomeText(trip, /Partly filled: 0\.004 of 0\.01/);
    await outcomeText(trip, /Filled 0\.01 BTC at 64,000\.00/);
    expect(bodyOf(stage.api.made(routes.order)[0])).toMatchObject({ type: 'LIMIT', price: '64000.00' });
    expect(stage.api.made(routes.status).every(({ params }) => params['id'] === '99')).toBe(true);
    await leave();
  });
});

interface Failing {
  readonly name: string;
  readonly answers: Partial<Record<keyof typeof routes, Reply>>;
  readonly words: RegExp;
  readonly code: string;
  readonly orders: number;
}

const failings: readonly Failing[] = [
  { name: 'token service away', answers: { token: refused(503, 'LEDGER_UNAVAILABLE') }, words: /Not sent: our token service does not answer.*Nothing reached the exchange/, code: 'OPERATOR_AWAY', orders: 0 },
  { name: 'token service cut off', answers: { token: CUT }, words: /Not sent: our token service does not answer/, code: 'OPERATOR_AWAY', orders: 0 },
  { name: 'page signed out', answers: { widgetSession: refused(401, 'UNAUTHORIZED') }, words: /Sign in at Northlight/, code: '', orders: 0 },
  { name: 'user token refused', answers: { session: refused(401, 'USER_TOKEN_INVALID') }, words: /Not sent: we could not confirm who you are/, code: 'USER_TOKEN_INVALID', orders: 0 },
  { name: 'too many tokens', answers: { token: refused(429, 'TOO_MANY_OPEN_TOKENS', 'Too many', { retry_after: 7 }) }, words: /too many orders at once\. Wait 7 s/, code: 'TOO_MANY_OPEN_TOKENS', orders: 0 },
  { name: 'rate limit', answers: { token: refused(429, 'RATE_LIMIT_EXCEEDED', 'Slow down', { retry_after: 3 }) }, words: /too many requests\. Wait 3 s/, code: 'RATE_LIMIT_EXCEEDED', orders: 0 },
  { name: 'label tokens used up', answers: { token: refused(429, 'LABEL_TOKENS_USED_UP', 'Used up', { retry_after: 7300 }) }, words: /today’s trades.*used up\. It opens again in 3 h.*Nothing reached the exchange\.(?! You can)/, code: 'LABEL_TOKENS_USED_UP', orders: 0 },
  { name: 'a signature was needed', answers: { session: refused(403, 'USER_TOKEN_REQUIRED') }, words: /did not prove who you are.*Tell Northlight/, code: 'USER_TOKEN_REQUIRED', orders: 0 },
  { name: 'market orders off', answers: { token: refused(403, 'MARKET_ORDERS_DISABLED') }, words: /market orders are switched off here\. Use a limit order/, code: 'MARKET_ORDERS_DISABLED', orders: 0 },
  { name: 'partner suspended meanwhile', answers: { token: refused(403, 'PARTNER_SUSPENDED') }, words: /suspended at this exchange/, code: 'PARTNER_SUSPENDED', orders: 0 },
  { name: 'origin not allowed', answers: { session: refused(403, 'ORIGIN_NOT_ALLOWED') }, words: /not on the exchange’s list/, code: 'ORIGIN_NOT_ALLOWED', orders: 0 },
  { name: 'balance too low', answers: { order: refused(422, 'INSUFFICIENT_BALANCE') }, words: /The exchange refused: your balance is too low/, code: 'INSUFFICIENT_BALANCE', orders: 1 },
  { name: 'no liquidity', answers: { order: refused(422, 'NO_LIQUIDITY') }, words: /The exchange refused: nobody offers the other side/, code: 'NO_LIQUIDITY', orders: 1 },
  { name: 'another 401', answers: { order: { status: 401, body: { error: { code: 'JWT_EXPIRED' } }, offContract: true } }, words: /Northlight has signed you out\. Sign in again/, code: 'UNAUTHORIZED', orders: 2 },
  { name: 'token not checkable', answers: { order: refused(503, 'TRADE_TOKEN_CHECK_UNAVAILABLE') }, words: /The exchange refused: it could not check the order’s token/, code: 'TRADE_TOKEN_CHECK_UNAVAILABLE', orders: 1 },
  { name: 'another session', answers: { token: refused(403, 'SESSION_MISMATCH') }, words: /session belongs to another trader/, code: 'SESSION_MISMATCH', orders: 0 },
  { name: 'user token used twice', answers: { session: refused(401, 'USER_TOKEN_SPENT') }, words: /used an old confirmation/, code: 'USER_TOKEN_SPENT', orders: 0 },
  { name: 'unknown symbol', answers: { order: refused(404, 'UNKNOWN_SYMBOL') }, words: /this market is not traded here/, code: 'UNKNOWN_SYMBOL', orders: 1 },
  { name: 'token stripped', answers: { order: refused(403, 'TRADE_TOKEN_REQUIRED') }, words: /came without its one-time token/, code: 'TRADE_TOKEN_REQUIRED', orders: 1 },
  { name: 'token altered', answers: { order: refused(403, 'TRADE_TOKEN_INVALID') }, words: /one-time token was not genuine/, code: 'TRADE_TOKEN_INVALID', orders: 1 },
  { name: 'order altered', answers: { order: refused(403, 'TRADE_TOKEN_MISMATCH') }, words: /changed on its way/, code: 'TRADE_TOKEN_MISMATCH', orders: 1 },
  { name: 'token spent', answers: { order: refused(409, 'TRADE_TOKEN_SPENT') }, words: /this token has been used already/, code: 'TRADE_TOKEN_SPENT', orders: 1 },
  {
    name: 'token spent on an order that stands',
    answers: { order: refused(409, 'TRADE_TOKEN_SPENT', 'Spent', { details: { order: orderAnswer({ quantity: '0.01' }, { id: 4711 }) } }) },
    words: /used already.*Order 4711 was placed with it: 0\.01 of 0\.01 BTC filled at 64,251\.00/,
    code: 'TRADE_TOKEN_SPENT',
    orders: 1,
  },
  { name: 'engine away', answers: { order: refused(503, 'ENGINE_UNAVAILABLE') }, words: /refused: its trading engine is not available.*Nothing was bought or sold/, code: 'ENGINE_UNAVAILABLE', orders: 1 },
  { name: 'venue signed out', answers: { order: refused(401, 'UNAUTHORIZED') }, words: /Northlight has signed you out/, code: 'UNAUTHORIZED', orders: 2 },
  { name: 'a code we have no words for', answers: { order: refused(422, 'LUNAR_ECLIPSE', 'The moon is in the way.') }, words: /The exchange refused: The moon is in the way/, code: 'LUNAR_ECLIPSE', orders: 1 },
  { name: 'exchange away', answers: { order: CUT }, words: /do not know what became.*did not answer.*was sent once and will not be sent again/, code: 'EXCHANGE_AWAY', orders: 1 },
  { name: 'exchange broken', answers: { order: refused(503, 'ENGINE_RELOADING') }, words: /do not know what became.*fault of its own/, code: 'EXCHANGE_BROKEN', orders: 1 },
  { name: 'something that is no answer', answers: { order: { status: 200, body: 'welcome to the hotel wifi', offContract: true } }, words: /do not know what became/, code: 'EXCHANGE_BROKEN', orders: 1 },
];

describe('each failure is said clearly', () => {
  test.each(failings.map((failing) => [failing.name, failing] as const))('%s', async (_, { answers, words, code, orders }) => {
    for (const [route, reply] of Object.entries(answers)) stage.api.on(routes[route as keyof typeof routes], reply);
    await arrive();
    if (code === '') {
      await trip.widget.locator('.why', { hasText: words }).waitFor();
    } else {
      await order(trip);
      await outcomeText(trip, words);
      await trip.widget.locator('.outcome summary').click();
      expect(await trip.widget.locator('.facts').textContent()).toContain(code);
      expect(await trip.widget.locator('.action [role=alert]').textContent()).toMatch(words);
    }
    expect(trip.ordersSent).toHaveLength(orders);
    await leave();
  });
});

describe('tokens expire', () => {
  test('one new token is fetched, once, and the order goes through with it', async () => {
    stage.api.inTurn(routes.order, refused(403, 'TRADE_TOKEN_EXPIRED'), (call) => ok(orderAnswer(bodyOf(call)), 201));
    await arrive();
    await order(trip);
    await outcomeText(trip, /Filled.*first try expired/);
    const [first, second] = stage.api.made(routes.order);
    expect(first?.headers['x-trade-token']).not.toBe(second?.headers['x-trade-token']);
    expect(first?.body).toEqual(second?.body);
    expect(stage.api.made(routes.token)).toHaveLength(2);
    await leave();
  });

  test('a second expiry ends it', async () => {
    stage.api.on(routes.order, refused(403, 'TRADE_TOKEN_EXPIRED'));
    await arrive();
    await order(trip);
    await outcomeText(trip, /and so did a second one/);
    expect(stage.api.made(routes.token)).toHaveLength(2);
    expect(stage.api.made(routes.order)).toHaveLength(2);
    await leave();
  });

  test('a token that dies before the order leaves is not sent', async () => {
    stage.api.on(routes.token, () => ok({ token: 'token.dead', jti: '0199a8f0-0000-7000-8000-000000000000', expiresAt: new Date().toISOString(), expiresIn: 0 }, 201));
    await arrive();
    await order(trip);
    await outcomeText(trip, /Not sent: the one-time token expired/);
    expect([stage.api.made(routes.token).length, stage.api.made(routes.order).length]).toEqual([2, 0]);
    await leave();
  });
});

describe('before the click', () => {
  test('a sale shows what is received after the fee, and a quantity beyond the levels sent is not called cancelled', async () => {
    const level = (price: number): Level => [price.toFixed(2), '0.0100'];
    const bids = Array.from({ length: 100 }, (_, index) => level(64000 - index));
    stage.api.on(routes.book, ok(bookOf('BTCUSDT', bids, [level(64001)])));
    stage.api.on(routes.balances, ok([{ asset: 'BTC', available: '5', locked: '0' }]));
    await arrive();
    await trip.widget.getByText('Sell', { exact: true }).click();
    const quantity = trip.widget.getByLabel('Quantity', { exact: true });
    await quantity.fill('0.01');
    // 640 less 0.15 %.
    await trip.widget.locator('.summary', { hasText: 'You receive≈ 639.04 USDT' }).waitFor();
    await quantity.fill('1.5');
    await trip.widget.locator('.warning', { hasText: 'At least 1 BTC' }).waitFor();
    expect(await trip.widget.locator('.summary [role=status]').textContent()).not.toMatch(/\d/);
    await leave();
  });
});

describe('where the comma is the decimal sign', () => {
  test('the widget writes it too, and a number that could mean two things is asked about', async () => {
    stage.api.on(routes.config, { status: 200, body: configAnswer(stage.api.url, { locale: 'de' }) });
    await arrive();
    await trip.widget.getByText('Limit', { exact: true }).click();
    const price = trip.widget.getByLabel('Price', { exact: true });
    expect(await price.inputValue()).toMatch(/^\d{5},\d\d$/);
    await price.press('ArrowUp');
    expect(await price.inputValue()).toMatch(/^\d{5},\d\d$/);
    await price.fill('64.250');
    await order(trip, '0,01');
    await trip.widget.getByText('Write 64250 or 64,25').waitFor();
    expect(stage.api.made(routes.token)).toHaveLength(0);
    await leave();
  });
});

describe('never twice', () => {
  test('a double click and clicks on the progress send one order', async () => {
    stage.api.on(routes.order, (call) => ({ ...ok(orderAnswer(bodyOf(call)), 201), delayMs: 300 }));
    await arrive();
    await trip.widget.getByLabel('Quantity', { exact: true }).fill('0.01');
    const button = (await trip.widget.locator('.go').boundingBox())!;
    for (let click = 0; click < 6; click += 1) await trip.page.mouse.click(button.x + button.width / 2, button.y + button.height / 2);
    await outcomeText(trip, /Filled/);
    expect(stage.api.made(routes.order)).toHaveLength(1);
    await leave();
  });

  test('a click made by a script does nothing', async () => {
    await arrive();
    await trip.widget.getByLabel('Quantity', { exact: true }).fill('0.01');
    await trip.page.evaluate(() => {
      const button = document.querySelector('[data-our-widget]')?.shadowRoot?.querySelector<HTMLButtonElement>('.go');
      button?.click();
      button?.dispatchEvent(new MouseEvent('click', { bubbles: true, composed: true }));
    });
    await trip.page.waitForTimeout(300);
    expect(stage.api.made(routes.token)).toHaveLength(0);
    await leave();
  });

  test('a token request whose answer was lost is repeated with the same key and body', async () => {
    stage.api.inTurn(routes.token, CUT, ok({ token: 'token.second', jti: '0199a8f0-0000-7000-8000-000000000000', expiresAt: new Date(Date.now() + 9000).toISOString(), expiresIn: 9 }, 201));
    await arrive();
    await order(trip);
    await outcomeText(trip, /Filled/);
    const keys = new Set(stage.api.made(routes.token).map(({ headers }) => headers['idempotency-key']));
    expect(keys.size).toBe(1);
    expect(stage.api.made(routes.order)).toHaveLength(1);
    await leave();
  });

  test('a lost answer is looked up by our own order id where the exchange allows it', async () => {
    const { orderStatusEndpoint, ...config } = configAnswer(stage.api.url) as Record<string, Json>;
    const byName = { ...(orderStatusEndpoint as object), url: `${stage.api.url}/api/orders/4711?clientOrderId={clientOrderId}` } as unknown as Json;
    stage.api.on(routes.config, { status: 200, body: { ...config, orderStatusEndpoint: byName } });
    stage.api.on(routes.order, CUT);
    await arrive();
    await order(trip);
    await outcomeText(trip, /Looking for your order/);
    await outcomeText(trip, /Filled/);
    expect(trip.ordersSent).toHaveLength(1);
    await leave();
  });
});

describe('the partner’s features are obeyed', () => {
  test('without showPnl no position is kept before the trader', async () => {
    stage.api.on(routes.config, { status: 200, body: configAnswer(stage.api.url, { features: { showPnl: false, allowMarketOrders: true } }) });
    await arrive();
    await order(trip);
    await outcomeText(trip, /Filled/);
    expect(await trip.widget.getByText(/Position|PnL/).filter({ visible: true }).count()).toBe(0);
    await leave();
  });

  test('without allowMarketOrders there is no choice of type, the price is filled in, and the order is a limit order', async () => {
    stage.api.on(routes.config, { status: 200, body: configAnswer(stage.api.url, { features: { showPnl: true, allowMarketOrders: false } }) });
    await arrive();
    expect(await trip.widget.getByText('Market', { exact: true }).filter({ visible: true }).count()).toBe(0);
    const price = await trip.widget.getByLabel('Price', { exact: true }).inputValue();
    await order(trip);
    await outcomeText(trip, /Filled/);
    expect(bodyOf(stage.api.made(routes.order)[0])).toMatchObject({ type: 'LIMIT', price });
    await leave();
  });
});

test('a session that ended early at the exchange is renewed, and the order placed with the new one', async () => {
  const bearers = ['venue.old', 'venue.new'];
  stage.api.on(routes.widgetSession, () => ok({ exchangeId: 'demo-exchange', exchangeUserId: 'f47ac10b', userToken: 'user.token', venueToken: bearers[Math.min(stage.api.made(routes.widgetSession).length, 2) - 1] ?? '' }));
  stage.api.inTurn(routes.order, refused(401, 'UNAUTHORIZED'), (call) => ok(orderAnswer(bodyOf(call)), 201));
  await arrive();
  await order(trip);
  await outcomeText(trip, /Filled.*first try expired/);
  expect(stage.api.made(routes.order).map(({ headers }) => headers.authorization)).toEqual(['Bearer venue.old', 'Bearer venue.new']);
  await leave();
});

test('a session that ended early is renewed without a word', async () => {
  stage.api.inTurn(routes.token, refused(401, 'SESSION_INVALID'), ok({ token: 'token.second', jti: '0199a8f0-0000-7000-8000-000000000000', expiresAt: new Date(Date.now() + 9000).toISOString(), expiresIn: 9 }, 201));
  await arrive();
  await order(trip);
  await outcomeText(trip, /Filled/);
  expect(stage.api.made(routes.session)).toHaveLength(2);
  await leave();
});
