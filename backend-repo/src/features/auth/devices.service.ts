import type { Actor, AuditEntry } from '../../domain/audit-entry.ts';
import { AppError } from '../../errors.ts';
import type { ApiKeysRepository } from './api-keys.repository.ts';
import type { DeviceRow, DevicesRepository } from './devices.repository.ts';
import { secretHash } from './known-devices.service.ts';
import type { LoginRisk } from './login-guard.service.ts';
import type { ReverificationService, ReverificationTables } from './reverification.service.ts';
import type { SessionsService } from './sessions.service.ts';

export interface DevicesTables extends ReverificationTables {
  readonly devices: DevicesRepository;
  readonly keysOf: (userId: number) => Promise<Pick<ApiKeysRepository, 'revokeSince'>>;
}

export interface DevicesDeps {
  readonly repository: DevicesRepository;
  readonly transaction: <T>(work: (tables: DevicesTables) => Promise<T>) => Promise<T>;
  readonly sessions: Pick<SessionsService, 'endDevice' | 'followEnds'>;
  readonly reverification: Pick<ReverificationService, 'forceIn' | 'tellOf'>;
  /** This node knows of it at once; the others are told by the database. */
  readonly apiKeysChanged: () => Promise<void>;
  readonly risk: (risk: LoginRisk) => void;
  readonly requireDeviceVerification: boolean;
  readonly now: () => number;
}

export interface DeviceView {
  readonly id: number;
  readonly name: string | null;
  readonly ip: string | null;
  readonly country: string | null;
  readonly created_at: string;
  readonly last_seen_at: string;
  readonly confirmed: boolean;
  readonly current: boolean;
}

export type DeviceDecision = 'confirm' | 'deny';

/** What people do about their devices (decision 0027). */
export class DevicesService {
  readonly #deps: DevicesDeps;

  constructor(deps: DevicesDeps) {
    this.#deps = deps;
  }

  /** Whether its owner has confirmed the device that this session was opened on. */
  async deviceConfirmed(sessionId: string): Promise<boolean> {
    return !this.#deps.requireDeviceVerification || (await this.#deps.repository.ofSession(sessionId)).confirmed;
  }

  /** @throws AppError DEVICE_NOT_CONFIRMED */
  async requireConfirmed(sessionId: string): Promise<void> {
    if (!(await this.deviceConfirmed(sessionId))) throw new AppError('DEVICE_NOT_CONFIRMED');
  }

  async list(userId: number, sessionId: string | null): Promise<DeviceView[]> {
    const { repository } = this.#deps;
    const current = sessionId === null ? null : (await repository.ofSession(sessionId)).id;
    return (await repository.list(userId)).map((row) => viewOf(row, current));
  }

  /** @throws AppError DEVICE_NOT_FOUND, for somebody else's as well */
  async rename(userId: number, id: number, name: string | null): Promise<void> {
    if (!(await this.#deps.repository.rename(userId, id, name))) throw new AppError('DEVICE_NOT_FOUND');
  }

  /**
   * Signs out what is signed in there. From a device that is not confirmed only that device itself: whoever has the password only does not take away what
   * its owner confirmed.
   * @throws AppError DEVICE_NOT_FOUND, for somebody else's as well; DEVICE_NOT_CONFIRMED
   */
  async forget(userId: number, id: number, sessionId: string, actor: Actor): Promise<{ sessions_ended: number }> {
    const { transaction, sessions, repository } = this.#deps;
    if ((await repository.ofSession(sessionId)).id !== id) await this.requireConfirmed(sessionId);
    const ended = await transaction(async (tables) => {
      if (!(await tables.devices.forget(userId, id))) throw new AppError('DEVICE_NOT_FOUND');
      await tables.audit({ actor, action: 'device.forgotten', subject: subjectOf(id) });
      return sessions.endDevice(tables, userId, id, 'device_forgotten', actor);
    });
    sessions.followEnds(ended);
    return { sessions_ended: ended.length };
  }

  /**
   * What the owner said to the mail about a new device. Whoever has the link is taken for the owner.
   * @throws AppError LINK_INVALID
   */
  async decide(token: string, decision: DeviceDecision, caller: { readonly ip: string; readonly requestId: string }): Promise<{ decision: DeviceDecision }> {
    if (decision === 'confirm') await this.#confirm(token, caller);
    else await this.#deny(token, caller);
    return { decision };
  }

  async #confirm(token: string, caller: { readonly ip: string; readonly requestId: string }): Promise<void> {
    await this.#deps.transaction(async ({ devices, audit }) => {
      const device = await devices.confirm(secretHash(token), this.#now());
      if (!device) throw new AppError('LINK_INVALID');
      await audit({ actor: { kind: 'user', id: String(device.userId), ...caller }, action: 'device.confirmed', subject: subjectOf(device.id) });
    });
  }

  /** Somebody else knows the password: nobody signs in until the owner has set a new one, and no key that they may have made opens anything. */
  async #deny(token: string, caller: { readonly ip: string; readonly requestId: string }): Promise<void> {
    const { transaction, sessions, reverification, apiKeysChanged, risk } = this.#deps;
    const { userId, ended, forced, revoked } = await transaction(async (tables) => {
      const device = await tables.devices.deny(secretHash(token), this.#now());
      if (!device) throw new AppError('LINK_INVALID');
      const { id, userId, since } = device;
      const actor = { kind: 'user', id: String(userId), ...caller } as const;
      await tables.audit({ actor, action: 'device.denied', subject: subjectOf(id) });
      const ended = await sessions.endDevice(tables, userId, id, 'device_denied', actor);
      const forced = await reverification.forceIn(tables, userId, 'device_denied', actor);
      return { userId, ended, forced, revoked: await this.#revokeKeys(tables, userId, since, actor) };
    });
    await apiKeysChanged();
    sessions.followEnds([...ended, ...(forced ?? [])]);
    risk({ kind: 'device_denied', severity: 'HIGH', userId, description: 'The owner says that a device which signed in with their password is not theirs.', metadata: { sessions_ended: ended.length, api_keys_revoked: revoked } });
    if (forced) reverification.tellOf(userId, 'device_denied');
  }

  /** After the account is held: keys that were being made have been waited for, and none is made any more. @returns how many */
  async #revokeKeys({ keysOf, audit }: DevicesTables, userId: number, since: Date, actor: Actor): Promise<number> {
    const revoked = await (await keysOf(userId)).revokeSince(since, this.#now());
    for (const { id, name } of revoked) await audit({ actor, action: 'api_key.revoked', subject: { kind: 'api_key', id }, reason: 'device_denied', before: { name } });
    return revoked.length;
  }

  #now(): Date {
    return new Date(this.#deps.now());
  }
}

const subjectOf = (id: number): AuditEntry['subject'] => ({ kind: 'device', id: String(id) });

function viewOf({ id, name, ip, country, created_at, last_seen_at, confirmed_at }: DeviceRow, current: number | null): DeviceView {
  return { id, name, ip, country, created_at: created_at.toISOString(), last_seen_at: last_seen_at.toISOString(), confirmed: confirmed_at !== null, current: id === current };
}
