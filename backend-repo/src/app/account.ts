import type { AuditEntry } from '../domain/audit-entry.ts';
import type { TellBooks } from '../domain/books-event.ts';
import type { Mail } from '../domain/mail.ts';
import { amountFrom } from '../domain/money.ts';
import type { OrderLimits } from '../domain/matching/commands.ts';
import { tierOf, VOLUME_ASSET, type RateTier } from '../domain/trading-tiers.ts';
import { SEAL_RANDOM_BYTES } from '../domain/secret-box.ts';
import { uuidV7 } from '../domain/uuid.ts';
import type { VenueCommand } from '../domain/venue-command.ts';
import { asUser, writerTransactionOf } from '../db/as-user.ts';
import type { Sql } from '../db/connection.ts';
import { listen, type Listener } from '../db/listen.ts';
import { BalancesRepository } from '../features/account/account.repository.ts';
import { AccountService, type AccountDeps } from '../features/account/account.service.ts';
import { CustodyGateway } from '../features/account/custody.gateway.ts';
import { CustodyRepository } from '../features/account/custody.repository.ts';
import { CustodyService } from '../features/account/custody.service.ts';
import { KycRepository, OwnKycRepository } from '../features/account/kyc.repository.ts';
import { KycService } from '../features/account/kyc.service.ts';
import { DepositsRepository } from '../features/account/deposits.repository.ts';
import { DepositsService } from '../features/account/deposits.service.ts';
import { OwnTradesRepository } from '../features/account/own-trades.repository.ts';
import { OwnWithdrawalsRepository } from '../features/account/own-withdrawals.repository.ts';
import { PeopleRepository } from '../features/account/people.repository.ts';
import { TiersRepository } from '../features/account/tiers.repository.ts';
import { TiersService } from '../features/account/tiers.service.ts';
import { TiersState } from '../features/account/tiers.state.ts';
import { settleEach, type TransferBasics } from '../features/account/transfers.service.ts';
import { VerifiedTradersRepository } from '../features/account/verified-traders.repository.ts';
import { VerifiedTraders } from '../features/account/verified-traders.state.ts';
import { UsersRepository, VenueStaffRepository } from '../features/account/venue-staff.repository.ts';
import { VenueStaffService } from '../features/account/venue-staff.service.ts';
import { WithdrawersRepository } from '../features/account/withdrawal-gates.repository.ts';
import { WithdrawalGates, type WithdrawalGatesDeps } from '../features/account/withdrawal-gates.service.ts';
import { WithdrawalRequestsService } from '../features/account/withdrawal-requests.service.ts';
import { WithdrawalsRepository } from '../features/account/withdrawals.repository.ts';
import { WithdrawalsService } from '../features/account/withdrawals.service.ts';
import { AuditRepository } from '../features/audit/audit.repository.ts';
import { MailRepository } from '../features/mail/mail.repository.ts';
import { tellBooks } from './books.ts';
import type { Foundation } from './foundation.ts';

const REFRESH_EVERY_MS = 30_000;

/** What the account needs of the rest of the venue. */
export interface AccountVenue extends Omit<AccountDeps, 'carryOut' | 'asUser' | 'tierOf' | 'now'> {
  readonly carryOut: (command: VenueCommand) => Promise<{ readonly kind: 'done' | 'repeated' }>;
  readonly queueHere: () => number | null;
  /** Tells of the halts of circuit breakers that hold now. */
  readonly noteHalts: () => Promise<unknown>;
  /** Takes a code of the user's second factor. @throws AppError SECOND_FACTOR_WRONG, SECOND_FACTOR_LOCKED */
  readonly demandCode: WithdrawalGatesDeps['demandCode'];
  /** @throws AppError DEVICE_NOT_CONFIRMED */
  readonly requireConfirmedDevice: (sessionId: string) => Promise<void>;
}

/** Traders' money and tiers, and what staff does with the venue. */
export interface AccountPart {
  readonly account: AccountService;
  readonly tiers: TiersService;
  readonly deposits: DepositsService;
  readonly withdrawals: WithdrawalsService;
  readonly withdrawalRequests: WithdrawalRequestsService;
  readonly venueStaff: VenueStaffService;
  readonly kyc: KycService;
  readonly limitsOf: (userId: number) => OrderLimits;
  readonly rateTierOf: (userId: number) => RateTier;
  /** Staff has approved who they are. */
  readonly isVerified: (userId: number) => boolean;
  /** Loads the tiers, and whose identity is approved, and keeps both as the database has them. */
  readonly follow: () => Promise<void>;
  readonly unfollow: () => Promise<void>;
  /** What was left half done: rates that the engine was not told of, deposits and withdrawals. */
  readonly settle: () => Promise<void>;
}

