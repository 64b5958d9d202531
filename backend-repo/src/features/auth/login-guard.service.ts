import type { Actor, AuditEntry } from '../../domain/audit-entry.ts';
import { accountThreshold, accountWaitAfter, lineOf, networkOf, waitAfter, type GuardRules } from '../../domain/login-backoff.ts';
import { AppError } from '../../errors.ts';
import type { SeenFrom } from './devices.repository.ts';
import { secretHash, type DeviceTables, type KnownDevice, type KnownDevices } from './known-devices.service.ts';
import type { LockName, LoginGuardRepository, Situation } from './login-guard.repository.ts';
import type { Origin } from './origin.gateway.ts';

/** What the venue's staff should see of signing in. */
export interface LoginRisk {
  readonly kind: 'login_lockout' | 'address_block' | 'vpn_login' | 'device_denied' | 'refresh_token_reused' | 'reverification';
  readonly severity: 'LOW' | 'MEDIUM' | 'HIGH';
  readonly userId: number | null;
  readonly description: string;
  readonly metadata: Record<string, string | number | null>;
}

export interface LoginAttempt {
  readonly email: string;
  readonly ip: string;
  /** The secret that `succeeded` gave to this device once. */
  readonly device?: string | null | undefined;
  readonly requestId?: string | undefined;
  readonly userAgent?: string | undefined;
}

/** What was wrong: for the log alone, no answer tells it. */
export type FailureReason = 'invalid_password' | 'unknown_account' | 'invalid_code';

export type Admission =
  | { readonly admitted: true }
  /** The same whether or not somebody has the address. */
  | { readonly admitted: false; readonly code: 'LOGIN_LOCKED' | 'COUNTRY_NOT_ALLOWED'; readonly retryAfter: number | undefined };

export interface GuardTables extends DeviceTables {
  readonly guard: LoginGuardRepository;
  readonly audit: (entry: AuditEntry) => Promise<void>;
}

export interface LoginGuardDeps {
  readonly repository: LoginGuardRepository;
  readonly transaction: <T>(work: (tables: GuardTables) => Promise<T>) => Promise<T>;
  readonly origins: { of: (ip: string) => Origin };
  readonly devices: KnownDevices;
  readonly rules: GuardRules;
  readonly risk: (risk: LoginRisk) => void;
  readonly resetPage: string;
  readonly now: () => number;
}

const DAY_MS = 86_400_000;
const USER_AGENT_CHARACTERS_MAX = 300;
const ENDPOINT = '/api/auth/login';

interface CountedFailure {
  readonly name: LockName;
  readonly failures: number;
  readonly lockedUntil: Date | null;
}

/**
 * Stands before login (rule A8, decision 0023). Each attempt is admitted first, and then told of as failed or succeeded. Strangers slow down
 * strangers: a device that the account knows is counted by itself, and so its owner always gets in.
 */
export class LoginGuard {
  readonly #deps: LoginGuardDeps;

  constructor(deps: LoginGuardDeps) {
    this.#deps = deps;
  }

