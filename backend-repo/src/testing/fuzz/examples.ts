import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto';
import { BUY } from '../venue.ts';
import { newExchange, PAGE, signUserToken } from '../builders.ts';
import type { FuzzedOperation, Parameter, Schema } from './contract-shapes.ts';
import { isLabel, PASSWORD, type World } from './world.ts';

/** One right request. */
export interface Example {
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Besides any 2xx: what a right request may be answered, because the one before it was heard. */
  readonly mayAlsoBe?: readonly number[];
}

/** Where there are several right ways, each has its turn. */
type MakeExample = (world: World, turn: number) => Example;

const settings = (): Record<string, unknown> => {
  const { name, identity_mode: identityMode, allowed_origins: allowedOrigins, theme, features, locale, symbols, trader_fee: traderFee } = newExchange('any');
  const mapping = { url: 'https://exchange.example/api/orders', method: 'POST', headers: { 'X-Trade-Token': '{token}' }, body: { symbol: '{symbol}' }, answer: { orderId: 'data.id' } };
  const endpoints = { order: mapping, orderStatus: { ...mapping, url: 'https://exchange.example/api/orders/{orderId}', method: 'GET' }, balance: { ...mapping, method: 'GET' }, orderbookUrl: 'https://exchange.example/book/{symbol}' };
  return { name, identityMode, allowedOrigins, theme, features, locale, symbols, endpoints, traderFee, feeSchedule: 1, labelTokensPerDay: 100 };
};
const tokenRequest: MakeExample = ({ material: { user } }) => ({
  headers: { 'Idempotency-Key': randomUUID(), ...(isLabel(user.partner) && { Origin: PAGE }) },
  body: { exchangeId: user.partner.exchangeId, exchangeUserId: user.exchangeUserId, trade: { ...BUY, clientOrderId: randomUUID() } },
});
const ofSubject = ({ subject }: World): Example => ({ parameters: { exchangeId: subject.exchangeId } });
const because = { reason: 'A fuzz asks for it' };
const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const LINK = 'A'.repeat(43);
const NO_SESSION = '019d0000-0000-7000-8000-000000000000';

