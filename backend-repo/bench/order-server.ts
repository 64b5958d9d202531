import express from 'express';
import pg from 'pg';
import { buildApp, type App } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import { amountFrom } from '../src/domain/money.ts';
import { PLAIN_MARKET } from '../src/domain/venue-command.ts';
import { ACCESS_TOKEN_AUDIENCE, ACCESS_TOKEN_ISSUER } from '../src/features/auth/auth.service.ts';
import { verifyJwt } from '../src/jwt.ts';
import { accessToken, addTraders, signingKey } from '../src/testing/traders.ts';
import { listen, serveToBench } from './contestant.ts';

/**
 * One contestant of `bench orders`, in a process of its own. Spoken to over IPC: it says `{url, tokens}` when it listens, and answers `cpu` with
 * the CPU milliseconds it has used.
 *
 * - `venue`: the real app with every middleware: session, limits, risk limits, balances, matching, fees, journal, commit before the answer.
 * - `transaction`: what one would ordinarily write: check the session, then one transaction per order that locks the balance row, holds the money and inserts the
 *   order. It matches nothing, keeps no journal and takes no fees.
 * - `echo`: a bare Express 5 that parses JSON and sends it back.
 */
export type OrderContestant = 'echo' | 'venue' | 'transaction';

export interface OrderReady {
  readonly url: string;
  /** Access tokens of the traders. */
  readonly tokens: readonly string[];
}

/** 50 orders a minute each: 200,000 in any minute. */
const TRADERS = 4_000;
const FUNDS = { USDT: '100000000', BTC: '10000' };
const contestant = process.argv[2] as OrderContestant;

async function serveVenue(): Promise<OrderReady> {
  const config = loadConfig();
  const app = await buildApp(config, { processMetrics: true });
  await app.start();
  const url = await listen(app.server);
  const tick = amountFrom('0.01');
  await app.trading!.market.createMarket({
    symbol: 'BTCUSDT', baseAsset: 'BTC', quoteAsset: 'USDT', tick, lot: amountFrom('0.0001'), minPrice: tick, maxPrice: amountFrom('1000000'), minQuantity: amountFrom('0.0001'),
    maxQuantity: amountFrom('1000'), minNotional: amountFrom('5'), status: 'open', ...PLAIN_MARKET,
  });
  const key = await signingKey(config);
  const ids = await addTraders(config, TRADERS);
  await fund(app, ids);
  return { url, tokens: ids.map((id) => accessToken(key, id)) };
}

async function fund(app: App, ids: readonly number[]): Promise<void> {
  for (const [asset, amount] of Object.entries(FUNDS)) {
    for (let at = 0; at < ids.length; at += 500) await Promise.all(ids.slice(at, at + 500).map((id) => app.trading!.account.fund(id, asset, amount, `bench-${id}-${asset}`)));
  }
}

async function serveTransaction(): Promise<OrderReady> {
  const config = loadConfig();
  const key = await signingKey(config);
  const owner = new pg.Client({ connectionString: config.databaseUrl });
  await owner.connect();
  await owner.query(`
    create schema peer;
    create table peer.balances (user_id bigint, asset text, available numeric(20,8) not null check (available >= 0), locked numeric(20,8) not null, primary key (user_id, asset));
    create table peer.orders (id bigserial primary key, user_id bigint not null, symbol text not null, side text not null, type text not null, quantity numeric(20,8) not null,
      price numeric(20,8), status text not null default 'PENDING', created_at timestamptz not null default now())`);
  const ids = Array.from({ length: TRADERS }, (_, index) => index + 1);
  for (const [asset, amount] of Object.entries(FUNDS)) await owner.query('insert into peer.balances select id, $2, $3, 0 from unnest($1::bigint[]) as id', [ids, asset, amount]);
  await owner.end();
  const pool = new pg.Pool({ connectionString: config.databaseUrl, max: config.databasePoolMax });
  const app = express();
  app.use(express.json());
  app.post('/api/orders', async (req, res) => {
    const expected = { type: 'JWT', issuer: ACCESS_TOKEN_ISSUER, audience: ACCESS_TOKEN_AUDIENCE, now: Math.floor(Date.now() / 1000) };
    const verdict = verifyJwt(req.headers.authorization!.slice(7), { algorithm: 'RS256', key: key.publicKey }, expected);
    if (!verdict.ok) return void res.status(401).end();
    const order = await placeInTransaction(pool, Number(verdict.claims['sub']), req.body as Record<string, string>);
    return void (order ? res.status(201).json({ success: true, data: order }) : res.status(422).json({ success: false }));
  });
  return { url: await listen(app), tokens: ids.map((id) => accessToken(key, id)) };
}

async function placeInTransaction(pool: pg.Pool, userId: number, { symbol, side, type, quantity, price }: Record<string, string>): Promise<object | null> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const [asset, cost] = side === 'BUY' ? ['USDT', `${Number(quantity) * Number(price)}`] : ['BTC', quantity];
    const { rows } = await client.query<{ enough: boolean }>('select available >= $3 as enough from peer.balances where user_id = $1 and asset = $2 for update', [userId, asset, cost]);
    if (!rows[0]?.enough) {
      await client.query('rollback');
      return null;
    }
    await client.query('update peer.balances set available = available - $3, locked = locked + $3 where user_id = $1 and asset = $2', [userId, asset, cost]);
    const made = await client.query<object>('insert into peer.orders (user_id, symbol, side, type, quantity, price) values ($1, $2, $3, $4, $5, $6) returning *', [userId, symbol, side, type, quantity, price]);
    await client.query('commit');
    return made.rows[0]!;
  } finally {
    client.release();
  }
}

async function serveEcho(): Promise<OrderReady> {
  const app = express();
  app.use(express.json());
  app.post('/api/orders', (req, res) => void res.status(201).json(req.body));
  return { url: await listen(app), tokens: ['none'] };
}

const serve = { echo: serveEcho, venue: serveVenue, transaction: serveTransaction }[contestant];
await serveToBench(serve);