  async admit(attempt: LoginAttempt): Promise<Admission> {
    const { repository, now } = this.#deps;
    const at = new Date(now());
    const situation = await repository.situation(attempt.email, hashOf(attempt.device), lineOf(attempt.ip), at);
    if (!this.#mayComeFrom(this.#deps.origins.of(attempt.ip))) return this.#refuse(attempt, situation, 'COUNTRY_NOT_ALLOWED', null);
    if (situation.blockedUntil && !situation.knownDevice) return this.#refuse(attempt, situation, 'LOGIN_LOCKED', situation.blockedUntil);
    for (const name of this.#locksOf(attempt, situation)) {
      const until = await repository.open(name, this.#thresholdOf(name), at);
      if (until) return this.#refuse(attempt, situation, 'LOGIN_LOCKED', until);
    }
    return { admitted: true };
  }

  /** For what an address that is blocked may not do either. @throws AppError LOGIN_LOCKED */
  async requireUnblocked(ip: string): Promise<void> {
    const until = await this.#deps.repository.blockedUntil(lineOf(ip), new Date(this.#deps.now()));
    if (until) throw new AppError('LOGIN_LOCKED', { retryAfter: this.#secondsTo(until) });
  }

  /** The password, or the code, was wrong. @param attempt as it was admitted; `userId` null: nobody has the address */
  async failed(attempt: LoginAttempt & { readonly userId: number | null }, reason: FailureReason): Promise<void> {
    const at = new Date(this.#deps.now());
    const risks = await this.#deps.transaction(async (tables) => {
      const situation = await tables.guard.situation(attempt.email, hashOf(attempt.device), lineOf(attempt.ip), at);
      const counted: CountedFailure[] = [];
      for (const name of this.#locksOf(attempt, situation)) counted.push({ name, ...(await tables.guard.countFailure(name, at)) });
      // Of the network, or of the device that is known: the first of the locks.
      const after = { ...this.#details(attempt), failure_reason: reason, attempt_count: counted[0]!.failures };
      await tables.audit({ ...lineAbout(attempt.userId, situation.account, attempt), action: 'login.failed', after });
      const risks: LoginRisk[] = [];
      for (const failure of counted) risks.push(...(await this.#lockAfter(tables, failure, attempt, at)));
      return [...risks, ...(await this.#countAddress(tables, attempt, situation, at))];
    });
    for (const risk of risks) this.#deps.risk(risk);
  }

  /**
   * The password was right, and something else stops it: whoever got so far has the password, and comes again at once with what is missing. What failed
   * before still counts. @param code what the caller is told
   */
  async challenged({ userId, ...attempt }: LoginAttempt & { readonly userId: number }, code: string): Promise<void> {
    const about = { kind: 'user', id: String(userId) } as const;
    const entry = { actor: { ...about, ip: attempt.ip, requestId: attempt.requestId }, action: 'login.challenged', subject: about, after: { ...this.#details(attempt), code } };
    await this.#deps.transaction(async ({ guard, audit }) => {
      await this.#leave(guard, attempt);
      await audit(entry);
    });
  }

  /** As `challenged`, for what is put on record elsewhere. */
  async stopped(attempt: LoginAttempt): Promise<void> {
    await this.#deps.transaction(({ guard }) => this.#leave(guard, attempt));
  }

  /** @returns the device as the account knows it from now on, with the secret that the client is to keep */
  async succeeded({ userId, ip, device, deviceName, requestId }: { userId: number; ip: string; device?: string | null | undefined; deviceName?: string | undefined; requestId?: string | undefined }): Promise<{ newDevice: boolean; device: KnownDevice }> {
    const { transaction, devices, origins } = this.#deps;
    const origin = origins.of(ip);
    const result = await transaction(async (tables) => {
      const person = await tables.guard.findPerson(userId);
      if (!person) throw new Error(`There is no user ${userId} to sign in.`);
      const met = await devices.meet(tables, { id: userId, email: person.email }, { secret: device ?? null, name: deviceName, seen: this.#seenFrom(ip) });
      for (const name of locksOf(person.account, ip, met.newDevice ? null : hashOf(device))) await tables.guard.closeRight(name);
      await tables.audit({
        actor: { kind: 'user', id: String(userId), ip, requestId }, action: 'login.succeeded', subject: { kind: 'user', id: String(userId) }, after: { ...this.#traits(ip), newDevice: met.newDevice },
      });
      return met;
    });
    if (this.#isVpn(origin)) this.#deps.risk({ kind: 'vpn_login', severity: 'LOW', userId, description: 'Signed in through a VPN.', metadata: { address: ip, country: origin.country } });
    return result;
  }

  /** For whoever has shown that they read the owner's mail: nothing that strangers did keeps them out, on this device. */
  async trust(tables: Pick<GuardTables, 'guard' | 'devices'>, userId: number, ip: string): Promise<KnownDevice> {
    await tables.guard.forgive(userId, new Date(this.#deps.now()));
    return this.#deps.devices.trust(tables, userId, this.#seenFrom(ip));
  }

  async purge(): Promise<void> {
    await this.#deps.repository.purge(new Date(this.#deps.now()));
  }

  #seenFrom(ip: string): SeenFrom {
    return { ip, country: this.#deps.origins.of(ip).country, now: new Date(this.#deps.now()) };
  }

  /** Gives back the places that `admit` took. */
  async #leave(guard: LoginGuardRepository, attempt: LoginAttempt): Promise<void> {
    const situation = await guard.situation(attempt.email, hashOf(attempt.device), lineOf(attempt.ip), new Date(this.#deps.now()));
    for (const name of this.#locksOf(attempt, situation)) await guard.leave(name);
  }

  async #lockAfter(tables: GuardTables, { name, failures, lockedUntil }: CountedFailure, { ip, userId, requestId }: LoginAttempt & { readonly userId: number | null }, at: Date): Promise<LoginRisk[]> {
    const { rules } = this.#deps;
    const backoff = { threshold: rules.failedLoginThreshold, lockoutSeconds: rules.lockoutSeconds };
    const wait = name.scope === 'account' ? accountWaitAfter(failures, backoff) : waitAfter(failures, backoff);
    const until = new Date(at.getTime() + wait * 1_000);
    // One that was let in beside others may fail after the lock they brought about, and does not make it longer.
    const locksOut = name.scope !== 'account' && failures >= rules.failedLoginThreshold;
    if (wait === 0 || (lockedUntil && lockedUntil > at && !(locksOut && failures === rules.failedLoginThreshold))) return [];
    await tables.guard.lock(name, until);
    if (!locksOut) return [];
    const metadata = { address: ip, network: networkOf(ip), failures, until: until.toISOString() };
    await tables.audit({ ...lineAbout(userId, name.account, { ip, requestId }), action: 'login.locked_out', after: metadata });
    // One mail, however many strangers try at once.
    const first = name.scope === 'source' && (await tables.guard.lockedSources(name.account, at, rules.failedLoginThreshold)) === 1;
    const person = userId !== null && first ? await tables.guard.findPerson(userId) : null;
    if (person) await tables.mail({ to: person.email, template: 'locked-out', data: { until: until.getTime(), resetUrl: this.#deps.resetPage } });
    return [{ kind: 'login_lockout', severity: 'MEDIUM', userId, description: `${failures} sign-ins in a row failed from one network.`, metadata }];
  }

  async #countAddress({ guard, audit }: GuardTables, { ip, requestId }: LoginAttempt, { blockedUntil }: Situation, at: Date): Promise<LoginRisk[]> {
    const { suspiciousIpThreshold, ipBlockSeconds } = this.#deps.rules;
    if (blockedUntil) return [];
    const address = lineOf(ip);
    const failures = await guard.addFailureOfAddress(address, at, new Date(at.getTime() - DAY_MS));
    const until = new Date(at.getTime() + ipBlockSeconds * 1_000);
    if (failures < suspiciousIpThreshold || !(await guard.blockAddress(address, at, until))) return [];
    const metadata = { address, failures, until: until.toISOString() };
    await audit({ actor: guardActor({ ip, requestId }), action: 'login.address_blocked', subject: { kind: 'address', id: address }, after: metadata });
    return [{ kind: 'address_block', severity: 'HIGH', userId: null, description: `${failures} sign-ins failed from one address within a day.`, metadata }];
  }

  async #refuse(attempt: LoginAttempt, { account }: Situation, code: 'LOGIN_LOCKED' | 'COUNTRY_NOT_ALLOWED', until: Date | null): Promise<Admission> {
    await this.#deps.transaction(({ audit }) => audit({ ...lineAbout(null, account, attempt), action: 'login.refused', after: { ...this.#details(attempt), code, ...(code === 'LOGIN_LOCKED' && { failure_reason: 'locked' }) } }));
    return { admitted: false, code, retryAfter: until === null ? undefined : this.#secondsTo(until) };
  }

  #secondsTo(until: Date): number {
    return Math.max(1, Math.ceil((until.getTime() - this.#deps.now()) / 1_000));
  }

  #mayComeFrom({ country, isPrivate }: Origin): boolean {
    const { allowedCountries, allowPrivateAddresses } = this.#deps.rules;
    return isPrivate ? allowPrivateAddresses : country !== null && allowedCountries.includes(country);
  }

  #isVpn(origin: Origin): boolean {
    return this.#deps.rules.vpnDetection && origin.isVpn;
  }

  #traits(ip: string): object {
    const origin = this.#deps.origins.of(ip);
    return { country: origin.country, ...(this.#isVpn(origin) && { vpn: true }) };
  }

  /** What spec/4's securityLog says of an attempt, beside who, whence and when. */
  #details({ ip, userAgent }: LoginAttempt): object {
    return { ...this.#traits(ip), user_agent: userAgent?.slice(0, USER_AGENT_CHARACTERS_MAX), endpoint: ENDPOINT };
  }

  #locksOf({ device, ip }: LoginAttempt, { account, knownDevice }: Situation): LockName[] {
    return locksOf(account, ip, knownDevice ? hashOf(device) : null);
  }

  #thresholdOf({ scope }: LockName): number {
    const { failedLoginThreshold: threshold, lockoutSeconds } = this.#deps.rules;
    return scope === 'account' ? accountThreshold({ threshold, lockoutSeconds }) : threshold;
  }
}

function locksOf(account: string, ip: string, knownHash: Buffer | null): LockName[] {
  if (knownHash) return [{ scope: 'device', key: `${account}|${knownHash.toString('hex')}`, account }];
  return [{ scope: 'source', key: `${account}|${networkOf(ip)}`, account }, { scope: 'account', key: account, account }];
}

const hashOf = (secret: string | null | undefined): Buffer | null => (secret ? secretHash(secret) : null);

const guardActor = ({ ip, requestId }: { ip: string; requestId?: string | undefined }): Actor => ({ kind: 'system', id: 'login', ip, requestId });

/** Nobody has proven to be anybody yet. An address that nobody has is told apart by its digest alone. */
function lineAbout(userId: number | null, account: string, attempt: { ip: string; requestId?: string | undefined }): Pick<AuditEntry, 'actor' | 'subject'> {
  return { actor: guardActor(attempt), subject: userId === null ? { kind: 'account', id: account.slice(0, 16) } : { kind: 'user', id: String(userId) } };
}