/** What is right for an operation where its schema alone does not say. */
const EXAMPLES: Readonly<Record<string, MakeExample>> = {
  // What a right one shows was made for one person, and once; the answers to what is made up are theirs.
  register: () => ({ body: { email: `${hash(randomUUID())}@example.com`, password: PASSWORD, captcha: 'bWFkZSB1cA==' }, mayAlsoBe: [400] }),
  verifyEmail: () => ({ body: { token: LINK }, mayAlsoBe: [400] }),
  resetPassword: (_world, turn) => ({ body: turn % 2 === 0 ? { email: `${hash(randomUUID())}@example.com` } : { token: LINK, new_password: 'another long password of mine' }, mayAlsoBe: [400] }),
  refreshSession: () => ({ body: { refreshToken: LINK }, mayAlsoBe: [401] }),
  logout: () => ({ body: { all: false } }),
  nameSession: () => ({ parameters: { id: NO_SESSION }, body: { name: 'At home' }, mayAlsoBe: [404] }),
  endSession: () => ({ parameters: { id: NO_SESSION }, mayAlsoBe: [404] }),
  unlockUser: ({ traders }) => ({ parameters: { id: String(traders.at(-1)!.userId) }, body: because }),
  unblockAddress: () => ({ body: { address: '192.0.2.77', ...because } }),
  confirmDevice: () => ({ body: { token: LINK, decision: 'confirm' }, mayAlsoBe: [400] }),
  nameDevice: () => ({ parameters: { id: '1' }, body: { name: 'At home' }, mayAlsoBe: [404] }),
  forgetDevice: () => ({ parameters: { id: '999999999' }, mayAlsoBe: [404] }),
  changeProfile: () => ({ body: { full_name: 'Ann Example', timezone: 'America/Toronto' } }),
  changePassword: () => ({ body: { current_password: 'not the password', new_password: 'another long password of mine' }, mayAlsoBe: [401] }),
  enableSecondFactor: () => ({ body: { password: 'not the password' }, mayAlsoBe: [401] }),
  verifySecondFactor: () => ({ body: { code: '000000' }, mayAlsoBe: [401, 409, 429] }),
  disableSecondFactor: () => ({ body: { password: 'not the password', code: '000000' }, mayAlsoBe: [401, 409, 429] }),
  login: ({ email }) => ({ body: { email, password: PASSWORD } }),
  getWidgetConfig: ({ material }) => ({ query: { id: material.partner.exchangeId }, headers: { Origin: PAGE } }),
  getTradeTokenKeys: ({ material }) => ({ parameters: { exchangeId: material.partner.exchangeId } }),
  openWidgetSession: ({ app, label, material: { partner } }, turn) => turn % 2 === 1 ? { headers: { Origin: PAGE }, body: { exchangeId: label.exchangeId, exchangeUserId: 'somebody' } } : ({ body: { exchangeId: partner.exchangeId, userToken: signUserToken(app, partner, `user-${hash(randomUUID())}`) } }),
  generateTradeToken: tokenRequest,
  generateTradeTokenAlias: tokenRequest,
  redeemTradeToken: ({ material }) => ({ body: { token: material.tradeToken }, mayAlsoBe: [409] }),
  reportExecutions: ({ material }) => ({
    body: { executions: [{ jti: material.jti, status: 'partially_executed', quantity: '0.001', price: '64000', orderId: '12345', executedAt: '2026-01-15T10:30:00.000Z' }] },
  }),
  listTradeTokens: ({ material }) => ({ parameters: { exchangeId: material.partner.exchangeId }, query: { limit: '10' } }),
  getFees: ({ material }) => ({ parameters: { exchangeId: material.partner.exchangeId }, query: { from: '2026-01-01T00:00:00Z', to: '2026-12-01T00:00:00Z' } }),
  listExchanges: () => ({ query: { limit: '10' } }),
  createExchange: () => ({ body: { exchangeId: `made-${hash(randomUUID())}`, algorithm: 'ES256', ...settings() } }),
  getExchange: ofSubject,
  updateExchange: (world) => ({ ...ofSubject(world), body: settings() }),
  rotateTradeTokenKey: (world) => ({ ...ofSubject(world), body: { activateInSeconds: 0, overlapSeconds: 0, ...because } }),
  activateTradeTokenKey: (world) => ({ ...ofSubject(world), body: because, mayAlsoBe: [409] }),
  rotateCredentials: (world) => ({ ...ofSubject(world), body: { overlapSeconds: 0, ...because } }),
  registerReportKey: (world) => ({ ...ofSubject(world), body: { publicKey: publicKey.export({ format: 'jwk' }), ...because } }),
  suspendExchange: (world) => ({ ...ofSubject(world), body: because }),
  reopenExchange: (world) => ({ ...ofSubject(world), body: because }),
  createApiKey: () => ({ body: { name: hash(randomUUID()), scopes: ['view_orders'], password: PASSWORD }, mayAlsoBe: [422] }),
  revokeApiKey: () => ({ parameters: { id: randomUUID() }, mayAlsoBe: [404] }),
  placeOrder: () => ({ body: { ...BUY, price: '100', quantity: '0.1', clientOrderId: randomUUID() } }),
  getOrder: ({ orderId }) => ({ parameters: { id: String(orderId) } }),
  amendOrder: ({ orderId }) => ({ parameters: { id: String(orderId) }, body: { quantity: '0.09' }, mayAlsoBe: [404] }),
  cancelOrder: ({ orderId }) => ({ parameters: { id: String(orderId) }, mayAlsoBe: [404] }),
  listRiskEvents: () => ({ query: { severity: 'HIGH', resolved: 'false', limit: '10' } }),
  reportRiskEvent: () => ({ body: { eventType: 'LOGIN', severity: 'LOW', userId: 1, description: 'A fuzz tells of it', metadata: { country: 'NZ' }, reference: hash(randomUUID()) } }),
  decideRiskEvent: () => ({ parameters: { id: '1' }, body: { resolved: true, note: hash(randomUUID()) }, mayAlsoBe: [404] }),
  getBalance: () => ({ parameters: { asset: 'USDT' } }),
  listOwnTrades: () => ({ query: { symbol: 'BTCUSDT', limit: '10' } }),
  listOwnTradesOfMarket: () => ({ parameters: { symbol: 'BTCUSDT' }, query: { limit: '10' } }),
  announceDeposit: () => ({ headers: { 'Idempotency-Key': randomUUID() }, body: { asset: 'USDT', amount: '1' } }),
  requestWithdrawal: () => ({ headers: { 'Idempotency-Key': randomUUID() }, body: { asset: 'USDT', amount: '0.01', address: 'bank:1234' } }),
  confirmWithdrawal: () => ({ body: { token: LINK }, mayAlsoBe: [400] }),
  cancelWithdrawal: () => ({ parameters: { id: '019d0000-0000-7000-8000-000000000000' }, mayAlsoBe: [404] }),
  submitKyc: () => ({
    body: { full_name: 'Ann Example', date_of_birth: '1990-12-31', country: 'CA', address: 'Ottawa', documents: [{ kind: 'passport', media_type: 'image/jpeg', content: '/9j/AAAA' }] }, mayAlsoBe: [409],
  }),
  readKyc: ({ traders }) => ({ parameters: { id: String(traders.at(-1)!.userId) }, query: because, mayAlsoBe: [409] }),
  readUser: ({ traders }) => ({ parameters: { id: String(traders.at(-1)!.userId) }, query: because }),
  decideKyc: ({ traders }) => ({ parameters: { id: String(traders.at(-1)!.userId) }, body: { kyc_status: 'approved', ...because }, mayAlsoBe: [409] }),
  setFeeTier: ({ traders }) => ({ parameters: { id: String(traders.at(-1)!.userId) }, body: { tier: 2, ...because } }),
  fundDeposit: ({ dueId }) => ({ body: { transactionId: 'T-fuzz', reference: dueId, asset: 'USDT', amount: '1' } }),
  confirmDeposit: ({ depositId }) => ({ parameters: { id: depositId }, body: because }),
  ...Object.fromEntries(['approve', 'reject', 'send', 'complete', 'fail'].map((step): [string, MakeExample] => [
    `${step}Withdrawal`, ({ withdrawalId }) => ({ parameters: { id: withdrawalId }, body: because, mayAlsoBe: [409] }),
  ])),
  haltMarket: () => ({ parameters: { symbol: 'ETHUSDT' }, body: because }),
  openMarket: () => ({ parameters: { symbol: 'ETHUSDT' }, body: because }),
  setMarketPostOnly: () => ({ parameters: { symbol: 'ETHUSDT' }, body: because }),
  getOrderbook: () => ({ parameters: { symbol: 'BTCUSDT' }, query: { depth: '10' } }),
  getTicker: () => ({ parameters: { symbol: 'BTCUSDT' } }),
  listMarketTrades: () => ({ parameters: { symbol: 'BTCUSDT' }, query: { limit: '10' } }),
  listKlines: () => ({ parameters: { symbol: 'BTCUSDT' }, query: { interval: '1m', limit: '10' } }),
};

