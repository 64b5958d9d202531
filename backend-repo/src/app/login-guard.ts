import { transactionOf } from '../db/as-user.ts';
import { uuidV7 } from '../domain/uuid.ts';
import { AuditRepository } from '../features/audit/audit.repository.ts';
import { DevicesRepository } from '../features/auth/devices.repository.ts';
import { LoginGuardRepository } from '../features/auth/login-guard.repository.ts';
import { KnownDevices } from '../features/auth/known-devices.service.ts';
import { LoginGuard, type LoginRisk } from '../features/auth/login-guard.service.ts';
import { OriginGateway } from '../features/auth/origin.gateway.ts';
import { MailRepository } from '../features/mail/mail.repository.ts';
import { RiskWatchRepository } from '../features/risk/risk.repository.ts';
import type { Foundation } from './foundation.ts';

/** Part of core: what stands before login. */
export function buildLoginGuard(foundation: Foundation, risk: (risk: LoginRisk) => void): LoginGuard {
  const { config, database, box, now, randomBytes } = foundation;
  return new LoginGuard({
    repository: new LoginGuardRepository(database.app),
    transaction: transactionOf(database.app, (sql) => {
      const entries = new AuditRepository(sql);
      const mails = new MailRepository(sql, { box, now, randomBytes });
      return {
        guard: new LoginGuardRepository(sql),
        devices: new DevicesRepository(sql),
        audit: (entry) => entries.add(uuidV7(now(), randomBytes(10)), now(), entry),
        mail: (mail) => mails.add(mail),
      };
    }),
    origins: new OriginGateway(config.security.vpnRangesFile),
    devices: new KnownDevices({ rules: config.security, publicUrl: config.publicUrl, randomBytes }),
    rules: config.security,
    risk,
    resetPage: `${config.publicUrl}/reset`,
    now,
  });
}

/** Where role trading does not run, nobody looks at risk events: the audit log has it. */
export function toRiskEvents({ config, database, logger, metrics, now, randomBytes }: Foundation): (risk: LoginRisk) => void {
  if (!config.roles.includes('trading')) return () => undefined;
  const events = new RiskWatchRepository(database.writer);
  return ({ kind, severity, userId, description, metadata }) => {
    const told = { kind, symbol: null, eventType: 'LOGIN', severity, userId, description, metadata, reference: uuidV7(now(), randomBytes(10)) } as const;
    metrics.riskEvent(kind, severity);
    events.tell(told, now()).catch((error: unknown) => logger.error({ error }, 'a risk of signing in was not recorded'));
  };
}
