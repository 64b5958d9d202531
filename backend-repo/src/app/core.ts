import { transactionOf } from '../db/as-user.ts';
import type { AuditEntry } from '../domain/audit-entry.ts';
import type { Mail } from '../domain/mail.ts';
import { uuidV7 } from '../domain/uuid.ts';
import { AppError } from '../errors.ts';
import { AuditRepository } from '../features/audit/audit.repository.ts';
import { AuthRepository } from '../features/auth/auth.repository.ts';
import { ACCESS_TOKEN_AUDIENCE, ACCESS_TOKEN_ISSUER, AuthService, type Principal } from '../features/auth/auth.service.ts';
import { AuthKeys } from '../features/auth/auth.state.ts';
import type { LoginGuard } from '../features/auth/login-guard.service.ts';
import type { SecondFactorSettingsService } from '../features/auth/second-factor-settings.service.ts';
import type { SecondFactorService } from '../features/auth/second-factor.service.ts';
import type { SignUpService } from '../features/auth/sign-up.service.ts';
import { MailRepository } from '../features/mail/mail.repository.ts';
import { peekJwt, signJwt, VerifiedTokenCache, verifyJwt } from '../jwt.ts';
import { createPasswords, type Passwords } from '../passwords.ts';
import { buildApiKeys, type ApiKeysPart } from './api-keys.ts';
import type { Foundation, RolePart } from './foundation.ts';
import { buildDevices, type DevicesPart } from './devices.ts';
import { buildLoginGuard, toRiskEvents } from './login-guard.ts';
import { buildSecondFactor, buildSecondFactorSettings } from './second-factor.ts';
import { buildAccessKeys, type AccessKeysPart } from './access-keys.ts';
import { buildSignUp } from './sign-up.ts';
import { buildSessionsService, buildSignIn, followEndedSessions, type SessionsPart } from './sessions.ts';

export interface CorePart extends SessionsPart, DevicesPart, RolePart {
  readonly auth: AuthService;
  readonly secondFactor: SecondFactorService;
  readonly secondFactorSettings: SecondFactorSettingsService;
  readonly apiKeys: ApiKeysPart;
  readonly loginGuard: LoginGuard;
  readonly signUp: SignUpService;
  readonly accessKeys: AccessKeysPart;
}

/** Core: what every process has. */
export async function buildCore(foundation: Foundation, given?: Passwords): Promise<CorePart> {
  const { config, database, box, logger, now, randomBytes } = foundation;
  const repository = new AuthRepository(database.app);
  const verified = new VerifiedTokenCache<Principal>();
  const keys = new AuthKeys(repository, box, randomBytes, () => verified.clear());
  await keys.start();
  const passwords = given ?? await createPasswords(() => new AppError('OVERLOADED', { retryAfter: 5 }));
  const secondFactor = buildSecondFactor(foundation);
  const apiKeys = buildApiKeys(foundation, passwords, secondFactor);
  const risk = toRiskEvents(foundation);
  const loginGuard = buildLoginGuard(foundation, risk);
  const endedSessions = followEndedSessions(foundation);
  const auth = new AuthService({
    repository,
    passwords,
    keys,
    sign: (claims, key) => signJwt(claims, 'JWT', { algorithm: 'RS256', kid: key.kid, key: key.privateKey }),
    verify: (token, keyOf, nowSeconds) => {
      const key = keyOf(peekJwt(token).kid ?? '');
      if (!key) return { ok: false, reason: 'invalid' };
      const expected = { type: 'JWT', issuer: ACCESS_TOKEN_ISSUER, audience: ACCESS_TOKEN_AUDIENCE, now: nowSeconds };
      return verifyJwt(token, { algorithm: 'RS256', key: key.publicKey }, expected);
    },
    hasEnded: (sessionId) => endedSessions.state.has(sessionId),
    cache: verified,
    transaction: transactionOf(database.app, (sql) => {
      const entries = new AuditRepository(sql);
      const mails = new MailRepository(sql, { box, now, randomBytes });
      return {
        users: new AuthRepository(sql),
        audit: (entry: AuditEntry) => entries.add(uuidV7(now(), randomBytes(10)), now(), entry),
        mail: (mail: Mail) => mails.add(mail),
      };
    }),
    now,
    newId: () => randomBytes(16).toString('base64url'),
  });
  const sessions = buildSessionsService(foundation, endedSessions.state, auth);
  const signUp = buildSignUp(foundation, passwords, loginGuard, sessions);
  const devices = buildDevices(foundation, { sessions, links: signUp, apiKeysChanged: apiKeys.changed, risk });
  const signIn = buildSignIn(foundation, passwords, { sessions, guard: loginGuard, secondFactor, reverification: devices.reverification, risk });
  const secondFactorSettings = buildSecondFactorSettings(foundation, passwords, { secondFactor, sessions, devices: devices.devices });
  const accessKeys = buildAccessKeys(foundation, keys);
  return {
    auth, secondFactor, secondFactorSettings, apiKeys, loginGuard, signUp, accessKeys, ...signIn, ...devices,
    notReady: () => null,
    start: async () => {
      if (config.adminAddresses.length === 0) logger.warn('the administration can be reached from everywhere until there is an ADMIN_IP_ALLOW_LIST');
      await apiKeys.follow();
      await endedSessions.follow();
      accessKeys.follow();
    },
    stop: async () => {
      await apiKeys.unfollow();
      await endedSessions.unfollow();
      await accessKeys.unfollow();
    },
  };
}
