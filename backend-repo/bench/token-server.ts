import { randomUUID } from 'node:crypto';
import express from 'express';
import jsonwebtoken from 'jsonwebtoken';
import pg from 'pg';
import { buildApp, type App, type Surroundings } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import { inWriterTransaction } from '../src/db/writer-transaction.ts';
import type { LedgerRow } from '../src/features/widget/trade-tokens.repository.ts';
import { newExchange } from '../src/testing/builders.ts';
import { listen, serveToBench } from './contestant.ts';

/**
 * One contestant of `bench tokens`, in a process of its own so that its CPU can be told apart. Spoken to over IPC: it says
 * `{url, users}` when it listens, and answers `cpu` with the CPU seconds it has used.
 *
 * - `hs256`, `es256`: the real app with every middleware.
 * - `uncommitted`: the same app, but a token is handed out without waiting for, or making, its row.
 * - `insert`: the same app, but each request inserts its own rows in a transaction of its own: what one would ordinarily write.
 * - `statement`: the same app, but each request commits alone with our one prepared statement: the best one can do without groups.
 * - `echo`: a bare Express 5 that parses JSON and sends it back.
 */
export type Contestant = 'echo' | 'hs256' | 'es256' | 'uncommitted' | 'insert' | 'statement';

export interface BenchUser {
  readonly exchangeId: string;
  readonly exchangeUserId: string;
  readonly sessionToken: string;
}

export interface Ready {
  readonly url: string;
  readonly users: readonly BenchUser[];
}

/** 20 × 500 tokens a second, and 2,000 users with at most 20 open tokens each: more than a few seconds of any contestant bring about. */
const PARTNERS = 20;
const USERS_PER_PARTNER = 100;
const contestant = process.argv[2] as Contestant;

const LEDGERS: Partial<Record<Contestant, Surroundings['tokenLedger']>> = {
  uncommitted: () => () => Promise.resolve(true),
  statement: (issue) => async (row) => (await issue([row]))[0]!,
  insert: () => insertInTransaction(new pg.Pool({ connectionString: loadConfig().databaseAppUrl, options: '-c role=writer', max: loadConfig().databasePoolMax })),
};

/** Partner and key still active, idempotency key, ledger row: the same work and the same guarantees, one request at a time. */
function insertInTransaction(pool: pg.Pool): (row: LedgerRow) => Promise<boolean> {
  return (row) =>
    inWriterTransaction(pool, async (sql) => {
      const ask = (text: string, values: unknown[]): Promise<{ rows: { fee_schedule: number }[]; rowCount: number | null }> => (sql as unknown as pg.PoolClient).query(text, values);
      const { rows } = await ask(
        `select e.fee_schedule from widget.exchanges e join widget.exchange_keys k using (exchange_id)
         where e.exchange_id = $1 and e.status = 'active' and k.kid = $2 and k.state = 'active'`,
        [row.exchangeId, row.kid],
      );
      if (!rows[0]) return false;
      const { symbol, side, type, quantity, price = null, clientOrderId = null } = row.trade;
      const issued = new Date(row.issuedAt);
      const keyed = await ask(
        `insert into widget.token_keys (exchange_id, exchange_user_id, idempotency_key, fingerprint, jti, created_at) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
        [row.exchangeId, row.exchangeUserId, row.idempotencyKey, row.fingerprint, row.jti, issued],
      );
      if (keyed.rowCount !== 1) return false;
      await ask(
        `insert into widget.trade_tokens (jti, exchange_id, exchange_user_id, identity_mode, kid, symbol, side, type, quantity, price, client_order_id, fee_schedule,
           issued_at, expires_at, quote_asset) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
        [row.jti, row.exchangeId, row.exchangeUserId, row.identityMode, row.kid, symbol, side, type, quantity, price, clientOrderId, rows[0].fee_schedule, issued, new Date(row.expiresAt),
          row.quoteAsset],
      );
      return true;
    });
}

async function serveApp(): Promise<Ready> {
  const ledger = LEDGERS[contestant];
  const app = await buildApp(loadConfig(), { processMetrics: true, ...(ledger && { tokenLedger: ledger }) });
  await app.start();
  // The peers trade for the partners of `hs256`, on the same database.
  return { url: await listen(app.server), users: contestant === 'hs256' || contestant === 'es256' ? await seed(app) : [] };
}

/** Partners and the sessions of their users, through the product's own services: enough of both that no limit is met at any speed we measure. */
async function seed(app: App): Promise<BenchUser[]> {
  const { partners, sessions } = app.widget!;
  const users: BenchUser[] = [];
  for (let count = 0; count < PARTNERS; count += 1) {
    const exchangeId = `bench-${randomUUID().slice(0, 8)}`;
    const { sessionSecret } = await partners.create(newExchange(exchangeId), contestant === 'es256' ? 'ES256' : 'HS256');
    const opened = Array.from({ length: USERS_PER_PARTNER }, async (_, index): Promise<BenchUser> => {
      const exchangeUserId = `user-${index}`;
      const exp = Math.floor(Date.now() / 1000) + 120;
      const userToken = jsonwebtoken.sign({ iss: exchangeId, sub: exchangeUserId, aud: 'widget-session', jti: randomUUID(), exp }, sessionSecret);
      const { sessionToken } = await sessions.open({ exchangeId, userToken }, undefined);
      return { exchangeId, exchangeUserId, sessionToken };
    });
    users.push(...(await Promise.all(opened)));
  }
  // One partner after the other, not a hundred users of one in a row.
  return users.map((_, index) => users[(index % PARTNERS) * USERS_PER_PARTNER + Math.floor(index / PARTNERS)]!);
}

async function serveEcho(): Promise<Ready> {
  const app = express();
  app.use(express.json());
  app.post('/echo', (req, res) => void res.json(req.body));
  return { url: await listen(app), users: [] };
}

await serveToBench(contestant === 'echo' ? serveEcho : serveApp);
