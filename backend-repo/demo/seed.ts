import { randomBytes } from 'node:crypto';
import type { App } from '../src/app.ts';
import { feeRateFrom } from '../src/domain/fee.ts';
import { amountFrom, formatAmount } from '../src/domain/money.ts';
import type { EndpointMapping, Endpoints } from '../src/domain/partner-settings.ts';
import { AppError } from '../src/errors.ts';
import type { KycRequest } from '../src/features/account/kyc.schema.ts';
import type { NewExchange } from '../src/features/widget/partners.repository.ts';
import { totp } from '../src/totp.ts';
import { readJson, writePrivately } from './secrets.ts';

/** What stands in demo.json (design §8). */
interface DemoFile {
  api: string;
  cdn: string;
  demo: string;
  admin: Person & { totpSecret?: string };
  traders: Person[];
  partners: { exchangeId: string; alg: string; secret?: string; apiKey: string; apiSecret: string; sessionSecret: string }[];
  serviceApiToken: string | null;
}

interface Person {
  email: string;
  password: string;
}

export interface Places {
  readonly file: string;
  readonly apiUrl: string;
  readonly cdnUrl: string;
  readonly demoUrl: string;
  readonly serviceApiToken: string | null;
}

export const MARKETS = [
  { symbol: 'BTCUSDT', base: 'BTC', tick: '0.01', lot: '0.0001', start: '64250', maxQuantity: '100', maxPrice: '10000000' },
  { symbol: 'ETHUSDT', base: 'ETH', tick: '0.01', lot: '0.001', start: '3180', maxQuantity: '1000', maxPrice: '1000000' },
  { symbol: 'SOLUSDT', base: 'SOL', tick: '0.01', lot: '0.01', start: '148', maxQuantity: '10000', maxPrice: '100000' },
] as const;

const MIN_NOTIONAL = '5';
const BOTS = 3;

/** Markets, people, partners and money. Runs at every start and adds only what is not there yet. */
export async function seedDemo(app: App, places: Places): Promise<{ botIds: number[] }> {
  const kept = (await readJson(places.file)) as unknown as DemoFile | null;
  for (const market of MARKETS) {
    await app.trading!.market.createMarket({
      symbol: market.symbol,
      baseAsset: market.base,
      quoteAsset: 'USDT',
      tick: amountFrom(market.tick),
      lot: amountFrom(market.lot),
      minPrice: amountFrom(market.tick),
      maxPrice: amountFrom(market.maxPrice),
      minQuantity: amountFrom(market.lot),
      maxQuantity: amountFrom(market.maxQuantity),
      minNotional: amountFrom(MIN_NOTIONAL),
      status: 'open',
      bandRate: feeRateFrom('0.1'),
      stopProtectionRate: feeRateFrom('0.05'),
      breakerRate: feeRateFrom('0.2'),
      breakerWindowMs: 300_000,
    });
  }
  const admin = await person(app, 'admin', kept?.admin ?? newPerson('admin@demo.example'));
  const traders = await Promise.all([0, 1].map((index) => person(app, 'user', kept?.traders[index] ?? newPerson(`trader${index + 1}@demo.example`))));
  for (const { userId, person: { email } } of traders) await identify(app, userId, email, admin.userId);
  for (const { userId } of traders) await fund(app, userId, 'welcome', { USDT: '100000', BTC: '1', ETH: '10', SOL: '100' });
  const partners = await seedPartners(app, places, kept);
  const totpSecret = kept?.admin.totpSecret ?? (await turnOnSecondFactor(app, admin));
  const demo: DemoFile = { api: places.apiUrl, cdn: places.cdnUrl, demo: places.demoUrl, admin: { ...admin.person, ...(totpSecret && { totpSecret }) }, traders: traders.map((trader) => trader.person), partners, serviceApiToken: places.serviceApiToken };
  await writePrivately(places.file, demo);
  return { botIds: await seedBots(app) };
}

async function seedBots(app: App): Promise<number[]> {
  const ids: number[] = [];
  for (let index = 0; index < BOTS; index += 1) {
    const { userId } = await person(app, 'user', newPerson(`bot${index + 1}@demo.example`));
    await fund(app, userId, 'stake', { USDT: '50000000', BTC: '500', ETH: '10000', SOL: '200000' });
    ids.push(userId);
  }
  return ids;
}

const newPerson = (email: string): Person => ({ email, password: randomBytes(12).toString('base64url') });

async function person(app: App, role: 'user' | 'admin', wanted: Person): Promise<{ userId: number; person: Person }> {
  const userId = (await app.auth.createUser(wanted.email, wanted.password, role)) ?? (await app.auth.findUserId(wanted.email))!;
  return { userId, person: wanted };
}

/** As a trader and staff do it: sent, then approved. */
async function identify(app: App, userId: number, email: string, adminId: number): Promise<void> {
  const { kyc } = app.trading!;
  const { kyc_status: status } = (await kyc.own(userId)) as { kyc_status: string };
  if (status !== 'pending') return;
  const identity: KycRequest = {
    full_name: `Demo ${email.split('@')[0]!}`, date_of_birth: '1990-01-01', country: 'CA', address: '1 Example Street, Ottawa',
    documents: [{ kind: 'passport', media_type: 'image/png', content: 'iVBORw0KGgo=' }],
  };
  await kyc.submit(userId, identity, { kind: 'user', id: String(userId) }).catch((error: unknown) => {
    // Sent at a start that ended before the approval.
    if (!(error instanceof AppError && error.code === 'KYC_PENDING')) throw error;
  });
  await kyc.decide(userId, { kyc_status: 'approved', reason: 'A trader of the demo' }, { kind: 'user', id: String(adminId) });
}

