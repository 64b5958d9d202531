import { isIP } from 'node:net';
import { plainAddress } from './address-ranges.ts';

/** spec/4's `securityRules`, as far as they are about signing in. */
export interface GuardRules {
  readonly failedLoginThreshold: number;
  readonly lockoutSeconds: number;
  readonly suspiciousIpThreshold: number;
  readonly ipBlockSeconds: number;
  /** ISO 3166 codes. */
  readonly allowedCountries: readonly string[];
  readonly allowPrivateAddresses: boolean;
  readonly vpnDetection: boolean;
  readonly requireDeviceVerification: boolean;
  readonly devicesPerUserMax: number;
}

/** How long the guard of login lets somebody wait, and how it tells sources apart (rule A8). */
export interface BackoffRules {
  /** After so many failures it locks. */
  readonly threshold: number;
  readonly lockoutSeconds: number;
}

/** The first failures cost nothing: people mistype. */
const FREE_FAILURES = 2;
export const LOCKOUT_SECONDS_MAX = 86_400;
/** Of an account as a whole, from wherever somebody tries: slow enough for a guesser, and soon enough over for a guest at another computer. */
const ACCOUNT_THRESHOLD_FACTOR = 10;
const ACCOUNT_WAIT_SECONDS_MAX = 900;

/** Of one source at one account: seconds that double, then the lockout, which doubles each time it was not enough. */
export function waitAfter(failures: number, { threshold, lockoutSeconds }: BackoffRules): number {
  if (failures >= threshold) return Math.min(lockoutSeconds * 2 ** Math.min(failures - threshold, 20), Math.max(lockoutSeconds, LOCKOUT_SECONDS_MAX));
  return failures <= FREE_FAILURES ? 0 : Math.min(2 ** (failures - FREE_FAILURES - 1), lockoutSeconds);
}

/** Of one account, over all sources that it does not know. */
export function accountWaitAfter(failures: number, { threshold }: BackoffRules): number {
  const over = failures - threshold * ACCOUNT_THRESHOLD_FACTOR;
  return over < 0 ? 0 : Math.min(2 ** Math.min(over, 20), ACCOUNT_WAIT_SECONDS_MAX);
}


export const accountThreshold = ({ threshold }: BackoffRules): number => threshold * ACCOUNT_THRESHOLD_FACTOR;

/** The /24 or /48 that an address lies in: what one customer of a provider can move about in. */
export function networkOf(ip: string): string {
  const plain = plainAddress(ip);
  return plain.includes(':') ? `${groupsOf(plain).slice(0, 3).join(':')}::/48` : `${plain.split('.').slice(0, 3).join('.')}.0/24`;
}

/** What is blocked as one address; of IPv6 the /64, which is one line's. */
export function lineOf(ip: string): string {
  const plain = plainAddress(ip);
  return plain.includes(':') ? `${groupsOf(plain).slice(0, 4).join(':')}::/64` : plain;
}

/** The line that somebody writes: an address, or a /64 as it stands in the audit log. `null`: it is neither. */
export function readLine(text: string): string | null {
  const address = text.replace(/::\/64$/, '::');
  return isIP(address) === 0 ? null : lineOf(address);
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(ip: string): string[] {
  const [head = '', tail] = ip.toLowerCase().replace(/%.*$/, '').split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':').map((group) => group.replace(/^0+(?=.)/, '')));
  const front = groups(head);
  const back = groups(tail ?? '');
  return [...front, ...Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0'), ...back];
}
