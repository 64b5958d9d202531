const BROWSERS: readonly (readonly [RegExp, string])[] = [[/Edg\//, 'Edge'], [/OPR\//, 'Opera'], [/Firefox\//, 'Firefox'], [/Chrome\//, 'Chrome'], [/Safari\//, 'Safari']];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [[/iPhone/, 'iPhone'], [/iPad/, 'iPad'], [/Android/, 'Android'], [/Windows/, 'Windows'], [/Mac OS X/, 'Mac'], [/Linux/, 'Linux']];

/** "Chrome on Windows": what people recognise. It is said by the device itself, so it proves nothing. */
export function deviceOf(userAgent: string): string {
  const nameIn = (names: readonly (readonly [RegExp, string])[]) => names.find(([pattern]) => pattern.test(userAgent))?.[1];
  const browser = nameIn(BROWSERS);
  const system = nameIn(SYSTEMS);
  if (browser) return system ? `${browser} on ${system}` : browser;
  return userAgent.slice(0, 40) || 'Unknown device';
}

const KEY = 'device';
const DEVICE_BYTES = 24;

/** The service knows this browser from now on by the name it gave. */
export function keepDevice(device: string): void {
  try {
    localStorage.setItem(KEY, device);
  } catch {
    // Then the next sign-in is one from an unknown device, and works as such.
  }
}

/** A name made by chance, by which an account knows this browser again. It opens nothing. */
export function thisDevice(): string | null {
  try {
    const kept = localStorage.getItem(KEY);
    if (kept) return kept;
    const made = Array.from(crypto.getRandomValues(new Uint8Array(DEVICE_BYTES)), (byte) => byte.toString(16).padStart(2, '0')).join('');
    localStorage.setItem(KEY, made);
    return made;
  } catch {
    return null;
  }
}
