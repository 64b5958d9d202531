import { asUser } from '../db/as-user.ts';
import { listen, type Listener } from '../db/listen.ts';
import { uuidV7 } from '../domain/uuid.ts';
import { ApiKeyCredentialsRepository, ApiKeysRepository } from '../features/auth/api-keys.repository.ts';
import { ApiKeysService, type ApiKeysDeps } from '../features/auth/api-keys.service.ts';
import { ApiKeysState } from '../features/auth/api-keys.state.ts';
import { SignedCallsRepository } from '../features/auth/signed-calls.repository.ts';
import { AuditRepository } from '../features/audit/audit.repository.ts';
import { AuthRepository } from '../features/auth/auth.repository.ts';
import { MailRepository } from '../features/mail/mail.repository.ts';
import type { ApiKeyCalls } from '../http/authenticate-api-key.ts';
import type { Passwords } from '../passwords.ts';
import type { Foundation } from './foundation.ts';

const REFRESH_EVERY_MS = 30_000;
const WRITE_USES_EVERY_MS = 10_000;
const FORGET_CALLS_EVERY_MS = 60_000;

/** Keys of traders' programs: what changes them, and this node's memory of them. */
export interface ApiKeysPart {
  readonly apiKeys: ApiKeysService;
  readonly apiKeyCalls: ApiKeyCalls;
  /** This node knows of a change at once; the others are told by the database. */
  readonly changed: () => Promise<void>;
  /** Loads the keys and keeps them as the database has them. */
  readonly follow: () => Promise<void>;
  readonly unfollow: () => Promise<void>;
}

export function buildApiKeys({ appUrl, database, box, logger, randomBytes, now }: Foundation, passwords: Passwords, secondFactor: ApiKeysDeps['secondFactor']): ApiKeysPart {
  const trouble = (message: string) => (error: unknown) => logger.warn({ error }, message);
  const leftOut = (apiKeyId: string): void => logger.error({ apiKeyId }, 'this API key is left out: its secret does not open with ENCRYPTION_KEY');
  const credentials = new ApiKeyCredentialsRepository(database.writer);
  const calls = new SignedCallsRepository(database.writer);
  const state = new ApiKeysState(credentials, box, now, leftOut);
  const people = new AuthRepository(database.app);
  const as = asUser(database.app);
  const changed = (): Promise<void> => state.refresh().catch(trouble('the API keys could not be refreshed after a change; trying again'));
  const apiKeys = new ApiKeysService({
    asUser: (userId, work) => as(userId, (sql) => {
      const entries = new AuditRepository(sql);
      const mails = new MailRepository(sql, { box, now, randomBytes });
      return work({
        keys: new ApiKeysRepository(sql), users: new AuthRepository(sql), audit: (entry) => entries.add(uuidV7(now(), randomBytes(10)), now(), entry), mail: (mail) => mails.add(mail),
      });
    }),
    findUser: (userId) => people.findById(userId),
    passwordMatches: (hash, password) => passwords.matches(hash, password),
    secondFactor,
    changed,
    box,
    randomBytes,
    now,
  });
  let listener: Listener | null = null;
  let refresher: NodeJS.Timeout | undefined;
  let writer: NodeJS.Timeout | undefined;
  let cleaner: NodeJS.Timeout | undefined;
  const writeUses = (): Promise<void> => state.writeUses().catch(trouble('when API keys were last used could not be written down; trying again'));
  return {
    apiKeys,
    changed,
    apiKeyCalls: { find: (key) => state.find(key), used: (id) => state.used(id), take: (apiKey, signature) => calls.take([`${apiKey} ${signature}`]) },
    follow: async () => {
      await state.refresh();
      // A notice that was lost, or whose refresh failed, is made up for.
      refresher = setInterval(() => void state.refresh().catch(trouble('the API keys could not be refreshed; trying again')), REFRESH_EVERY_MS);
      refresher.unref();
      writer = setInterval(() => void writeUses(), WRITE_USES_EVERY_MS);
      writer.unref();
      cleaner = setInterval(() => void calls.forget().catch(trouble('old signed calls could not be forgotten; trying again')), FORGET_CALLS_EVERY_MS);
      cleaner.unref();
      listener = listen(appUrl, 'auth_api_keys', () => state.refresh(), trouble('listening for changes of API keys failed; trying again'));
    },
    unfollow: async () => {
      clearInterval(refresher);
      clearInterval(writer);
      clearInterval(cleaner);
      await listener?.stop();
      await writeUses();
    },
  };
}
