/** What a password must be: long enough, and not one that a guesser tries first. No rules about which characters (ASVS 6.2.5). */
export const PASSWORD_CHARACTERS_MIN = 12;
export const PASSWORD_CHARACTERS_MAX = 128;

/** Whatever is left of a password without what everybody knows about its owner. */
const OWN_CHARACTERS_MIN = 6;
const NAME_CHARACTERS_MIN = 4;
/** `abcabcabcabc` is as long as `abc`. */
const REPEATED_UNIT_MAX = 4;

export interface PasswordOwner {
  readonly email: string;
  readonly username?: string | null;
}

/**
 * @param breached what was found in leaked databases, in small letters
 * @returns what is wrong with it, as a sentence, or `null`
 */
export function passwordProblem(password: string, { email, username }: PasswordOwner, breached: ReadonlySet<string>): string | null {
  // Characters as people count them, more or less: a letter outside the basic plane is one.
  const length = [...password].length;
  if (length < PASSWORD_CHARACTERS_MIN) return `Use at least ${PASSWORD_CHARACTERS_MIN} characters.`;
  if (password.length > PASSWORD_CHARACTERS_MAX) return `Use at most ${PASSWORD_CHARACTERS_MAX} characters.`;
  const plain = password.normalize('NFC').toLowerCase();
  const names = [email, email.split('@')[0] ?? '', username ?? ''].map((name) => name.normalize('NFC').toLowerCase()).filter((name) => name.length >= NAME_CHARACTERS_MIN);
  if (names.some((name) => plain.includes(name) && plain.replaceAll(name, '').length < OWN_CHARACTERS_MIN)) return 'Use something else than your address or your name.';
  if (isRepetition(plain)) return 'Use something else than one piece again and again.';
  if (breached.has(plain)) return 'This password is one of those that attackers try first. Use another one.';
  return null;
}

function isRepetition(text: string): boolean {
  for (let size = 1; size <= REPEATED_UNIT_MAX; size += 1) {
    if (text === text.slice(0, size).repeat(Math.ceil(text.length / size)).slice(0, text.length)) return true;
  }
  return false;
}
