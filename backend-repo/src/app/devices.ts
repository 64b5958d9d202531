import { becomeUser, transactionOf } from '../db/as-user.ts';
import { uuidV7 } from '../domain/uuid.ts';
import { AuditRepository } from '../features/audit/audit.repository.ts';
import { ApiKeysRepository } from '../features/auth/api-keys.repository.ts';
import { AuthRepository } from '../features/auth/auth.repository.ts';
import { DevicesRepository } from '../features/auth/devices.repository.ts';
import { DevicesService, type DevicesTables } from '../features/auth/devices.service.ts';
import { LocksService } from '../features/auth/locks.service.ts';
import { LoginGuardRepository } from '../features/auth/login-guard.repository.ts';
import type { GuardTables, LoginRisk } from '../features/auth/login-guard.service.ts';
import { ReverificationRepository } from '../features/auth/reverification.repository.ts';
import { ReverificationService } from '../features/auth/reverification.service.ts';
import { SessionsRepository } from '../features/auth/sessions.repository.ts';
import type { SessionsService } from '../features/auth/sessions.service.ts';
import { SignUpRepository } from '../features/auth/sign-up.repository.ts';
import type { SignUpService } from '../features/auth/sign-up.service.ts';
import { MailRepository } from '../features/mail/mail.repository.ts';
import type { Foundation } from './foundation.ts';

export interface DevicesPart {
  readonly devices: DevicesService;
  readonly reverification: ReverificationService;
  readonly locks: LocksService;
}

interface DevicesNeeds {
  readonly sessions: SessionsService;
  readonly links: SignUpService;
  readonly apiKeysChanged: () => Promise<void>;
  readonly risk: (risk: LoginRisk) => void;
}

/** Part of core: what people say about their devices, what follows when one is not theirs, and what staff lifts of it. */
export function buildDevices({ config, database, box, now, randomBytes }: Foundation, { sessions, links, apiKeysChanged, risk }: DevicesNeeds): DevicesPart {
  const transaction = transactionOf(database.app, (sql): DevicesTables & Pick<GuardTables, 'guard'> => {
    const entries = new AuditRepository(sql);
    const mails = new MailRepository(sql, { box, now, randomBytes });
    return {
      devices: new DevicesRepository(sql),
      keysOf: async (userId) => {
        await becomeUser(sql, userId);
        return new ApiKeysRepository(sql);
      },
      guard: new LoginGuardRepository(sql),
      reverification: new ReverificationRepository(sql),
      people: new SignUpRepository(sql),
      users: new AuthRepository(sql),
      sessions: new SessionsRepository(sql),
      audit: (entry) => entries.add(uuidV7(now(), randomBytes(10)), now(), entry),
      mail: (mail) => mails.add(mail),
    };
  });
  const reverification = new ReverificationService({ transaction, sessions, links, risk, resetPage: `${config.publicUrl}/reset`, now });
  const { requireDeviceVerification } = config.security;
  return {
    reverification,
    devices: new DevicesService({ repository: new DevicesRepository(database.app), transaction, sessions, reverification, apiKeysChanged, risk, requireDeviceVerification, now }),
    locks: new LocksService({ transaction, now }),
  };
}
