import { hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { transactionOf } from '../db/as-user.ts';
import { uuidV7 } from '../domain/uuid.ts';
import { AuditRepository } from '../features/audit/audit.repository.ts';
import { AuthRepository } from '../features/auth/auth.repository.ts';
import { DevicesRepository } from '../features/auth/devices.repository.ts';
import { LoginGuardRepository } from '../features/auth/login-guard.repository.ts';
import type { LoginGuard } from '../features/auth/login-guard.service.ts';
import { ProofOfWorkGateway } from '../features/auth/proof-of-work.gateway.ts';
import { SessionsRepository } from '../features/auth/sessions.repository.ts';
import type { SessionsService } from '../features/auth/sessions.service.ts';
import { SignUpRepository } from '../features/auth/sign-up.repository.ts';
import { SignUpService } from '../features/auth/sign-up.service.ts';
import { MailRepository } from '../features/mail/mail.repository.ts';
import type { Passwords } from '../passwords.ts';
import type { Foundation } from './foundation.ts';

/** Passwords that guessers try first, as docs/decisions/0023 says. */
export const BREACHED_PASSWORDS: ReadonlySet<string> = new Set(readFileSync(new URL('../features/auth/breached-passwords.txt', import.meta.url), 'utf8').split('\n'));

/** Part of core: opening an account, and finding the way back into one. */
export function buildSignUp({ config, database, box, now, randomBytes }: Foundation, passwords: Passwords, guard: LoginGuard, sessions: SessionsService): SignUpService {
  // Each kind of thing that JWT_SECRET signs has a key of its own.
  const keyFor = (purpose: string): string => Buffer.from(hkdfSync('sha256', config.jwtSecret, '', purpose, 32)).toString('hex');
  return new SignUpService({
    repository: new SignUpRepository(database.app),
    transaction: transactionOf(database.app, (sql) => {
      const entries = new AuditRepository(sql);
      const mails = new MailRepository(sql, { box, now, randomBytes });
      return {
        people: new SignUpRepository(sql),
        users: new AuthRepository(sql),
        sessions: new SessionsRepository(sql),
        guard: new LoginGuardRepository(sql),
        devices: new DevicesRepository(sql),
        audit: (entry) => entries.add(uuidV7(now(), randomBytes(10)), now(), entry),
        mail: (mail) => mails.add(mail),
      };
    }),
    proofs: new ProofOfWorkGateway({ challenge: keyFor('captcha challenge'), solution: keyFor('captcha solution') }, config.security.captchaCost, now),
    passwords,
    breached: BREACHED_PASSWORDS,
    sessions,
    guard,
    pause,
    publicUrl: config.publicUrl,
    randomBytes,
    now,
  });
}
