import { createCipheriv, createDecipheriv, createHash, hkdfSync, pbkdf2Sync } from 'node:crypto';

/**
 * Secrets at rest (design 5.10): AES-256-GCM, written as `kid:salt:iv:authTag:ciphertext`, each part base64url.
 *
 * PBKDF2-SHA256 with 100,000 rounds turns a master key into a root key once, at boot (25 ms); HKDF with the record's own 64-byte salt
 * makes the record's key, so no two records share one and none pays PBKDF2 again. The context (what the secret is and whose) is
 * authenticated: a ciphertext copied to another row or field does not open.
 */
export interface SecretBox {
  /** `random` must be 76 fresh random bytes: 64 for the salt, 12 for the nonce. */
  seal(plaintext: string, context: readonly string[], random: Uint8Array): string;
  /** `null` when the text was not sealed by us, for this context, with a key we hold. */
  open(sealed: string, context: readonly string[]): string | null;
  /** What it seals begins with this and a colon. */
  readonly keyId: string;
}

export const SEAL_RANDOM_BYTES = 76;
const PBKDF2_ROUNDS = 100_000;
const SALT_BYTES = 64;

/** @param masterKeys the one that seals first; the others only open. Each at least 32 characters. */
export function createSecretBox(masterKeys: readonly [string, ...string[]]): SecretBox {
  const roots = new Map(masterKeys.map((key) => [keyId(key), pbkdf2Sync(key, 'secret-box', PBKDF2_ROUNDS, 32, 'sha256')]));
  const sealingId = keyId(masterKeys[0]);
  return {
    keyId: sealingId,
    seal(plaintext, context, random) {
      if (random.length !== SEAL_RANDOM_BYTES) throw new Error(`seal needs ${SEAL_RANDOM_BYTES} random bytes`);
      const salt = random.subarray(0, SALT_BYTES);
      const iv = random.subarray(SALT_BYTES);
      const cipher = createCipheriv('aes-256-gcm', recordKey(roots.get(sealingId)!, salt), iv);
      cipher.setAAD(associatedData(sealingId, context));
      const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
      return [sealingId, ...[salt, iv, cipher.getAuthTag(), ciphertext].map((part) => Buffer.from(part).toString('base64url'))].join(':');
    },
    open(sealed, context) {
      const [kid, ...parts] = sealed.split(':');
      const root = roots.get(kid ?? '');
      if (!root || parts.length !== 4) return null;
      const [salt, iv, tag, ciphertext] = parts.map((part) => Buffer.from(part, 'base64url')) as [Buffer, Buffer, Buffer, Buffer];
      if (salt.length !== SALT_BYTES || iv.length !== 12 || tag.length !== 16) return null;
      try {
        const decipher = createDecipheriv('aes-256-gcm', recordKey(root, salt), iv);
        decipher.setAAD(associatedData(kid!, context));
        decipher.setAuthTag(tag);
        return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
      } catch {
        // GCM says only that it does not fit; which of key, context or bytes is wrong is nobody's business.
        return null;
      }
    },
  };
}

const recordKey = (root: Uint8Array, salt: Uint8Array): Buffer => Buffer.from(hkdfSync('sha256', root, salt, 'secret-box record', 32));
const keyId = (masterKey: string): string => createHash('sha256').update('secret-box key id').update(masterKey).digest('hex').slice(0, 8);
// JSON keeps ['a', 'bc'] and ['ab', 'c'] apart.
const associatedData = (kid: string, context: readonly string[]): Buffer => Buffer.from(JSON.stringify([kid, ...context]));