/** The administration asks for a code. `undefined` where somebody has turned a second factor on already, whose secret we do not know. */
async function turnOnSecondFactor(app: App, { userId, person: { email, password } }: { userId: number; person: Person }): Promise<string | undefined> {
  if (await app.secondFactor.isOn(userId)) return undefined;
  const { sessionId } = await app.sessions.open({ userId, email, role: 'admin', secondFactorAt: null }, { device: null, keepsCookies: false, userAgent: 'demo', ip: '127.0.0.1', requestId: 'demo' });
  const owner = { userId, sessionId, actor: { kind: 'system', id: 'demo' } } as const;
  const { secret } = await app.secondFactorSettings.begin(owner, password);
  // The code of the half minute before: that of this one is for whoever signs in first.
  await app.secondFactorSettings.verify(owner, totp.codeAt(secret, Math.floor(Date.now() / 1000) - 30));
  return secret;
}

async function fund(app: App, userId: number, occasion: string, amounts: Record<string, string>): Promise<void> {
  for (const [asset, amount] of Object.entries(amounts)) await app.trading!.account.fund(userId, asset, amount, `demo ${occasion} ${userId} ${asset}`);
}

async function seedPartners(app: App, { apiUrl, demoUrl, cdnUrl }: Places, kept: DemoFile | null): Promise<DemoFile['partners']> {
  const { partners } = app.widget!;
  const made: DemoFile['partners'] = [];
  const wanted = [
    ['ES256', exchange('demo-exchange', 'Northlight', 'signed', [demoUrl, cdnUrl], venueEndpoints(apiUrl))],
    // spec/1's own example: a bare init with a label, and one shared secret. No exchange stands behind it, so its orders go nowhere.
    ['HS256', exchange('blofin-exchange-prod', 'Blofin', 'label', [demoUrl], { orderbookUrl: venueBook(apiUrl) })],
  ] as const;
  for (const [algorithm, partner] of wanted) {
    const before = kept?.partners.find(({ exchangeId }) => exchangeId === partner.exchange_id);
    if (before && partners.find(partner.exchange_id)) {
      // The ports may have changed since.
      await partners.update(partner.exchange_id, { allowedOrigins: partner.allowed_origins, endpoints: partner.endpoints });
      made.push(before);
      continue;
    }
    const { exchangeId, apiKey, apiSecret, sessionSecret, tokenSecret } = await partners.create(partner, algorithm);
    made.push({ exchangeId, alg: algorithm, ...(tokenSecret && { secret: tokenSecret }), apiKey, apiSecret, sessionSecret });
  }
  return made;
}

function exchange(exchangeId: string, name: string, identityMode: 'signed' | 'label', origins: readonly string[], endpoints: Endpoints): NewExchange {
  return {
    exchange_id: exchangeId,
    name,
    identity_mode: identityMode,
    allowed_origins: [...origins],
    theme: { primaryColor: '#3A86FF', backgroundColor: '#121212', textColor: '#FFFFFF', fontFamily: "'Roboto', sans-serif" },
    features: { showPnl: true, allowMarketOrders: true },
    locale: 'en',
    symbols: MARKETS.map(({ symbol, base, tick, lot, maxQuantity, maxPrice }) => ({
      symbol, base, quote: 'USDT', tickSize: formatAmount(amountFrom(tick)), lotSize: formatAmount(amountFrom(lot)),
      minQuantity: formatAmount(amountFrom(lot)), maxQuantity, minNotional: MIN_NOTIONAL, maxPrice,
    })),
    endpoints,
    trader_fee: { makerRate: '0.001', takerRate: '0.0015', text: 'Fee 0.15 % of what you receive (0.1 % for an order that rests)' },
    fee_schedule: 1,
  };
}

const venueBook = (apiUrl: string): string => `${apiUrl}/api/markets/{symbol}/orderbook`;

/** How the widget speaks to our own venue. Every partner has such a mapping to its own order endpoint. */
function venueEndpoints(apiUrl: string): Endpoints {
  const session = { Authorization: 'Bearer {venueToken}' };
  const order: EndpointMapping = {
    url: `${apiUrl}/api/orders`,
    method: 'POST',
    headers: { ...session, 'X-Trade-Token': '{token}' },
    body: { symbol: '{symbol}', side: '{side}', type: '{type}', quantity: '{quantity}', price: '{price}', clientOrderId: '{clientOrderId}' },
    answer: {
      orderId: 'data.id', status: 'data.status', filledQuantity: 'data.filled_quantity', averagePrice: 'data.average_price', fee: 'data.fee', feeAsset: 'data.fee_asset',
      reason: 'data.reason', errorCode: 'error.code', errorMessage: 'error.message', requestId: 'error.request_id',
    },
  };
  return {
    order,
    orderStatus: { url: `${apiUrl}/api/orders/{orderId}`, method: 'GET', headers: session, answer: order.answer! },
    balance: { url: `${apiUrl}/api/account/balances`, method: 'GET', headers: session, answer: { balances: 'data', asset: 'asset', available: 'available' } },
    orderbookUrl: venueBook(apiUrl),
  };
}
