import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import express, { type Express } from 'express';
import type { Config } from './config.ts';
import { buildAudit, type AuditPart } from './app/audit.ts';
import { buildCore, type CorePart } from './app/core.ts';
import { buildMail, type MailPart } from './app/mail.ts';
import { routeTable } from './app/route-table.ts';
import { buildSharing } from './app/sharing.ts';
import type { Foundation, RolePart } from './app/foundation.ts';
import { buildRiskResponses } from './app/risk.ts';
import { buildTrading, type TradingPart } from './app/trading.ts';
import { buildWidget, type TokenLedger, type WidgetPart } from './app/widget.ts';
import { missingMigration } from './db/applied-migrations.ts';
import { connect } from './db/connection.ts';
import { isDatabaseAway } from './db/pg-error.ts';
import { appUrl } from './db/roles.ts';
import { createSecretBox } from './domain/secret-box.ts';
import type { AuthService } from './features/auth/auth.service.ts';
import type { DevicesService } from './features/auth/devices.service.ts';
import type { LoginGuard } from './features/auth/login-guard.service.ts';
import type { LoginService } from './features/auth/login.service.ts';
import type { ReverificationService } from './features/auth/reverification.service.ts';
import type { SessionsService } from './features/auth/sessions.service.ts';
import type { SigningKeysService } from './features/auth/signing-keys.service.ts';
import type { SecondFactorSettingsService } from './features/auth/second-factor-settings.service.ts';
import type { SecondFactorService } from './features/auth/second-factor.service.ts';
import type { RiskResponsesService } from './features/risk/risk-responses.service.ts';
import { Connections } from './http/connections.ts';
import { errorHandler, notFound } from './http/error-handler.ts';
import { createInternalServer } from './http/internal-server.ts';
import { createMetrics, type Metrics } from './http/metrics.ts';
import { recordRefusal } from './http/record-calls.ts';
import { requestContext } from './http/request-context.ts';
import { contractPath, mount, type CorsRule, type Route } from './http/router.ts';
import { TOKEN_PATHS } from './http/routes/widget.ts';
import { DatabaseWatchRepository } from './jobs/database-watch.repository.ts';
import { DatabaseWatch } from './jobs/database-watch.ts';
import { startSchedule, type CoreJobs, type TradingJobs, type WidgetJobs } from './jobs/schedule.ts';
import { createLogger, type Logger } from './logger.ts';
import type { Passwords } from './passwords.ts';

export const VERSION = '0.1.0';

/** Everything outside that a test may want to hold still. */
export interface Surroundings {
  readonly now?: () => number;
  readonly clock?: () => number;
  readonly logger?: Logger;
  readonly processMetrics?: boolean;
  /** False: no job runs by the clock, only when it is called. */
  readonly runJobsByClock?: boolean;
  /** Stands in for the group commit of the token ledger: the benchmarks' peers differ from us in nothing else. */
  readonly tokenLedger?: TokenLedger;
  readonly passwords?: Passwords;
}

export interface App {
  readonly express: Express;
  readonly server: Server;
  /** Metrics, and what our nodes ask each other. */
  readonly internalServer: Server;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly routes: readonly Route[];
  readonly auth: AuthService;
  readonly logins: LoginService;
  readonly sessions: SessionsService;
  readonly signingKeys: SigningKeysService;
  readonly secondFactor: SecondFactorService;
  readonly secondFactorSettings: SecondFactorSettingsService;
  readonly loginGuard: LoginGuard;
  readonly devices: DevicesService;
  readonly reverification: ReverificationService;
  readonly audit: AuditPart;
  readonly mail: MailPart;
  readonly widget: WidgetPart | null;
  readonly trading: TradingPart | null;
  readonly riskResponses: RiskResponsesService | null;
  readonly start: () => Promise<void>;
  /** Stop accepting, and answer who waits. Every answer asks its caller to close the connection. */
  readonly closeConnections: () => Promise<void>;
  /** The same for our other nodes, who may ask until the engine has gone to one of them. */
  readonly closeInternalConnections: () => Promise<void>;
  /** Finish, flush, close. */
  readonly stop: () => Promise<void>;
}

