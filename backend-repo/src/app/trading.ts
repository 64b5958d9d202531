import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { asUser } from '../db/as-user.ts';
import { openWriterPool } from '../db/connection.ts';
import { GroupCommit } from '../db/group-commit.ts';
import { Lease } from '../db/lease.ts';
import { inSnapshot } from '../db/in-snapshot.ts';
import { amountFrom } from '../domain/money.ts';
import { ensureVenuePartitions } from '../db/partitions.ts';
import { isDatabaseAway, isDataError } from '../db/pg-error.ts';
import { WidgetUsersRepository } from '../features/account/account.repository.ts';
import type { MarketDataService } from '../features/market/market-data.service.ts';
import type { MarketService } from '../features/market/market.service.ts';
import type { RiskService } from '../features/risk/risk.service.ts';
import { EngineBatchRepository } from '../features/orders/engine-batch.repository.ts';
import { engineController } from '../features/orders/engine.controller.ts';
import { EngineRun } from '../features/orders/engine-run.state.ts';
import { EngineGateway } from '../features/orders/engine.gateway.ts';
import { EngineRepository, type Known, type Lookup } from '../features/orders/engine.repository.ts';
import { EngineHost, type EngineHostDeps } from '../features/orders/engine.state.ts';
import { OrdersRepository } from '../features/orders/orders.repository.ts';
import { OrdersService } from '../features/orders/orders.service.ts';
import { ReportsRepository } from '../features/orders/reports.repository.ts';
import { ReportsService } from '../features/orders/reports.service.ts';
import { TradeGate, venueNonces } from '../features/orders/trade-gate.service.ts';
import { VenueService } from '../features/orders/venue.service.ts';
import { OrderNames } from '../features/orders/order-names.state.ts';
import { VenueMemory } from '../features/orders/venue.state.ts';
import { untilFewer } from '../jobs/until-fewer.ts';
import { peekId, peekJwt, peekSubject } from '../jwt.ts';
import type { InternalRoute } from '../http/internal-server.ts';
import { NonceMemory } from '../http/nonce-memory.ts';
import { buildAccount, type AccountPart } from './account.ts';
import type { CorePart } from './core.ts';
import type { Foundation, RolePart } from './foundation.ts';
import { buildMarket, buildReopening, rememberMarkets } from './market.ts';
import { tellEach, type BatchObserver } from './observers.ts';
import { buildRisk, touchOf } from './risk.ts';
import { seamInProcess, seamOverHttp, type VenueSeam } from './venue-seam.ts';
import type { WidgetPart } from './widget.ts';

/** Role trading. To seed a venue: `market.createMarket(rules)`, then `account.fund(userId, asset, amount, reference)`, then orders as anybody places them. */
export interface TradingPart extends RolePart, Omit<AccountPart, 'limitsOf' | 'follow' | 'unfollow'> {
  readonly orders: OrdersService;
  readonly market: MarketService;
  readonly marketData: MarketDataService;
  readonly storeCandles: () => Promise<void>;
  readonly reopenMarkets: () => Promise<void>;
  readonly risk: RiskService;
  readonly engine: EngineHost;
  readonly peekType: (token: string) => string | null;
  readonly peekSubject: (token: string) => string | null;
  readonly internalRoutes: readonly InternalRoute[];
  readonly deliverReports: () => Promise<void>;
  readonly purgeOrderKeys: () => Promise<number>;
  readonly ensurePartitions: () => Promise<void>;
}

/** The batch, a look for keys, the lease's renewal and a read each find a connection free; the ledger's load cannot starve them. */
const ENGINE_CONNECTIONS = 4;
/**
 * The engine's statements find a few rows by key in tables that only grow. Planned while a table was small, or before it was analyzed, they
 * would scan it, and a named statement keeps its plan.
 */
const ENGINE_SETTINGS = ['enable_seqscan=off', 'enable_hashjoin=off', 'enable_mergejoin=off', 'jit=off'];
const KEYS_PER_PURGE = 10_000;
/** Two minutes of forwarded commands at more than one engine carries out. */
const PEER_NONCES_MAX = 2_000_000;
const LOAD_QUERY_MS = 60_000;
const PARTITIONS_AHEAD = 2;

/** What the venue asks core about whoever is signed in. */
type SignedInPeople = Pick<CorePart, 'auth' | 'secondFactor' | 'devices'>;

