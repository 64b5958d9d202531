import { transactionOf } from '../db/as-user.ts';
import type { Sql } from '../db/connection.ts';
import { listen, type Listener } from '../db/listen.ts';
import type { AuditEntry } from '../domain/audit-entry.ts';
import type { Mail } from '../domain/mail.ts';
import { uuidV7 } from '../domain/uuid.ts';
import { AccountSettingsService, type SettingsTables } from '../features/auth/account-settings.service.ts';
import { AuditRepository } from '../features/audit/audit.repository.ts';
import { AuthRepository } from '../features/auth/auth.repository.ts';
import type { AuthService } from '../features/auth/auth.service.ts';
import type { LoginGuard, LoginRisk } from '../features/auth/login-guard.service.ts';
import { LoginService } from '../features/auth/login.service.ts';
import type { SecondFactorService } from '../features/auth/second-factor.service.ts';
import type { ReverificationService } from '../features/auth/reverification.service.ts';
import { RenewalsService } from '../features/auth/renewals.service.ts';
import { SessionsRepository } from '../features/auth/sessions.repository.ts';
import { SessionsService, type SessionTables } from '../features/auth/sessions.service.ts';
import { EndedSessions } from '../features/auth/sessions.state.ts';
import { MailRepository } from '../features/mail/mail.repository.ts';
import type { Passwords } from '../passwords.ts';
import { tellBooks } from './books.ts';
import type { Foundation } from './foundation.ts';
import { BREACHED_PASSWORDS } from './sign-up.ts';

/** A notice that was lost is made up for. */
const LOOK_EVERY_MS = 5_000;

export interface FollowedEnds {
  readonly state: EndedSessions;
  /** Learns of sessions that end on any node. */
  readonly follow: () => Promise<void>;
  readonly unfollow: () => Promise<void>;
}

/** Part of core: the sessions that ended, in this node's memory. */
export function followEndedSessions({ database, appUrl, logger, clock }: Foundation): FollowedEnds {
  const state = new EndedSessions(new SessionsRepository(database.app), clock);
  const trouble = (error: unknown): void => logger.warn({ error }, 'which sessions ended could not be read; trying again');
  let listener: Listener | null = null;
  let looker: NodeJS.Timeout | undefined;
  return {
    state,
    follow: async () => {
      await state.refresh();
      looker = setInterval(() => void state.refresh().catch(trouble), LOOK_EVERY_MS);
      looker.unref();
      listener = listen(appUrl, 'auth_sessions', () => state.refresh(), trouble);
    },
    unfollow: async () => {
      clearInterval(looker);
      await listener?.stop();
    },
  };
}

export interface SessionsPart {
  readonly logins: LoginService;
  readonly sessions: SessionsService;
  readonly renewals: RenewalsService;
  readonly settings: AccountSettingsService;
}

/** Part of core: who is signed in where. */
export function buildSessionsService(foundation: Foundation, ended: EndedSessions, auth: AuthService): SessionsService {
  const { database, box, now, randomBytes } = foundation;
  return new SessionsService({
    transaction: sessionTransaction(foundation),
    repository: new SessionsRepository(database.app),
    ended: (sessionIds) => ended.add(sessionIds),
    accessToken: (holder) => auth.accessToken(holder),
    secrets: { box, randomBytes },
    newId: () => uuidV7(now(), randomBytes(10)),
    now,
  });
}

interface SignInDeps {
  readonly sessions: SessionsService;
  readonly guard: LoginGuard;
  readonly secondFactor: SecondFactorService;
  readonly reverification: ReverificationService;
  readonly risk: (risk: LoginRisk) => void;
}

/** Part of core: signing in and staying signed in, and what people change about their own account. */
export function buildSignIn(foundation: Foundation, passwords: Passwords, { sessions, guard, secondFactor, reverification, risk }: SignInDeps): SessionsPart {
  const { config, database, box, now, randomBytes } = foundation;
  const transaction = sessionTransaction(foundation);
  const users = new AuthRepository(database.app);
  return {
    sessions,
    renewals: new RenewalsService({ transaction, repository: new SessionsRepository(database.app), sessions, secrets: { box, randomBytes }, risk, graceSeconds: config.refreshGraceSeconds, now }),
    logins: new LoginService({ users, passwords, guard, secondFactor, reverification, sessions, now }),
    settings: new AccountSettingsService({ users, passwords, breached: BREACHED_PASSWORDS, secondFactor, sessions, transaction: settingsTransaction(foundation), secrets: { box, randomBytes }, now }),
  };
}

function sessionTransaction(foundation: Foundation): <T>(work: (tables: SessionTables) => Promise<T>) => Promise<T> {
  return transactionOf(foundation.database.app, sessionTables(foundation));
}

function settingsTransaction(foundation: Foundation): <T>(work: (tables: SettingsTables) => Promise<T>) => Promise<T> {
  const [tables, tellOn] = [sessionTables(foundation), tellBooks(foundation)];
  return transactionOf(foundation.database.app, (sql) => ({ ...tables(sql), tell: tellOn(sql) }));
}

function sessionTables({ box, now, randomBytes }: Foundation): (sql: Sql) => SessionTables {
  return (sql) => {
    const entries = new AuditRepository(sql);
    const mails = new MailRepository(sql, { box, now, randomBytes });
    return {
      sessions: new SessionsRepository(sql),
      users: new AuthRepository(sql),
      audit: (entry: AuditEntry) => entries.add(uuidV7(now(), randomBytes(10)), now(), entry),
      mail: (mail: Mail) => mails.add(mail),
    };
  };
}
