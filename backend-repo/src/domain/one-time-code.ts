import { createHash } from 'node:crypto';

export type OneTimeCodeKind = 'totp' | 'backup';

export interface OneTimeCode {
  readonly kind: OneTimeCodeKind;
  readonly text: string;
}

export const BACKUP_CODES = 10;
/** 80 bits: nobody finds such a code by trying, so a plain hash keeps it (decision 0021). */
export const BACKUP_CODE_BYTES = 10;
export const TOTP_STEP_SECONDS = 30;

// Crockford's base32: no letter that looks like a digit.
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const BACKUP_CODE = /^[0-9a-hjkmnp-tv-z]{16}$/;

/** What somebody typed or pasted, in the one form that is compared; `null` when it can be no code. */
export function readOneTimeCode(typed: string): OneTimeCode | null {
  const text = typed.replace(/[\s-]/g, '').toLowerCase();
  if (/^\d{6}$/.test(text)) return { kind: 'totp', text };
  const plain = text.replace(/o/g, '0').replace(/[il]/g, '1');
  return BACKUP_CODE.test(plain) ? { kind: 'backup', text: plain } : null;
}

/** @param random ten bytes, as `k3f0-9q2m-77xt-vd1a` */
export function backupCode(random: Uint8Array): string {
  if (random.length !== BACKUP_CODE_BYTES) throw new Error(`a backup code needs ${BACKUP_CODE_BYTES} random bytes`);
  let bits = random.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let text = '';
  for (let place = 0; place < 16; place += 1) {
    text = ALPHABET[Number(bits & 31n)]! + text;
    bits >>= 5n;
  }
  return text.match(/.{4}/g)!.join('-');
}

/** @param text as `readOneTimeCode` gives it */
export const backupCodeHash = (userId: number, text: string): Buffer => createHash('sha256').update(`backup-code ${userId} ${text}`).digest();

export const FAILURES_PER_LOCK = 5;
const FIRST_LOCK_MS = 60_000;
const LONGEST_LOCK_MS = 86_400_000;

/**
 * How long the factor is locked after so many wrong codes in a row, of either kind together: nothing before the fifth, a minute after it, and
 * twice as long after each further five, up to a day. So in a year at most about 2,000 codes can be tried, of a million.
 */
export function lockAfter(failures: number): number {
  if (failures === 0 || failures % FAILURES_PER_LOCK !== 0) return 0;
  return Math.min(FIRST_LOCK_MS * 2 ** (failures / FAILURES_PER_LOCK - 1), LONGEST_LOCK_MS);
}