/** @param widget role widget of this process, or `null` when it runs elsewhere */
export function buildTrading(foundation: Foundation, core: SignedInPeople, widget: WidgetPart | null): TradingPart {
  const { config, database, logger, metrics, now } = foundation;
  const onTrouble = (error: unknown, message: string): void => logger.error({ error }, message);
  const pool = openWriterPool(foundation.appUrl, ENGINE_CONNECTIONS, 'engine', (error) => logger.warn({ error }, 'an idle engine connection broke'), ENGINE_SETTINGS);
  const reportsRepository = new ReportsRepository(database.writer);
  const seam = widget ? seamInProcess(foundation, widget) : seamOverHttp(foundation, config.widgetApi!);
  const reports = new ReportsService({ repository: reportsRepository, send: seam.report, now, onTrouble });
  const keys = new EngineRepository(pool);
  const risk = buildRisk(foundation);
  const memory = rememberMarkets(foundation, pool);
  const served = Promise.withResolvers<void>();
  const observers: BatchObserver[] = [memory.observe, (batch, venue) => risk.observe(batch, (symbol) => touchOf(venue.depth(symbol, 1)))];
  const engine = buildEngine(foundation, pool, keys, reports, { observers, takeOver: () => void risk.takeOver(served.promise), served: served.promise });
  const venue = new VenueService({ submit: (command) => engine.submit(command) });
  const { market, marketData } = buildMarket(foundation, memory, {
    carryOut: (command) => venue.carryOut(command),
    depthHere: (symbol, levels) => engine.depthHere(symbol, levels),
  });
  const ensurePartitions = async (): Promise<void> => {
    const missing = await ensureVenuePartitions(database.app, PARTITIONS_AHEAD);
    metrics.partitionsMissing('trading', missing);
    if (missing > 0) throw new Error(`${missing} partitions of orders or trades are missing: a long read is in the way, or rows in the default partition are`);
  };
  const reopening = buildReopening(foundation, { markets: memory.markets, carryOut: (command) => venue.carryOut(command), tell: (halt) => risk.marketHalted(halt) });
  const { services, account } = buildServices(foundation, core, { engine, venue, market, noteHalts: () => reopening.noteHalts(), reports, reportsRepository, seam });
  return {
    ...account,
    ...services,
    market,
    marketData,
    storeCandles: () => memory.tape.store(),
    reopenMarkets: () => reopening.look(),
    risk,
    engine,
    peekType: (token) => peekJwt(token).type,
    peekSubject,
    internalRoutes: [engineController({ secret: engineSecret(config.jwtSecret), now, nonces: new NonceMemory(PEER_NONCES_MAX), submitHere: (command) => engine.submitHere(command) })],
    deliverReports: () => reports.deliver(),
    purgeOrderKeys: () => untilFewer(KEYS_PER_PURGE, (rowsMax) => keys.purgeKeys(rowsMax)),
    ensurePartitions,
    start: async () => {
      if (isNoAddress(config.nodeAddress)) logger.warn({ nodeAddress: config.nodeAddress }, 'no other node can reach this one at its address: set NODE_ADDRESS');
      await ensurePartitions().catch((error: unknown) => logger.error({ error }, 'not every partition of the venue could be made; trying again within the hour'));
      await engine.start();
      await account.follow();
      served.resolve();
    },
    stop: async () => {
      await account.unfollow();
      await engine.stop();
      await reports.drained();
      await risk.look().catch((error: unknown) => onTrouble(error, 'what the last seconds looked like was not judged'));
      await pool.end();
    },
    // A node without the engine serves as well: it forwards.
    notReady: () => (engine.ready ? null : 'No node runs the engine yet.'),
  };
}

interface Parts {
  readonly engine: EngineHost;
  readonly venue: VenueService;
  readonly market: MarketService;
  readonly noteHalts: () => Promise<unknown>;
  readonly reports: ReportsService;
  readonly reportsRepository: ReportsRepository;
  readonly seam: VenueSeam;
}

function buildServices(foundation: Foundation, { auth, secondFactor, devices }: SignedInPeople, { engine, venue, market, noteHalts, reports, reportsRepository, seam }: Parts): { services: Pick<TradingPart, 'orders'>; account: AccountPart } {
  const { config, database, logger } = foundation;
  const as = asUser(database.app);
  const widgetUsers = new WidgetUsersRepository(database.writer);
  const exchangeUserIdOf = anonymousIds(config.jwtSecret);
  const onTrouble = (error: unknown, message: string): void => logger.error({ error }, message);
  const nonces = {
    redeem: seam.redeem,
    isKnown: (jti: string) => reportsRepository.isKnown(jti),
    expect: (jti: string, userId: number) => reports.expect(jti, userId),
    forget: (jti: string, mark: string) => reports.forget(jti, mark),
  };
  const gate = new TradeGate({
    verifier: seam.verifier,
    noncesFor: (userId) => venueNonces(nonces, userId),
    exchangeUserIdOf,
    peekId,
    findUser: (exchangeUserId) => widgetUsers.findUser(exchangeUserId),
    onTrouble,
  });
  const account = buildAccount(foundation, {
    carryOut: (command) => venue.carryOut(command),
    queueHere: () => engine.queueHere,
    noteHalts,
    demandCode: (whose, code) => secondFactor.demand(whose, code),
    requireConfirmedDevice: (sessionId) => devices.requireConfirmed(sessionId),
    requireMarket: (symbol) => market.require(symbol),
    widgetUsers,
    exchangeId: config.venueExchangeId,
    exchangeUserIdOf,
    signUserToken: seam.signUserToken,
    venueToken: (userId, sessionId) => auth.widgetAccessToken(userId, sessionId),
  });
  const orders = new OrdersService({
    venue,
    requireEngine: () => engine.requireReady(),
    gate,
    market: (symbol) => market.require(symbol),
    limitsOf: account.limitsOf,
    highValue: amountFrom(config.highValueNotional),
    asUser: (userId, work) => as(userId, (sql) => work(new OrdersRepository(sql))),
    isDatabaseAway,
    reports,
    onTrouble,
    pause,
  });
  return { services: { orders }, account };
}

