import { createHmac, createSecretKey } from 'node:crypto';
import { asPartner } from '../db/as-user.ts';
import { openWriterPool } from '../db/connection.ts';
import { GroupCommit } from '../db/group-commit.ts';
import { ensureLedgerPartitions } from '../db/partitions.ts';
import { inWriterTransaction } from '../db/writer-transaction.ts';
import { TRADE_TOKEN_TYPE } from '../domain/trade-token.ts';
import { uuidV7 } from '../domain/uuid.ts';
import { ExecutionsRepository } from '../features/widget/executions.repository.ts';
import { ExecutionsService } from '../features/widget/executions.service.ts';
import { LabelCaps } from '../features/widget/label-caps.state.ts';
import { FeesRepository } from '../features/widget/fees.repository.ts';
import { FeesService } from '../features/widget/fees.service.ts';
import type { PartnerKeysService } from '../features/widget/partner-keys.service.ts';
import { PartnerTurns } from '../features/widget/partner-turns.state.ts';
import type { PartnersService } from '../features/widget/partners.service.ts';
import { SessionsService, type WidgetSession } from '../features/widget/sessions.service.ts';
import { TokenLivesRepository, TradeTokensRepository, type LedgerRow } from '../features/widget/trade-tokens.repository.ts';
import { TradeTokensService, type TradeTokensDeps } from '../features/widget/trade-tokens.service.ts';
import type { WidgetServices } from '../features/widget/widget.controller.ts';
import { untilFewer } from '../jobs/until-fewer.ts';
import { peekJwt, signJwt, VerifiedTokenCache, verifyJwt, type SigningKey } from '../jwt.ts';
import type { Foundation, RolePart } from './foundation.ts';
import { buildPartners } from './partners.ts';
import type { Sharing } from './sharing.ts';

export interface WidgetPart extends RolePart, WidgetServices {
  readonly partnerKeys: PartnerKeysService;
  readonly isPartnerOrigin: (origin: string) => boolean;
  readonly purgeKeys: () => Promise<number>;
  readonly ensurePartitions: () => Promise<void>;
}

const LEDGER_CONNECTIONS = 2;
const REPORTS_CONNECTIONS = 3;
const KEYS_PER_PURGE = 10_000;
const SESSION_TYPE = 'widget-session+jwt';

/** Makes of "commit these rows" the "record this row" of the service. */
export type TokenLedger = (issue: (rows: readonly LedgerRow[]) => Promise<readonly boolean[]>) => (row: LedgerRow) => Promise<boolean>;

/** Role widget: partners, sessions, trade tokens, execution reports. */
export function buildWidget(foundation: Foundation, sharing: Pick<Sharing, 'openTokens' | 'labelCaps'>, tokenLedger?: TokenLedger): WidgetPart {
  const { config, database, logger, metrics, now, clock, randomBytes } = foundation;
  const broke = (error: Error): void => logger.warn({ error }, 'an idle database connection broke');
  // The ledger's commit and the partners' reports have connections of their own: neither redemptions nor a burst of reports can keep a token
  // from being recorded.
  const ledgerPool = openWriterPool(foundation.appUrl, LEDGER_CONNECTIONS, 'ledger', broke);
  const reportsPool = openWriterPool(foundation.appUrl, REPORTS_CONNECTIONS, 'reports', broke);
  const repository = new TradeTokensRepository(database.writer);
  const ledgerRepository = new TradeTokensRepository(ledgerPool);
  const turns = new PartnerTurns();
  const { state, partners, partnerKeys, follow, unfollow } = buildPartners(foundation);
  const requirePartner = partners.require.bind(partners);
  const ledger = new GroupCommit<LedgerRow, boolean>({
    commit: (rows) => ledgerRepository.issue(rows),
    clock,
    onBatch: (rows, milliseconds) => metrics.observeBatch('trade_tokens', rows, milliseconds),
  });
  const tradeTokens = new TradeTokensService({
    requirePartner,
    refreshPartners: () => state.refresh(),
    lookAgain: () => state.lookAgain(),
    repository,
    record: tokenLedger?.((rows) => repository.issue(rows)) ?? ((row) => ledger.submit(row)),
    openTokens: sharing.openTokens,
    labelCaps: sharing.labelCaps(new LabelCaps(repository, (error) => logger.warn({ error }, 'the label tokens of the day could not be counted; trying again'))),
    limits: config.limits.tokens,
    ...tokenSignatures(foundation),
    asPartner: (exchangeId, work) => asPartner(database.app)(exchangeId, (sql) => work(new TokenLivesRepository(sql))),
    newJti: jtiSource(randomBytes),
    now,
    issuer: config.tokenIssuer,
    lifeSeconds: config.tokenLifeSeconds,
  });
  const newId = jtiSource(randomBytes);
  const executions = new ExecutionsService({
    reportKeyOf: (exchangeId) => requirePartner(exchangeId).reportKey,
    transaction: (work) => inWriterTransaction(reportsPool, (sql) => work(new ExecutionsRepository(sql))),
    inTurn: (exchangeId, work) => turns.take(exchangeId, work),
    tokenClosed: (exchangeId, exchangeUserId, jti) => tradeTokens.closed(exchangeId, exchangeUserId, jti),
    newId,
    now,
  });
  const fees = new FeesService({
    requirePartner,
    asPartner: (exchangeId, work) => asPartner(database.app)(exchangeId, (sql) => work(new FeesRepository(sql))),
    now,
  });
  const ensurePartitions = (): Promise<void> => watchPartitions(foundation);
  return {
    partners,
    partnerKeys,
    sessions: buildSessions(foundation, partners, repository),
    tradeTokens,
    executions,
    fees,
    isPartnerOrigin: (origin) => state.isPartnerOrigin(origin),
    purgeKeys: () => untilFewer(KEYS_PER_PURGE, (rowsMax) => repository.purge(now(), rowsMax)),
    ensurePartitions,
    start: async () => {
      await ensurePartitions().catch((error: unknown) => logger.error({ error }, 'not every partition of the ledger could be made; trying again within the hour'));
      await follow();
    },
    stop: async () => {
      await unfollow();
      await ledger.drained();
      await Promise.all([ledgerPool.end(), reportsPool.end()]);
    },
    notReady: () => (state.loaded ? null : 'The partners are not loaded yet.'),
  };
}

