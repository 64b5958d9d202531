import { asUser } from '../db/as-user.ts';
import type { Sql } from '../db/connection.ts';
import type { AuditEntry } from '../domain/audit-entry.ts';
import type { Mail } from '../domain/mail.ts';
import { SEAL_RANDOM_BYTES } from '../domain/secret-box.ts';
import { uuidV7 } from '../domain/uuid.ts';
import { AuditRepository } from '../features/audit/audit.repository.ts';
import { AuthRepository } from '../features/auth/auth.repository.ts';
import type { DevicesService } from '../features/auth/devices.service.ts';
import { SecondFactorSettingsService } from '../features/auth/second-factor-settings.service.ts';
import { SecondFactorRepository } from '../features/auth/second-factor.repository.ts';
import { SecondFactorService } from '../features/auth/second-factor.service.ts';
import { SessionsRepository } from '../features/auth/sessions.repository.ts';
import type { SessionsService } from '../features/auth/sessions.service.ts';
import { MailRepository } from '../features/mail/mail.repository.ts';
import type { Passwords } from '../passwords.ts';
import { totp } from '../totp.ts';
import type { Foundation } from './foundation.ts';

const contextOf = (userId: number): readonly string[] => ['second-factor', String(userId)];

/** Part of core: the codes that people sign in with besides their password. */
export function buildSecondFactor(foundation: Foundation): SecondFactorService {
  const { box, database, now } = foundation;
  const as = asUser(database.app);
  return new SecondFactorService({
    asUser: (userId, work) => as(userId, (sql) => work({ factors: new SecondFactorRepository(sql), audit: auditOf(foundation, sql) })),
    totp,
    openSecret: (userId, sealed) => box.open(sealed, contextOf(userId)),
    now,
  });
}

interface SecondFactorNeeds {
  readonly secondFactor: SecondFactorService;
  readonly sessions: SessionsService;
  readonly devices: DevicesService;
}

/** Part of core: what people change about them. */
export function buildSecondFactorSettings(foundation: Foundation, passwords: Passwords, { secondFactor, sessions, devices }: SecondFactorNeeds): SecondFactorSettingsService {
  const { box, config, database, now, randomBytes } = foundation;
  const as = asUser(database.app);
  return new SecondFactorSettingsService({
    secondFactor,
    people: new AuthRepository(database.app),
    passwords,
    sessions,
    devices,
    asUser: (userId, work) =>
      as(userId, (sql) => {
        const mails = new MailRepository(sql, { box, now, randomBytes });
        return work({
          factors: new SecondFactorRepository(sql),
          sessions: new SessionsRepository(sql),
          users: new AuthRepository(sql),
          audit: auditOf(foundation, sql),
          mail: (mail: Mail) => mails.add(mail),
        });
      }),
    totp,
    sealSecret: (userId, secret) => box.seal(secret, contextOf(userId), randomBytes(SEAL_RANDOM_BYTES)),
    issuer: new URL(config.publicUrl).hostname,
    now,
    randomBytes,
  });
}

function auditOf({ now, randomBytes }: Foundation, sql: Sql): (entry: AuditEntry) => Promise<void> {
  const entries = new AuditRepository(sql);
  return (entry) => entries.add(uuidV7(now(), randomBytes(10)), now(), entry);
}