export function buildAccount(foundation: Foundation, { carryOut, queueHere, noteHalts, demandCode, requireConfirmedDevice, ...widget }: AccountVenue): AccountPart {
  const { config, box, database, logger, now, randomBytes } = foundation;
  const onTrouble = (error: unknown, message: string): void => logger.error({ error }, message);
  const as = asUser(database.app);
  const auditOn = (sql: Sql) => {
    const entries = new AuditRepository(sql);
    return (entry: AuditEntry): Promise<void> => entries.add(uuidV7(now(), randomBytes(10)), now(), entry);
  };
  const tellOn = tellBooks(foundation);
  const users = new UsersRepository(database.app);
  const { tiers, ...memory } = buildTiers(foundation, users, { auditOn, tellOn, carryOut });
  const known = new BalancesRepository(database.app);
  const basics: TransferBasics = { isAsset: (asset) => known.isAsset(asset), onTrouble, now, newId: (at) => uuidV7(at, randomBytes(10)) };
  const deposits = new DepositsService({
    ...basics,
    asUser: (userId, work) => as(userId, (sql) => work({ deposits: new DepositsRepository(sql), audit: auditOn(sql) })),
    transaction: writerTransactionOf(database.app, (sql) => ({ deposits: new DepositsRepository(sql), audit: auditOn(sql), tell: tellOn(sql) })),
    carryOut,
  });
  const { withdrawals, withdrawalRequests } = buildWithdrawals(foundation, basics, { carryOut, demandCode, requireConfirmedDevice, rateTierOf: memory.rateTierOf, auditOn, tellOn });
  const gateway = config.custodian && new CustodyGateway({ ...config.custodian, now, newNonce: () => randomBytes(16).toString('hex') });
  const custody = new CustodyService({
    send: gateway && ((order) => gateway.send(order)),
    transaction: writerTransactionOf(database.app, (sql) => ({ custody: new CustodyRepository(sql), audit: auditOn(sql) })),
    settle: (id) => withdrawals.settle(id),
    now,
  });
  const account = new AccountService({
    ...widget,
    carryOut,
    asUser: (userId, work) => as(userId, (sql) => work({ balances: new BalancesRepository(sql), trades: new OwnTradesRepository(sql) })),
    tierOf: (userId) => tiers.charged(userId),
    now,
  });
  const venueStaff = new VenueStaffService({
    users,
    people: { find: (id, at) => as(id, (sql) => new PeopleRepository(sql).find(id, at)) },
    open: (sealed, context) => box.open(sealed, context),
    transaction: writerTransactionOf(database.app, (sql) => ({ venue: new VenueStaffRepository(sql), audit: auditOn(sql) })),
    carryOut,
    queueHere,
    noteHalts,
    now,
  });
  return {
    account, tiers, deposits, withdrawals, withdrawalRequests, venueStaff,
    kyc: buildKyc(foundation, auditOn, tellOn),
    ...memory,
    settle: () => settleEach([() => tiers.apply(), () => deposits.finish(), () => withdrawalRequests.expire(), () => withdrawals.finish(), () => custody.look()], (job) => job()),
  };
}

interface WithdrawalParts extends Pick<AccountVenue, 'carryOut' | 'demandCode' | 'requireConfirmedDevice'>, Pick<AccountPart, 'rateTierOf'> {
  readonly auditOn: (sql: Sql) => (entry: AuditEntry) => Promise<void>;
  readonly tellOn: (sql: Sql) => TellBooks;
}

function buildWithdrawals(foundation: Foundation, basics: TransferBasics, { carryOut, demandCode, requireConfirmedDevice, rateTierOf, auditOn, tellOn }: WithdrawalParts): Pick<AccountPart, 'withdrawals' | 'withdrawalRequests'> {
  const { config, database, box, now, randomBytes } = foundation;
  const as = asUser(database.app);
  const people = { find: (userId: number) => as(userId, (sql) => new WithdrawersRepository(sql).find(userId)) };
  const withdrawals = new WithdrawalsService({
    ...basics,
    transaction: writerTransactionOf(database.app, (sql) => {
      const mails = new MailRepository(sql, { box, now, randomBytes });
      return { withdrawals: new WithdrawalsRepository(sql), audit: auditOn(sql), mail: (mail: Mail) => mails.add(mail), tell: tellOn(sql) };
    }),
    carryOut,
    coldAbove: { asset: VOLUME_ASSET, worth: config.coldWithdrawalAboveUsdt },
    mailAddressOf: async (userId) => (await people.find(userId)).email,
    publicUrl: config.publicUrl,
    randomBytes,
  });
  const withdrawalRequests = new WithdrawalRequestsService({
    ...basics,
    asUser: (userId, work) => as(userId, (sql) => work({ withdrawals: new OwnWithdrawalsRepository(sql), audit: auditOn(sql) })),
    transaction: writerTransactionOf(database.app, (sql) => ({ withdrawals: new WithdrawalsRepository(sql), audit: auditOn(sql) })),
    gates: new WithdrawalGates({ people, demandCode, requireConfirmedDevice, coolingOffHours: config.withdrawalCoolingOffHours, now }),
    settle: (id) => withdrawals.settle(id),
    settleSoon: (row) => withdrawals.settleSoon(row),
    countedIn: VOLUME_ASSET,
    dailyLimitOf: (userId) => amountFrom(String(config.limits.withdrawalUsdtPerDay[rateTierOf(userId)])),
  });
  return { withdrawals, withdrawalRequests };
}

