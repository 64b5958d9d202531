import type { Trouble } from './api.ts';

/** What happened, and what to do now. A code that stands here never shows the service's own sentence. */
const SENTENCES: Record<string, string> = {
  NO_CONNECTION: 'We could not be reached. Check your connection, then try again.',
  NO_ANSWER_IN_TIME: 'No answer came in time. It may have been done all the same: load the page again and look before you repeat it.',
  SERVICE_AWAY: 'Our service is away for a moment. Nothing is lost; try again in a minute.',
  INTERNAL_ERROR: 'Something broke on our side. Try again in a minute; if it stays, tell support the request id under Details.',
  NOT_READY: 'Our service is just starting. Try again in a few seconds.',
  OVERLOADED: 'Very many people are signing in right now. Try again in a few seconds.',
  SIGNED_OUT: 'You were signed out. Sign in again to go on.',
  EMAIL_NOT_VERIFIED: 'Your address is not confirmed yet. Open the link in the mail we sent you; look in the spam folder too. No mail, or the link is too old? Sign up again with the same address, and another one comes.',
  TWO_FACTOR_REQUIRED: 'Type the code that your authenticator app shows now.',
  SECOND_FACTOR_WRONG: 'That code is not right or was used before. Wait for the next one in your app, then type it.',
  SECOND_FACTOR_LOCKED: 'Too many wrong codes. Wait before you try another one.',
  REVERIFICATION_REQUIRED: 'Show first that this account is yours: open the link in the mail that we have just sent, or set a new password.',
  CAPTCHA_INVALID: 'The check that you are not a program did not pass. Send the form again; a new check runs by itself.',
  CAPTCHA_FAILED: 'This browser could not do the check that you are not a program. Try a current browser, over https.',
  RATE_LIMIT_EXCEEDED: 'Too many tries from here. Wait before you try again.',
  VALIDATION_ERROR: 'Something in the form is not right. Look at the marked fields.',
  LINK_INVALID: 'This link is not valid any more: it was used before, is too old or not whole, or what it was for has been taken back. Ask for a new one.',
  NOT_FOUND: 'It is not there any more. Load the page again to see what there is.',
  CSRF_TOKEN_INVALID: 'This page has been open for long. Load it again, then repeat what you did.',
  PERMISSION_DENIED: 'Your account may not do this.',
};

/** For a page that can be refused in more ways than the others. */
export function learn(sentences: Readonly<Record<string, string>>): void {
  Object.assign(SENTENCES, sentences);
}

export function sentenceOf({ code, message, retryAfterS }: Trouble): string {
  const sentence = SENTENCES[code] ?? (message ? `${message.replace(/[.\s]*$/, '.')}` : 'It did not work. Try again; if it stays, tell support the code under Details.');
  return retryAfterS !== null && retryAfterS > 1 ? `${sentence} You can try again in ${duration(retryAfterS)}.` : sentence;
}

export function bytes(count: number): string {
  return count < 999_500 ? `${Math.max(1, Math.round(count / 1000))} kB` : `${(count / 1e6).toFixed(1)} MB`;
}

export function duration(seconds: number): string {
  if (seconds < 90) return `${seconds} seconds`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} minutes` : `${Math.ceil(minutes / 60)} hours`;
}

/** Local time; the zone stands in the title (`time` element's tooltip). */
export function moment(iso: string): { readonly text: string; readonly zone: string } {
  const at = new Date(iso);
  const text = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(at);
  const zone = new Intl.DateTimeFormat(undefined, { timeZoneName: 'longGeneric' }).formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return { text, zone };
}
