import { generateSecret, generateSync, generateURI, verifySync } from 'otplib';

/** Codes of authenticator apps: RFC 6238 with SHA-1, six digits, a new one every 30 seconds. */
export interface Totp {
  /** 160 random bits in base32. */
  readonly newSecret: () => string;
  /** What a QR code for the app says. */
  readonly url: (secret: string, issuer: string, account: string) => string;
  /**
   * The 30-second step whose code this is, or `null`. The current step and the one before it are looked at, so a code that was read in time
   * and typed slowly still counts; a code of the future never does (decision 0021).
   */
  readonly stepOf: (secret: string, code: string, nowSeconds: number) => number | null;
  readonly codeAt: (secret: string, nowSeconds: number) => string;
}

const PERIOD_SECONDS = 30;
const SIX_DIGITS = /^\d{6}$/;

export const totp: Totp = {
  newSecret: () => generateSecret({ length: 20 }),
  url: (secret, issuer, account) => generateURI({ secret, issuer, label: account, period: PERIOD_SECONDS, digits: 6, algorithm: 'sha1' }),
  stepOf: (secret, code, nowSeconds) => {
    if (!SIX_DIGITS.test(code)) return null;
    const result = verifySync({ secret, token: code, epoch: nowSeconds, period: PERIOD_SECONDS, epochTolerance: [PERIOD_SECONDS, 0] });
    return result.valid && 'timeStep' in result ? result.timeStep : null;
  },
  codeAt: (secret, nowSeconds) => generateSync({ secret, epoch: nowSeconds, period: PERIOD_SECONDS }),
};
