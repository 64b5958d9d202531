import { randomUUID } from 'node:crypto';
import express from 'express';
import jsonwebtoken from 'jsonwebtoken';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildApp, type App, type Surroundings } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import { newExchange } from '../src/testing/builders.ts';

/**
 * One contestant of `bench tokens`, in a process of its own so that its CPU can be told apart. Spoken to over IPC: it says
 * `{url, users}` when it listens, and answers `cpu` with the CPU seconds it has used.
 *
 * - `hs256`, `es256`: the real app with every middleware.
 * - `uncommitted`: the same app, but a token is handed out without waiting for, or making, its row.
 * - `insert`: the same app, but each request commits its row by itself.
 * - `echo`: a bare Express 5 that parses JSON and sends it back.
 */
export type Contestant = 'echo' | 'hs256' | 'es256' | 'uncommitted' | 'insert';

export interface BenchUser {
  readonly exchangeId: string;
  readonly exchangeUserId: string;
  readonly sessionToken: string;
}

export interface Ready {
  readonly url: string;
  readonly users: readonly BenchUser[];
}

const USERS = 64;
const contestant = process.argv[2] as Contestant;

const LEDGERS: Partial<Record<Contestant, Surroundings['tokenLedger']>> = {
  uncommitted: () => () => Promise.resolve(true),
  insert: (issue) => async (row) => (await issue([row]))[0]!,
};

async function serveApp(): Promise<Ready> {
  const ledger = LEDGERS[contestant];
  const app = await buildApp(loadConfig(), { processMetrics: true, ...(ledger && { tokenLedger: ledger }) });
  await app.start();
  return { url: await listen(app.server), users: await seed(app) };
}

/** A partner of the `bench` tier and its users' sessions, through the product's own services. */
async function seed(app: App): Promise<BenchUser[]> {
  const exchangeId = `bench-${randomUUID().slice(0, 8)}`;
  const { partners, sessions } = app.widget!;
  const secrets = await partners.create(newExchange(exchangeId, { limit_tier: 'bench' }), contestant === 'es256' ? 'ES256' : 'HS256');
  const opened = Array.from({ length: USERS }, async (_, index): Promise<BenchUser> => {
    const exchangeUserId = `user-${index}`;
    const exp = Math.floor(Date.now() / 1000) + 120;
    const userToken = jsonwebtoken.sign({ iss: exchangeId, sub: exchangeUserId, aud: 'widget-session', jti: randomUUID(), exp }, secrets.sessionSecret);
    const { sessionToken } = await sessions.open(exchangeId, userToken, undefined);
    return { exchangeId, exchangeUserId, sessionToken };
  });
  return Promise.all(opened);
}

async function serveEcho(): Promise<Ready> {
  const app = express();
  app.use(express.json());
  app.post('/echo', (req, res) => void res.json(req.body));
  return { url: await listen(app), users: [] };
}

function listen(target: { listen: (port: number, host: string, done: () => void) => Server }): Promise<string> {
  return new Promise((resolve) => {
    const server = target.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

process.on('message', (question) => {
  if (question === 'cpu') process.send!({ cpuMs: (process.cpuUsage().user + process.cpuUsage().system) / 1000 });
  if (question === 'stop') process.exit(0);
});
process.on('disconnect', () => process.exit(0));
process.send!(contestant === 'echo' ? await serveEcho() : await serveApp());