function buildKyc({ database, box, now, randomBytes }: Foundation, auditOn: (sql: Sql) => (entry: AuditEntry) => Promise<void>, tellOn: (sql: Sql) => TellBooks): KycService {
  const as = asUser(database.app);
  return new KycService({
    asUser: (userId, work) => as(userId, (sql) => work({ kyc: new OwnKycRepository(sql), audit: auditOn(sql) })),
    transaction: writerTransactionOf(database.app, (sql) => ({ kyc: new KycRepository(sql), audit: auditOn(sql), tell: tellOn(sql) })),
    seal: (text, context) => box.seal(text, context, randomBytes(SEAL_RANDOM_BYTES)),
    open: (sealed, context) => box.open(sealed, context),
    now,
    newId: (at) => uuidV7(at, randomBytes(10)),
  });
}

type Tiers = Pick<AccountPart, 'tiers' | 'limitsOf' | 'rateTierOf' | 'isVerified' | 'follow' | 'unfollow'>;

/** What a trader pays and may do, and what every node remembers of it. */
function buildTiers({ config, appUrl, database, logger, clock, now }: Foundation, users: UsersRepository, { auditOn, tellOn, carryOut }: Pick<WithdrawalParts, 'auditOn' | 'tellOn' | 'carryOut'>): Tiers {
  const trouble = (message: string) => (error: unknown) => logger.warn({ error }, message);
  const as = asUser(database.app);
  const loadTiers = writerTransactionOf(database.app, (sql) => new TiersRepository(sql));
  const state = new TiersState(() => loadTiers((repository) => repository.loadAboveFirst()));
  const verified = new VerifiedTraders(new VerifiedTradersRepository(database.app), clock);
  const tiers = new TiersService({
    asUser: (userId, work) => as(userId, (sql) => work(new TiersRepository(sql))),
    transaction: writerTransactionOf(database.app, (sql) => ({ tiers: new TiersRepository(sql), audit: auditOn(sql), tell: tellOn(sql) })),
    carryOut,
    isTrader: (userId) => users.isTrader(userId),
    ordersPerMinute: (userId, tier) => (verified.has(userId) ? config.limits.ordersPerMinute[tier] : config.limits.ordersPerMinuteUnverified),
    changed: () => state.refresh().catch(trouble('the fee tiers could not be refreshed after a change; trying again')),
    onTrouble: (error, message) => logger.error({ error }, message),
    now,
  });
  const followed = [followTiers(state, tiers, appUrl, trouble), followVerified(verified, appUrl, trouble)];
  return {
    tiers,
    limitsOf: (userId) => tierOf(state.tierOf(userId)).limits,
    rateTierOf: (userId) => tierOf(state.tierOf(userId)).rateTier,
    isVerified: (userId) => verified.has(userId),
    follow: async () => void (await Promise.all(followed.map(({ follow }) => follow()))),
    unfollow: async () => void (await Promise.all(followed.map(({ unfollow }) => unfollow()))),
  };
}

type Followed = Pick<AccountPart, 'follow' | 'unfollow'>;

function followVerified(verified: VerifiedTraders, appUrl: string, trouble: (message: string) => (error: unknown) => void): Followed {
  let listener: Listener | null = null;
  let refresher: NodeJS.Timeout | undefined;
  return {
    follow: async () => {
      await verified.refresh();
      // A notice that was lost, or whose refresh failed, is made up for.
      refresher = setInterval(() => void verified.refresh().catch(trouble('whose identity is approved could not be read; trying again')), REFRESH_EVERY_MS);
      refresher.unref();
      listener = listen(appUrl, 'auth_kyc', () => verified.refresh(), trouble('listening for approved identities failed; trying again'));
    },
    unfollow: async () => {
      clearInterval(refresher);
      await listener?.stop();
    },
  };
}

function followTiers(state: TiersState, tiers: TiersService, appUrl: string, trouble: (message: string) => (error: unknown) => void): Followed {
  let listener: Listener | null = null;
  let refresher: NodeJS.Timeout | undefined;
  let recalculating: Promise<void> | null = null;
  return {
    follow: async () => {
      await state.refresh();
      // A notice that was lost, or whose refresh failed, is made up for.
      refresher = setInterval(() => void state.refresh().catch(trouble('the fee tiers could not be refreshed; trying again')), REFRESH_EVERY_MS);
      refresher.unref();
      listener = listen(appUrl, 'venue_tiers', () => state.refresh(), trouble('listening for changes of fee tiers failed; trying again'));
      recalculating = tiers.recalculateWhenDue().catch(trouble('fee tiers were not recalculated at the start; the job does it'));
    },
    unfollow: async () => {
      clearInterval(refresher);
      await recalculating;
      await listener?.stop();
    },
  };
}
