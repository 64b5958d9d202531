import { transactionOf } from '../db/as-user.ts';
import type { AuditEntry } from '../domain/audit-entry.ts';
import { uuidV7 } from '../domain/uuid.ts';
import { AuditRepository } from '../features/audit/audit.repository.ts';
import { SecondFactorRepository } from '../features/auth/second-factor.repository.ts';
import { SecondFactorService } from '../features/auth/second-factor.service.ts';
import { totp } from '../totp.ts';
import type { Foundation } from './foundation.ts';

/** Part of core: the codes that people sign in with besides their password. */
export function buildSecondFactor({ database, box, now, randomBytes }: Foundation): SecondFactorService {
  return new SecondFactorService({
    repository: new SecondFactorRepository(database.app),
    transaction: transactionOf(database.app, (sql) => {
      const entries = new AuditRepository(sql);
      return { factors: new SecondFactorRepository(sql), audit: (entry: AuditEntry) => entries.add(uuidV7(now(), randomBytes(10)), now(), entry) };
    }),
    totp,
    openSecret: (userId, sealed) => box.open(sealed, ['second-factor', String(userId)]),
    now,
  });
}
