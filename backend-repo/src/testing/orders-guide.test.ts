import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { amountFrom } from '../domain/money.ts';
import type { CancelReason, OrderStatus } from '../domain/matching/types.ts';
import { TRADING_TIERS } from '../domain/trading-tiers.ts';
import { ERROR_CODES, type ErrorCode } from '../errors.ts';
import { sessionHeaders, signed, signIn, type Signer } from './builders.ts';
import { guideCall, GuideValues, type GuideCall } from './guide-calls.ts';
import { codeBlocks, tableRows } from './markdown.ts';
import { createTestApp, type TestApp } from './test-app.ts';
import { codeOf, mayWithdraw } from './withdrawals.ts';
import { createTrader, market, placed, placeOrder, sql, type Trader } from './venue.ts';

const GUIDE = fileURLToPath(new URL('../../../docs/guides/orders.md', import.meta.url));
/** When the examples of the guide happen. */
const DAY = '2027-01-15';

const text = await readFile(GUIDE, 'utf8');
const bare = (cell: string): string => cell.replaceAll('`', '');

let app: TestApp;
let buyer: Trader;
let seller: Trader;
let staff: Trader;
let readerId: number;
let reader: Signer | null = null;
const values = new GuideValues();

beforeAll(async () => {
  // Only the wall clock is moved: the reader's calls stay within the limits of a minute as it passes for everybody.
  app = await createTestApp({ clock: () => performance.now() });
  // Who has opened an account, as docs/guides/accounts.md says, and has shown who they are.
  readerId = (await app.app.auth.createUser('trader@example.com', 'correct horse battery', 'user'))!;
  await sql(app.database.superUrl, `update auth.users set kyc_status = 'approved' where id = ${readerId}`);
  // The market of the demo.
  const rules = { ...market('BTCUSDT', 'BTC'), maxPrice: amountFrom('10000000'), maxQuantity: amountFrom('100') };
  await app.app.trading!.market.createMarket({ ...rules, bandRate: 10_000_000n, breakerRate: 20_000_000n });
  setClock('10:30:05');
  [buyer, seller, staff] = await Promise.all([createTrader(app, { USDT: '1000000' }), createTrader(app, { BTC: '100' }), signIn(app, 'admin')]);
});
afterAll(() => app.close());

function setClock(time: string): void {
  app.advance(Date.parse(`${DAY}T${time}.000Z`) - app.now());
}

/** The guide from top to bottom: its calls, and between them, in comments, what others do and how late it is. */
const STEPS = [...text.matchAll(/^```http\n[\s\S]*?^```$|^<!-- (others|clock): (.*) -->$/gm)].map(([step, kind, what]) => ({ step, kind, what: what! }));

async function othersDo(moves: string): Promise<void> {
  for (const move of moves.split(', ')) {
    const [side, quantity, , price] = move.split(' ');
    if (side === 'cancel') await cancelAll(buyer, seller);
    else await placed(app, side === 'BUY' ? buyer : seller, { symbol: 'BTCUSDT', side, type: 'LIMIT', quantity, price });
  }
}

async function cancelAll(...traders: Signer[]): Promise<void> {
  for (const trader of traders) await signed(app, trader, 'DELETE', '/api/orders').expect(200);
}

/** With a second factor as docs/guides/accounts.md turns one on. */
async function readerMakesACode(): Promise<void> {
  values.know('123456', codeOf(app, await mayWithdraw(app, { userId: readerId })));
}

async function make(call: GuideCall): Promise<string[]> {
  const [path, body] = [values.fill(call.path), call.body && values.fill(call.body)];
  const agent = app.request[call.method.toLowerCase() as 'get'](path);
  const caller = call.who === 'our staff' ? staff : reader;
  if (caller !== null) agent.set('Authorization', `Bearer ${caller.accessToken}`);
  // What is printed there nobody can foretell.
  const signature = 'X-Signature' in call.headers ? sessionHeaders(caller!, call.method, path, body ?? '', { timestamp: app.now() }) : {};
  // As it is printed: that is what was signed.
  const response = await agent.set({ ...call.headers, ...signature, ...(body !== null && { 'Content-Type': 'application/json' }) }).send(body ?? undefined);
  if (call.path === '/api/auth/login') reader = (response.body as { data: Signer }).data;
  const headers = Object.entries(call.answer.headers).flatMap(([name, value]) => values.differences(value, response.headers[name.toLowerCase()], name));
  return [...values.differences(call.answer.status, response.status, 'status'), ...headers, ...values.differences(call.answer.body, response.body)];
}

test('every call of the guide is answered as it says, in its order', async () => {
  const wrong: [call: string, differences: string[]][] = [];
  for (const { step, kind, what } of STEPS) {
    if (step.includes('"totp": "123456"')) await readerMakesACode();
    if (kind === 'clock') setClock(what);
    else if (kind === 'others') await othersDo(what);
    else wrong.push([step, await make(guideCall(codeBlocks(step)[0]!))]);
  }
  expect(wrong.length).toBeGreaterThan(30);
  expect(wrong.filter(([, differences]) => differences.length > 0)).toEqual([]);
});

