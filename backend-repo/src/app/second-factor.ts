import { transactionOf } from '../db/as-user.ts';
import type { AuditEntry } from '../domain/audit-entry.ts';
import type { Mail } from '../domain/mail.ts';
import { SEAL_RANDOM_BYTES } from '../domain/secret-box.ts';
import { uuidV7 } from '../domain/uuid.ts';
import { AuditRepository } from '../features/audit/audit.repository.ts';
import { AuthRepository } from '../features/auth/auth.repository.ts';
import { SecondFactorRepository } from '../features/auth/second-factor.repository.ts';
import { SecondFactorService } from '../features/auth/second-factor.service.ts';
import { MailRepository } from '../features/mail/mail.repository.ts';
import type { Passwords } from '../passwords.ts';
import { totp } from '../totp.ts';
import type { Foundation } from './foundation.ts';

/** Part of core: the codes that people sign in with besides their password. */
export function buildSecondFactor({ config, database, box, now, randomBytes }: Foundation, passwords: Passwords): SecondFactorService {
  const contextOf = (userId: number): readonly string[] => ['second-factor', String(userId)];
  return new SecondFactorService({
    repository: new SecondFactorRepository(database.app),
    people: new AuthRepository(database.app),
    passwordMatches: (hash, password) => passwords.matches(hash, password),
    transaction: transactionOf(database.app, (sql) => {
      const entries = new AuditRepository(sql);
      const mails = new MailRepository(sql, { box, now, randomBytes });
      return {
        factors: new SecondFactorRepository(sql),
        audit: (entry: AuditEntry) => entries.add(uuidV7(now(), randomBytes(10)), now(), entry),
        mail: (mail: Mail) => mails.add(mail),
      };
    }),
    totp,
    sealSecret: (userId, secret) => box.seal(secret, contextOf(userId), randomBytes(SEAL_RANDOM_BYTES)),
    openSecret: (userId, sealed) => box.open(sealed, contextOf(userId)),
    issuer: new URL(config.publicUrl).hostname,
    now,
    randomBytes,
  });
}
