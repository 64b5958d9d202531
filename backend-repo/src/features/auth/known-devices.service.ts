import { createHash } from 'node:crypto';
import type { Mail } from '../../domain/mail.ts';
import type { DevicesRepository, SeenFrom } from './devices.repository.ts';

export interface KnownDevice {
  readonly id: number;
  /** Goes to the client, which shows it with the next login: cookie `device`, or the body. */
  readonly secret: string;
}

export interface DeviceTables {
  readonly devices: DevicesRepository;
  readonly mail: (mail: Mail) => Promise<void>;
}

export interface KnownDevicesDeps {
  readonly rules: { readonly requireDeviceVerification: boolean; readonly devicesPerUserMax: number };
  readonly publicUrl: string;
  readonly randomBytes: (bytes: number) => Buffer;
}

/** What a device shows of itself when its owner, or somebody, signs in. */
export interface DeviceShown {
  readonly secret: string | null;
  readonly name: string | undefined;
  readonly seen: SeenFrom;
}

const SECRET_BYTES = 32;
export const LINK_MINUTES = 30;

/** By which devices an account is met again, and which of them its owner has confirmed (rules A8, A10 and A13, decision 0027). */
export class KnownDevices {
  readonly #deps: KnownDevicesDeps;

  constructor(deps: KnownDevicesDeps) {
    this.#deps = deps;
  }

  /**
   * For whoever has signed in. A device that is new is told of by mail; unless it is the account's first, its owner confirms it there. Whoever comes
   * again with one that waits gets another link when the last one is over.
   */
  async meet(tables: DeviceTables, person: { readonly id: number; readonly email: string }, { secret, name, seen }: DeviceShown): Promise<{ newDevice: boolean; device: KnownDevice }> {
    const { requireDeviceVerification } = this.#deps.rules;
    const known = secret === null ? null : await tables.devices.touch(person.id, secretHash(secret), name ?? null, seen);
    if (known) {
      if (requireDeviceVerification && !known.confirmed && !known.linked) await this.#tell(tables, person.email, known.id, known.name ?? name, seen, false);
      return { newDevice: false, device: { id: known.id, secret: secret! } };
    }
    const isFirst = await tables.devices.claimFirst(person.id, seen.now);
    const device = await this.#add(tables, person.id, name, seen, isFirst || !requireDeviceVerification);
    if (requireDeviceVerification) await this.#tell(tables, person.email, device.id, name, seen, isFirst);
    return { newDevice: true, device };
  }

  /** For whoever has shown that they read the owner's mail. */
  async trust(tables: Pick<DeviceTables, 'devices'>, userId: number, seen: SeenFrom): Promise<KnownDevice> {
    await tables.devices.claimFirst(userId, seen.now);
    return this.#add(tables, userId, undefined, seen, true);
  }

  async #add({ devices }: Pick<DeviceTables, 'devices'>, userId: number, name: string | undefined, seen: SeenFrom, confirmed: boolean): Promise<KnownDevice> {
    const secret = this.#random();
    const id = await devices.add(userId, secretHash(secret), name ?? null, seen, confirmed);
    await devices.keepLatest(userId, this.#deps.rules.devicesPerUserMax, id);
    return { id, secret };
  }

  async #tell({ devices, mail }: DeviceTables, to: string, deviceId: number, name: string | undefined, { ip, country, now }: SeenFrom, confirmed: boolean): Promise<void> {
    const token = this.#random();
    await devices.setLink(deviceId, secretHash(token), new Date(now.getTime() + LINK_MINUTES * 60_000));
    // After the #, which browsers send to no server, and no log has.
    const url = `${this.#deps.publicUrl}/verify#device=${token}`;
    const data = { device: name ?? 'A device without a name', ip, country, at: now.getTime(), confirmUrl: confirmed ? null : url, denyUrl: `${url}&deny`, minutes: LINK_MINUTES };
    await mail({ to, template: 'new-device', data });
  }

  #random(): string {
    return this.#deps.randomBytes(SECRET_BYTES).toString('base64url');
  }
}

export const secretHash = (secret: string): Buffer => createHash('sha256').update(secret).digest();