/** From the table, or for a route that is new, from its schema. */
export function exampleOf(operation: FuzzedOperation, world: World, turn = 0): Example {
  const known = EXAMPLES[operation.id];
  return known ? known(world, turn) : exampleFromSchema(operation, world);
}

function exampleFromSchema({ parameters, fields, hasBody }: FuzzedOperation, world: World): Example {
  const inPlace = (place: Parameter['in']): Record<string, string> =>
    Object.fromEntries(parameters.filter((parameter) => parameter.in === place && (parameter.required || place === 'path')).map(({ name, schema }) => [name, textFor(name, schema, world)]));
  const own = Object.fromEntries(fields.filter(({ path }) => path.length === 1).map(({ path, schema }) => [String(path[0]), valueFor(String(path[0]), schema, world)]));
  return { parameters: inPlace('path'), query: inPlace('query'), headers: inPlace('header'), ...(hasBody && { body: own }) };
}

const textFor = (name: string, schema: Schema, world: World): string => (name === 'exchangeId' ? world.subject.exchangeId : String(valueFor(name, schema, world)));

function valueFor(name: string, schema: Schema, world: World): unknown {
  if (name === 'exchangeId') return world.subject.exchangeId;
  if (schema.enum) return schema.enum[0];
  const type = Array.isArray(schema.type) ? (schema.type as readonly string[])[0] : schema.type;
  if (type === 'integer' || type === 'number') return schema.minimum ?? 1;
  if (type === 'boolean') return true;
  if (type === 'array') return [];
  if (type === 'object' || schema.properties) return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([key, field]) => [key, valueFor(key, field, world)]));
  return 'example';
}