describe('what the tables say', () => {
  const [refusals, reasons] = [tableRows(text, 'Code', 'Status'), tableRows(text, 'Reason')];

  test.each(refusals.map(([code, status, field, , example]) => [bare(code!), Number(status), bare(field!), bare(example!).replace(', not signed', '')] as const).filter(([, , , example]) => example !== ''))(
    '%s (%i), field %s: %s',
    async (code, status, field, example) => {
      await cancelAll(buyer, seller, reader!);
      await othersDo('SELL 0.01 at 61000');
      const changed = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: '0.01', price: '59000', ...(JSON.parse(example) as object) };
      const order = Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== null));
      const { body } = await (code === 'REQUEST_SIGNATURE_REQUIRED' ? placeOrder(app, reader!, order) : signed(app, reader!, 'POST', '/api/orders', order)).expect(status);
      const { error } = body as { error: { code: string; fields?: Record<string, string> } };
      expect([error.code, Object.keys(error.fields ?? {}).join()]).toEqual([code, field]);
    },
  );

  test('every code of an order is there, with its status', () => {
    const known = Object.keys(ERROR_CODES) as ErrorCode[];
    const ofOrders = known.slice(known.indexOf('PRICE_NOT_ON_TICK'), known.indexOf('RISK_EVENT_NOT_FOUND'));
    const named = refusals.flatMap(([codes, status]) => bare(codes!).split(', ').map((code) => [code as ErrorCode, Number(status)] as const));
    expect(ofOrders.filter((each) => !named.some(([code]) => code === each))).toEqual([]);
    for (const [code, status] of named) expect([code, ERROR_CODES[code][0]]).toEqual([code, status]);
  });

  test('every status of an order, and every reason for which one ends, is there', () => {
    const ends = { USER_REQUEST: 1, NO_LIQUIDITY: 1, PRICE_BAND: 1, SELF_TRADE: 1, IMMEDIATE_OR_CANCEL: 1, FILL_OR_KILL: 1, EXPIRED: 1 } satisfies Record<CancelReason, 1>;
    expect(reasons.map(([reason]) => bare(reason!)).sort()).toEqual(Object.keys(ends).sort());
    const statuses = { PENDING: 1, PARTIAL: 1, FILLED: 1, CANCELLED: 1 } satisfies Record<OrderStatus, 1>;
    expect(tableRows(text, '`status`').map(([status]) => bare(status!))).toEqual(Object.keys(statuses));
  });

  test('the tiers are those of the venue', () => {
    const percent = (rate: bigint): string => `${Number(rate) / 1_000_000} %`;
    const tiers = TRADING_TIERS.map(({ tier, volumeMin, makerRate, takerRate, rateTier, limits }) => [
      String(tier), (volumeMin / 100_000_000n).toLocaleString('en'), percent(makerRate), percent(takerRate), String({ 1: 50, 2: 100, 3: 200 }[rateTier]), limits.openOrdersMax!.toLocaleString('en'),
    ]);
    expect(tableRows(text, 'Tier').map((row) => row.slice(0, 6))).toEqual(tiers);
  });
});

test('the checksum of the guide is that of its book', () => {
  const [, printed, sum] = /`([^`]*;[^`]*)`, and `zlib\.crc32\(text\)` is (\d+)/.exec(text)!;
  const shown = STEPS.filter(({ step }) => step.includes('GET /api/markets/BTCUSDT/orderbook')).map(({ step }) => guideCall(codeBlocks(step)[0]!).answer.body);
  const texts = shown.map((body) => {
    const { bids, asks } = (body as { data: Record<'bids' | 'asks', string[][]> }).data;
    return [bids, asks].map((side) => side.map((level) => level.join(':')).join('|')).join(';');
  });
  expect(texts).toContain(printed);
  expect(crc32(printed!)).toBe(Number(sum));
});

test('the program of the guide finds its order again after an answer was lost', async () => {
  const { text: program } = codeBlocks(text).find(({ language }) => language === 'js')!;
  const { place } = (await import(`data:text/javascript,${encodeURIComponent(program)}`)) as { place: (order: object, session: object) => Promise<{ id: number; client_order_id: string }> };
  const calls: string[] = [];
  const answers = async (url: string, init: RequestInit): Promise<Response> => {
    calls.push(String(init.body));
    const response = await fetch(url, init);
    if (calls.length === 1) throw new TypeError('the connection broke');
    return response;
  };
  const session = { api: app.url, accessToken: reader!.accessToken, send: answers };
  const order = await place({ symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: '0.01', price: '59000' }, session);
  expect([calls.length, calls[1]]).toEqual([2, calls[0]]);
  const { body } = await app.request.get(`/api/orders?clientOrderId=${order.client_order_id}`).set('Authorization', `Bearer ${reader!.accessToken}`).expect(200);
  expect((body as { data: { orders: { id: number }[] } }).data.orders.map(({ id }) => id)).toEqual([order.id]);
  await expect(place({ symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: '0.00005', price: '59000' }, session)).rejects.toThrow('QUANTITY_TOO_SMALL');
});