/** The composition root: the only place, with app/<role>.ts, that says `new` across the tree. */
export async function buildApp(config: Config, surroundings: Surroundings = {}): Promise<App> {
  const foundation = layFoundation(config, surroundings);
  const { database, logger, metrics, now, clock } = foundation;
  const core = await buildCore(foundation, surroundings.passwords);
  const { auth, logins, sessions, accessKeys, secondFactor, secondFactorSettings, loginGuard } = core;
  const audit = buildAudit(foundation);
  const sharing = buildSharing(foundation);
  const widget = config.roles.includes('widget') ? buildWidget(foundation, sharing, surroundings.tokenLedger) : null;
  const trading = config.roles.includes('trading') ? buildTrading(foundation, core, widget) : null;
  const mail = buildMail(foundation);
  const riskResponses = trading && buildRiskResponses(foundation, core.reverification);
  const parts: RolePart[] = [core, mail, widget, trading].filter((part) => part !== null);
  const migrations = readdirSync(new URL('../migrations', import.meta.url)).filter((name) => name.endsWith('.ts'));
  const lacks = atMostOnceASecond(() => missingMigration(database.app, migrations), clock);
  const notReady = async (): Promise<string | null> => parts.map((part) => part.notReady()).find((missing) => missing !== null) ?? (await lacks());
  const { routes, cors } = routeTable(foundation, { core, audit, sharing, widget, trading }, VERSION, notReady);
  const app = createExpress(foundation, audit, routes, cors);
  const server = createServer(app);
  const connections = new Connections(server);
  const internalServer = createInternalServer(metrics, trading?.internalRoutes ?? []);
  const internalConnections = new Connections(internalServer);
  let schedule: { stop: () => void } | null = null;
  const watch = new DatabaseWatch({ repository: new DatabaseWatchRepository(database.app), onDefaultPartition: metrics.defaultPartitionBytes, onClock: metrics.databaseClockAhead, now });
  return {
    express: app,
    server,
    internalServer,
    metrics,
    logger,
    routes,
    auth,
    logins,
    sessions,
    signingKeys: accessKeys.signingKeys,
    secondFactor,
    loginGuard,
    devices: core.devices,
    reverification: core.reverification,
    secondFactorSettings,
    audit,
    mail,
    widget,
    trading,
    riskResponses,
    start: async () => {
      await sharing.start();
      for (const part of parts) await part.start();
      const jobs = { watchDatabase: () => watch.look(), ...auditJobs(audit), ...coreJobs(core), ...mailJobs(mail), ...(widget && widgetJobs(widget)), ...(trading && riskResponses && tradingJobs(trading, riskResponses)) };
      if (surroundings.runJobsByClock ?? true) schedule = startSchedule(jobs, logger, metrics.jobRan);
    },
    closeConnections: () => connections.close(),
    closeInternalConnections: () => internalConnections.close(),
    stop: async () => {
      schedule?.stop();
      for (const part of [...parts].reverse()) await part.stop();
      await sharing.stop();
      await writeTallies(audit, logger);
      await database.close();
    },
  };
}

function coreJobs({ accessKeys, sessions, signUp, loginGuard }: CorePart): Pick<CoreJobs, 'moveAccessKeys' | 'purgeSessions' | 'forgetSignIns'> {
  return { moveAccessKeys: () => accessKeys.signingKeys.moveDue(), purgeSessions: () => sessions.purge(), forgetSignIns: () => Promise.all([signUp.purge(), loginGuard.purge()]) };
}