/** Besides the one in use. */
const MONTHS_AHEAD = 3;

async function watchPartitions({ database, metrics, now }: Foundation): Promise<void> {
  const missing = await ensureLedgerPartitions(database.app, now(), MONTHS_AHEAD);
  metrics.partitionsMissing('widget', missing);
  if (missing > 0) throw new Error(`${missing} partitions of the token ledger are missing`);
}

/** Random bytes for many ids at a time: asking the kernel's generator for ten costs as much as asking it for thousands. */
function jtiSource(randomBytes: Foundation['randomBytes']): (now: number) => string {
  const BYTES_PER_ID = 10;
  let pool: Buffer = Buffer.alloc(0);
  let used = 0;
  return (now) => {
    if (used + BYTES_PER_ID > pool.length) {
      pool = randomBytes(400 * BYTES_PER_ID);
      used = 0;
    }
    used += BYTES_PER_ID;
    return uuidV7(now, pool, used - BYTES_PER_ID);
  };
}

function tokenSignatures({ config, now }: Foundation): Pick<TradeTokensDeps, 'sign' | 'verify'> {
  return {
    sign: (claims, { kid, algorithm, signKey }) => signJwt(claims, TRADE_TOKEN_TYPE, { kid, algorithm, key: signKey }),
    verify: (token, keyOf, exchangeId) => {
      const { kid } = peekJwt(token);
      const key = kid === null ? undefined : keyOf(kid);
      if (!key) return { ok: false, reason: 'invalid' };
      const expected = { type: TRADE_TOKEN_TYPE, issuer: config.tokenIssuer, audience: exchangeId, now: Math.floor(now() / 1000), leewaySeconds: 2, ignoreExpiration: true };
      const verdict = verifyJwt(token, { algorithm: key.algorithm, key: key.verifyKey }, expected);
      return verdict.ok && !isAsWeWrite(token, verdict.claims) ? { ok: false, reason: 'invalid' } : verdict;
    },
  };
}

/** A partner on HS256 can sign a payload with a name given twice, which others might read in another way. Ours have one spelling. */
const isAsWeWrite = (token: string, claims: object): boolean => Buffer.from(token.split('.')[1]!, 'base64url').toString() === JSON.stringify(claims);

function buildSessions({ config, now, randomBytes }: Foundation, partners: PartnersService, repository: TradeTokensRepository): SessionsService {
  // JWT_SECRET signs several kinds of things that only we read; each kind has a key of its own made from it.
  const secret = createHmac('sha256', config.jwtSecret).update('widget sessions').digest();
  const key: SigningKey = { algorithm: 'HS256', kid: 'ws1', key: createSecretKey(secret) };
  return new SessionsService({
    requirePartner: partners.require.bind(partners),
    lookAgain: () => partners.lookAgain(),
    repository,
    verifyUserToken: (token, sessionSecret, exchangeId, nowSeconds) =>
      verifyJwt(token, { algorithm: 'HS256', key: sessionSecret }, { type: null, issuer: exchangeId, audience: 'widget-session', now: nowSeconds, leewaySeconds: 2 }),
    signSession: (claims) => signJwt(claims, SESSION_TYPE, key),
    verifySession: (token, nowSeconds) => verifyJwt(token, key, { type: SESSION_TYPE, issuer: config.tokenIssuer, audience: 'widget', now: nowSeconds }),
    cache: new VerifiedTokenCache<WidgetSession>(),
    now,
    newId: () => randomBytes(16).toString('base64url'),
    issuer: config.tokenIssuer,
  });
}
