import { transactionOf } from '../db/as-user.ts';
import { listen, type Listener } from '../db/listen.ts';
import type { AuditEntry } from '../domain/audit-entry.ts';
import { uuidV7 } from '../domain/uuid.ts';
import { AuditRepository } from '../features/audit/audit.repository.ts';
import { newAccessTokenKey, type AuthKeys } from '../features/auth/auth.state.ts';
import { SigningKeysRepository } from '../features/auth/signing-keys.repository.ts';
import { SigningKeysService } from '../features/auth/signing-keys.service.ts';
import type { Foundation } from './foundation.ts';

/** A notice that was lost is made up for. */
const LOOK_EVERY_MS = 30_000;

export interface AccessKeysPart {
  readonly signingKeys: SigningKeysService;
  /** Learns of keys that are published, begin to sign or are gone. */
  readonly follow: () => void;
  readonly unfollow: () => Promise<void>;
}

/** Part of core: the keys of access tokens, as a rotation on any node leaves them. */
export function buildAccessKeys({ appUrl, box, database, logger, now, randomBytes }: Foundation, keys: AuthKeys): AccessKeysPart {
  const trouble = (error: unknown): void => logger.warn({ error }, 'the keys of access tokens could not be read; trying again');
  let looked: Promise<void> = Promise.resolve();
  // One after the other: a look that began earlier must not have the last word.
  const look = (): Promise<void> => (looked = looked.then(() => keys.refresh()).catch(trouble));
  let listener: Listener | null = null;
  let looker: NodeJS.Timeout | undefined;
  return {
    signingKeys: new SigningKeysService({
      transaction: transactionOf(database.app, (sql) => {
        const entries = new AuditRepository(sql);
        return { keys: new SigningKeysRepository(sql), audit: (entry: AuditEntry) => entries.add(uuidV7(now(), randomBytes(10)), now(), entry) };
      }),
      makeKey: () => newAccessTokenKey(box, randomBytes),
      now,
    }),
    follow: () => {
      looker = setInterval(() => void look(), LOOK_EVERY_MS);
      looker.unref();
      listener = listen(appUrl, 'auth_signing_keys', look, trouble);
    },
    unfollow: async () => {
      clearInterval(looker);
      await listener?.stop();
    },
  };
}