function auditJobs({ auditChain, ledgerRecord, reads, refusals }: AuditPart): Pick<CoreJobs, 'chainAudit' | 'watchAudit' | 'recordReads' | 'recordRefusals'> {
  return { chainAudit: () => ledgerRecord.record().finally(() => auditChain.advance()), watchAudit: () => Promise.all([auditChain.look(), ledgerRecord.look()]), recordReads: () => reads.flush(), recordRefusals: () => refusals.flush() };
}

async function writeTallies({ reads, refusals }: AuditPart, logger: Logger): Promise<void> {
  for (const tally of [reads, refusals]) await tally.flush().catch((error: unknown) => logger.error({ error }, 'what was counted for the audit log was not written before the end'));
}

function mailJobs({ mails, purge, alerts }: MailPart): Pick<CoreJobs, 'deliverMails' | 'watchMails' | 'purgeMails' | 'tellOfRisks'> {
  return { deliverMails: () => mails.deliverDue(), watchMails: () => mails.look(), purgeMails: purge, tellOfRisks: async () => alerts?.tell() };
}

function widgetJobs({ ensurePartitions, partnerKeys, purgeKeys }: WidgetPart): WidgetJobs {
  return { ensurePartitions, movePartnerKeys: () => partnerKeys.moveDue(), purgeTokenKeys: purgeKeys };
}

function tradingJobs({ ensurePartitions, deliverReports, purgeOrderKeys, settle, tiers, risk, storeCandles, reopenMarkets }: TradingPart, riskResponses: RiskResponsesService): TradingJobs {
  return {
    ensureTradingPartitions: ensurePartitions,
    deliverReports,
    purgeOrderKeys,
    settleAccounts: settle,
    recalculateTiers: () => tiers.recalculateWhenDue(),
    lookForRisks: () => risk.look(),
    respondToRisks: () => riskResponses.respond(),
    storeCandles,
    reopenMarkets,
  };
}

/** Anybody may ask `/ready`: whoever asks again within a second gets the answer that is there or under way. */
function atMostOnceASecond<T>(ask: () => Promise<T>, clock: () => number): () => Promise<T> {
  let last: { readonly at: number; readonly answer: Promise<T> } | null = null;
  return () => {
    if (!last || clock() - last.at >= 1_000) last = { at: clock(), answer: ask() };
    return last.answer;
  };
}

function layFoundation(config: Config, { now, clock, logger, processMetrics }: Surroundings): Foundation {
  const log = logger ?? createLogger(config.logLevel, undefined, isDatabaseAway);
  const url = appUrl(config.databaseUrl, config.databaseAppUrl, config.encryptionKey);
  return {
    config,
    logger: log,
    metrics: createMetrics(processMetrics ?? false),
    database: connect(url, config.databasePoolMax, (error) => log.warn({ error }, 'an idle database connection broke')),
    appUrl: url,
    box: createSecretBox([config.encryptionKey, ...(config.encryptionKeyPrevious ? [config.encryptionKeyPrevious] : [])]),
    now: now ?? Date.now,
    clock: clock ?? (() => performance.now()),
    randomBytes,
  };
}

/** A 2xx of these is on the ledger, which is the record; a log line each would double the cost of the request. */
const QUIET = new Set([...TOKEN_PATHS, '/api/orders', '/health', '/ready'].map(contractPath));

const isTokenPath = (path: string | null): boolean => (TOKEN_PATHS as readonly (string | null)[]).includes(path);

function createExpress({ config, logger, metrics, clock }: Foundation, { refusals }: AuditPart, routes: readonly Route[], cors: readonly CorsRule[]): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  // One spelling of each address: what is signed, counted and listed by path cannot be had under another one.
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.set('query parser', 'simple');
  app.set('trust proxy', config.trustProxyHops);
  app.use(requestContext(logger, metrics, QUIET, clock));
  mount(app, routes, cors);
  app.use(notFound);
  app.use(errorHandler(logger, (req, error) => {
    if (isTokenPath(req.contractPath)) metrics.tokensRefused(error.code);
    recordRefusal(req, error, (refusal) => refusals.note(refusal));
  }));
  return app;
}
