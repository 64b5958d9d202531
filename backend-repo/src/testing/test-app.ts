import { createHmac, randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import supertest from 'supertest';
import { buildApp, type App } from '../app.ts';
import { loadConfig, type Config } from '../config.ts';
import { isDatabaseAway } from '../db/pg-error.ts';
import { createLogger } from '../logger.ts';
import { ContractChecker } from './contract.ts';
import { cloneDatabase, TEST_ENCRYPTION_KEY, type TestDatabase } from './postgres.ts';
import { rememberedPasswords } from './remembered-passwords.ts';

export interface TestApp {
  readonly app: App;
  readonly config: Config;
  readonly database: TestDatabase;
  /** Through the front door; every answer is checked against docs/openapi.yaml. */
  readonly request: supertest.Agent;
  readonly url: string;
  /** Log lines so far. */
  readonly logs: string[];
  /** Moves the app's wall clock. */
  readonly advance: (milliseconds: number) => void;
  readonly now: () => number;
  readonly close: () => Promise<void>;
}

const checker = new ContractChecker();

export interface TestAppOptions {
  readonly env?: Record<string, string>;
  /** A second node on the same database. */
  readonly database?: TestDatabase;
  /** In place of the monotonic clock: where it stands still, nothing is refilled behind a test's back. */
  readonly clock?: () => number;
  /** By so many milliseconds its clocks are ahead from the start. */
  readonly ahead?: number;
  /** False: for tests that run a job themselves and must see what that run did. */
  readonly runJobsByClock?: boolean;
  /** True: each password is hashed anew, as in production. */
  readonly freshPasswords?: boolean;
}

export async function createTestApp({ env = {}, database: shared, clock: given, ahead = 0, runJobsByClock = true, freshPasswords = false }: TestAppOptions = {}): Promise<TestApp> {
  const database = shared ?? (await cloneDatabase());
  const config = loadConfig({
    PORT: '8080',
    DATABASE_URL: database.ownerUrl,
    DATABASE_APP_URL: database.appUrl,
    ENCRYPTION_KEY: TEST_ENCRYPTION_KEY,
    JWT_SECRET: 'test-jwt-secret-0123456789abcdef-012345',
    DATABASE_POOL_MAX: '5',
    GEO_ALLOW_PRIVATE: 'true',
    CAPTCHA_COST: '1',
    LIMIT_RESETS_PER_HOUR: '1000',
    LIMIT_LOGIN_PER_HOUR: '1000',
    LIMIT_REGISTER_PER_HOUR: '1000',
    LIMIT_UNAUTHENTICATED_PER_MINUTE: '100000',
    LIMIT_LABEL_TOKENS_PER_MINUTE_PER_ADDRESS: '100000',
    ...env,
  });
  let offset = ahead;
  const logs: string[] = [];
  const now = (): number => Date.now() + offset;
  const clock = given ?? ((): number => performance.now() + offset);
  const passwords = freshPasswords ? {} : { passwords: await rememberedPasswords() };
  const app = await buildApp(config, { now, clock, runJobsByClock, ...passwords, logger: createLogger('info', { write: (line) => logs.push(line) }, isDatabaseAway) });
  await app.start();
  await new Promise<void>((resolve) => app.server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  return {
    app,
    config,
    database,
    request: checked(url),
    url,
    logs,
    now,
    advance: (milliseconds) => {
      offset += milliseconds;
    },
    close: async () => {
      app.server.closeAllConnections();
      await new Promise((resolve) => app.server.close(resolve));
      await app.stop();
      if (!shared) await database.drop();
    },
  };
}

function checked(url: string): supertest.Agent {
  const agent = supertest(url);
  return new Proxy(agent, {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      if (typeof method !== 'function' || !['get', 'post', 'put', 'patch', 'delete'].includes(String(name))) return method;
      return (path: string) =>
        (method as (path: string) => supertest.Test).call(target, path).expect((response) => {
          const problem = checker.problem(String(name), path, response.status, response.type, response.type.endsWith('json') ? (response.body as unknown) : response.text);
          if (problem) throw new Error(problem);
        });
    },
  }) as unknown as supertest.Agent;
}

/** Headers of a partner-signed call, as docs/guides/partner.md tells partners to make them. */
export function signedHeaders(
  credentials: { apiKey: string; apiSecret: string }, method: string, path: string, body: string | Buffer, options: { version?: 1 | 2; timestamp?: number; nonce?: string } = {},
): Record<string, string> {
  const timestamp = String(options.timestamp ?? Date.now());
  const nonce = options.nonce ?? randomBytes(12).toString('hex');
  const version = options.version ?? 2;
  const signature = createHmac('sha256', credentials.apiSecret).update(timestamp + (version === 2 ? nonce : '') + method + path).update(body).digest('hex');
  return {
    'Content-Type': 'application/json',
    'X-API-Key': credentials.apiKey,
    'X-API-Timestamp': timestamp,
    'X-API-Nonce': nonce,
    'X-API-Signature': signature,
    ...(version === 2 && { 'X-API-Signature-Version': '2' }),
  };
}