interface Watch {
  readonly observers: readonly BatchObserver[];
  /** This node runs the engine from here on; what it remembers of another time is old. */
  readonly takeOver: () => void;
  /** This node has started: what reads much, and may come a little later, no longer keeps anybody waiting. */
  readonly served: Promise<void>;
}

function buildEngine({ config, logger, metrics, now, clock, randomBytes }: Foundation, pool: pg.Pool, repository: EngineRepository, reports: ReportsService, watch: Watch): EngineHost {
  const gateway = new EngineGateway({ secret: engineSecret(config.jwtSecret), now, newNonce: () => randomBytes(16).toString('hex') });
  const batches = new EngineBatchRepository(pool);
  const onTrouble = (error: unknown, message: string): void => logger.error({ error }, message);
  const tell = tellEach(watch.observers, onTrouble);
  const load: EngineHostDeps['load'] = async (epoch, onEnd) => {
    if (!(await repository.fence(epoch))) return null;
    const began = clock();
    const stored = await inSnapshot(pool, LOAD_QUERY_MS, (sql) => EngineRepository.load(sql));
    const read = clock();
    const venue = await VenueMemory.restore(stored);
    const { orders, balances } = stored.state;
    logger.info({ epoch, openOrders: orders.length, balances: balances.length, readMs: Math.round(read - began), ms: Math.round(clock() - began) }, 'the venue is loaded and is what its last batch left behind');
    watch.takeOver();
    const names = new OrderNames({ expected: await repository.keysExpected(), page: (after, rowsMax) => repository.keysAfter(after, rowsMax), onTrouble });
    void watch.served.then(() => names.start());
    const lookups = new GroupCommit<Lookup, Known>({ commit: (asked) => repository.find(asked), clock });
    return new EngineRun({
      venue,
      commit: (batch) => batches.write(epoch, batch),
      names,
      find: (lookup) => lookups.submit(lookup),
      isRefusal: isDataError,
      now,
      clock,
      onBatch: (commands, milliseconds) => metrics.observeBatch('engine', commands, milliseconds),
      onCommitted: (batch) => tell(batch, venue),
      onReports: () => reports.deliverSoon(),
      onEnd,
    });
  };
  let running = 0;
  return new EngineHost({
    lease: new Lease(pool, { table: 'trading.engine_lease', holder: randomUUID(), address: config.nodeAddress, milliseconds: config.engine.leaseMs }),
    load,
    forward: (address, command) => gateway.forward(address, command),
    address: config.nodeAddress,
    ...config.engine,
    clock,
    random: Math.random,
    onEpoch: (epoch) => {
      metrics.engineEpoch.set(epoch);
      if (epoch > 0) logger.info({ epoch }, 'this node runs the engine now');
      else if (running > 0) logger.info({ epoch: running }, 'this node runs the engine no longer');
      running = epoch;
    },
    onTrouble: (error, message) => logger.error({ error }, message),
  });
}

/** One that means "anywhere", or "whatever port is free"; METRICS_HOST may be `::`, which makes none at all. */
function isNoAddress(address: string): boolean {
  if (!URL.canParse(address)) return true;
  const { hostname, port } = new URL(address);
  return ['0.0.0.0', '[::]'].includes(hostname) || port === '0';
}

const engineSecret = (jwtSecret: string): string => createHmac('sha256', jwtSecret).update('engine commands').digest('hex');

/** Stable and anonymous (spec/1 §5): nobody without JWT_SECRET can tell whose it is, or make one up. */
function anonymousIds(jwtSecret: string): (userId: number) => string {
  const key = createHmac('sha256', jwtSecret).update('exchange user ids').digest();
  return (userId) => createHmac('sha256', key).update(String(userId)).digest('hex').slice(0, 32);
}
