/**
 * UUID version 7 (RFC 9562 §5.7): 48 bits of milliseconds, then random. Ordered by time, so the ledger can be partitioned by it.
 * @param random at least 10 bytes from `offset` on; 74 bits of them are used.
 */
export function uuidV7(now: number, random: Uint8Array, offset = 0): string {
  const time = now.toString(16).padStart(12, '0');
  let tail = '';
  for (let index = 0; index < 10; index += 1) tail += HEX[random[offset + index]!];
  const variant = '89ab'[random[offset + 2]! >> 6]!;
  return `${time.slice(0, 8)}-${time.slice(8)}-7${tail.slice(0, 3)}-${variant}${tail.slice(5, 8)}-${tail.slice(8)}`;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function isUuidV7(text: string): boolean {
  return UUID_V7.test(text);
}

/** The millisecond a UUIDv7 was made in. */
export function uuidV7Time(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
}
