// Answers of the right shape for the mock. The contract check holds them to it.
import { crc32 } from 'node:zlib';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export function errorAnswer(code: string, message: string, more: Record<string, Json> = {}): Json {
  return { success: false, error: { code, message, request_id: 'req-0123456789', ...more } };
}

export function configAnswer(api: string, change: Record<string, Json> = {}): Json {
  return {
    theme: { primaryColor: '#3A86FF', backgroundColor: '#10151B', textColor: '#F2F5F7', fontFamily: "'Roboto', sans-serif" },
    features: { showPnl: true, allowMarketOrders: true },
    exchangeId: 'demo-exchange',
    name: 'Northlight',
    identityMode: 'signed',
    locale: 'en',
    symbols: [
      symbol('BTC', '0.01', '0.0001'),
      symbol('ETH', '0.01', '0.001'),
      symbol('SOL', '0.001', '0.01'),
    ],
    orderEndpoint: {
      url: `${api}/api/orders`,
      method: 'POST',
      headers: { Authorization: 'Bearer {venueToken}', 'X-Trade-Token': '{token}' },
      body: { symbol: '{symbol}', side: '{side}', type: '{type}', quantity: '{quantity}', price: '{price}', clientOrderId: '{clientOrderId}' },
    },
    orderStatusEndpoint: { url: `${api}/api/orders/{orderId}`, method: 'GET', headers: { Authorization: 'Bearer {venueToken}' } },
    balanceEndpoint: { url: `${api}/api/account/balances`, method: 'GET', headers: { Authorization: 'Bearer {venueToken}' } },
    orderbookUrl: `${api}/api/markets/{symbol}/orderbook`,
    socketUrl: api,
    fee: { makerRate: '0.001', takerRate: '0.0015', text: 'Fee 0.15 % of what you receive (0.1 % for an order that rests)' },
    ...change,
  };
}

function symbol(base: string, tickSize: string, lotSize: string): Json {
  return { symbol: `${base}USDT`, base, quote: 'USDT', tickSize, lotSize, minQuantity: lotSize, maxQuantity: '1000', minNotional: '10' };
}

const MIDS: Readonly<Record<string, number>> = { BTCUSDT: 64250, ETHUSDT: 3120, SOLUSDT: 148 };
const DEPTH = 20;

export function bookAnswer(name: string, shift = Math.sin(Date.now() / 4000) * 0.0008): Json {
  const mid = (MIDS[name] ?? 100) * (1 + shift);
  const step = mid / 8000;
  const level = (side: 1 | -1) => (_: unknown, index: number): Level => [(mid + side * step * (index + 0.5)).toFixed(2), (0.12 + ((index * 37) % 11) * 0.09).toFixed(4)];
  return bookOf(name, Array.from({ length: DEPTH }, level(-1)), Array.from({ length: DEPTH }, level(1)));
}

export type Level = readonly [price: string, quantity: string];
let lastSequence = 0;

/** A book of these levels, with the checksum the contract describes. */
export function bookOf(name: string, bids: readonly Level[], asks: readonly Level[]): Json {
  lastSequence += 1;
  const text = (levels: readonly Level[]) => levels.slice(0, 10).map((level) => level.join(':')).join('|');
  return {
    symbol: name,
    bids: bids.map((level) => [...level]),
    asks: asks.map((level) => [...level]),
    sequence: lastSequence,
    checksum: crc32(`${text(bids)};${text(asks)}`),
    timestamp: new Date().toISOString(),
  };
}

let lastOrderId = 12_344;

/** A filled order, or what `change` makes of it. */
export function orderAnswer(order: Record<string, Json>, change: Record<string, Json> = {}): Json {
  lastOrderId += 1;
  const now = new Date().toISOString();
  const { symbol: name = 'BTCUSDT', side = 'BUY', type = 'MARKET', quantity = '0.01', price = null, clientOrderId = null } = order;
  return {
    id: lastOrderId,
    symbol: name,
    side,
    type,
    quantity,
    quote_amount: null,
    price,
    stop_price: null,
    stop_limit_price: null,
    display_quantity: null,
    time_in_force: type === 'MARKET' ? 'IOC' : 'GTC',
    expires_at: null,
    post_only: false,
    self_trade_prevention: 'TAKER',
    triggered_at: null,
    filled_quantity: quantity,
    average_price: '64251.00',
    fee: '0.000015',
    fee_asset: 'BTC',
    status: 'FILLED',
    reason: null,
    client_order_id: clientOrderId,
    created_at: now,
    updated_at: now,
    ...change,
  };
}
