import pg from 'pg';
import { buildApp, type App } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import type { AccessTokenKey } from '../src/features/auth/auth.state.ts';
import { accessToken, addSessions, addTraders, signingKey, type AddedSession } from '../src/testing/traders.ts';
import { market } from '../src/testing/venue.ts';
import { allAreUp, until, type Scene } from './killing.ts';
import type { Trader } from './order-callers.ts';
import { MARKETS, SYMBOLS } from './order-mix.ts';
import type { BackendVictim } from './victims.ts';

/** Of each trader. */
export const FUNDS = { USDT: 10_000_000, BTC: 100, ETH: 2_000 };
const TRADER = { role: 'user', permissions: ['trade', 'read:balance', 'write:balance'], seconds: 7_200, secondFactor: true } as const;
const STAFF = { role: 'admin', permissions: ['write:deposits', 'write:withdrawals'], seconds: 7_200 } as const;
const FUNDED_AT_ONCE = 100;

/** Beside the running nodes: an app that forwards to whichever has the engine. */
export async function openVenue(env: Record<string, string>, count: number): Promise<{ traders: Trader[]; staff: Trader }> {
  const config = loadConfig({ ...process.env, ...env, LOG_LEVEL: 'error' });
  const app = await buildApp(config);
  try {
    for (const symbol of SYMBOLS) await app.trading!.market.createMarket(market(symbol, MARKETS[symbol].base));
    const key = await signingKey(config);
    const [staff, ...ids] = await addTraders(config, count + 1);
    for (let at = 0; at < ids.length; at += FUNDED_AT_ONCE) await Promise.all(ids.slice(at, at + FUNDED_AT_ONCE).map((id) => fund(app, id)));
    const sessions = await addSessions(config, ids);
    const traders = ids.map((userId, index) => ({ userId, ...signerOf(key, userId, sessions[index]!), address: `10.1.${index >> 8}.${index & 255}` }));
    return { traders, staff: { userId: staff!, accessToken: accessToken(key, staff!, STAFF), signingKey: null, address: '10.2.0.1' } };
  } finally {
    await app.stop();
  }
}

function signerOf(key: AccessTokenKey, userId: number, { sessionId, signingKey }: AddedSession): Pick<Trader, 'accessToken' | 'signingKey'> {
  return { accessToken: accessToken(key, userId, { ...TRADER, sessionId }), signingKey };
}

async function fund(app: App, userId: number): Promise<void> {
  for (const [asset, amount] of Object.entries(FUNDS)) await app.trading!.account.fund(userId, asset, String(amount), `chaos ${userId} ${asset}`);
}

/** Stands in for the mailbox. @returns false while Postgres is away */
export async function confirmByMail(url: string, withdrawalId: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 500, query_timeout: 3_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(`update trading.withdrawals set status = 'mail_confirmed' where id = $1 and status = 'requested' and funds = 'taken'`, [withdrawalId]);
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** `null` while nobody has the lease, or Postgres is away. */
export async function engineNode({ database, nodes }: Scene): Promise<BackendVictim | null> {
  const client = new pg.Client({ connectionString: database.url, connectionTimeoutMillis: 500 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ address: string }>('select address from trading.engine_lease where until > clock_timestamp()');
    return nodes.find(({ internalUrl }) => internalUrl === rows[0]?.address) ?? null;
  } catch {
    return null;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** All of memory is gone; then each node in turn has to make the venue from the rows, and trades only if their digest is right. */
export async function rebuildOnEach(scene: Scene): Promise<number> {
  await Promise.all(scene.nodes.map((node) => node.kill()));
  await allAreUp(scene.nodes);
  let rebuilt = 0;
  let last: BackendVictim | null = null;
  for (const _node of scene.nodes) {
    await until(async () => {
      const engine = await engineNode(scene);
      return engine !== null && engine !== last && engine.upSince() !== null && (await runsTheEngine(engine));
    }, 'the venue was not made from its rows again');
    rebuilt += 1;
    last = await engineNode(scene);
    // It hands the lease to the other.
    if (rebuilt < scene.nodes.length) await last!.kill('SIGTERM');
  }
  return rebuilt;
}

async function runsTheEngine({ internalUrl }: BackendVictim): Promise<boolean> {
  const metrics = await fetch(`${internalUrl}/metrics`).then((response) => response.text(), () => '');
  return Number(/^\S*engine_epoch(?:\{.*\})? (\d+)$/m.exec(metrics)?.[1] ?? 0) > 0;
}
