import { el } from '../view/dom.ts';
import { codeField, field, form } from './form.ts';
import { button, focusOn, secretBox, toast } from './parts.ts';
import type { Section } from './section.ts';
import type { Grant, Session } from './session.ts';
import { duration } from './words.ts';

interface Begun {
  readonly secret: string;
  readonly otpauth_url: string;
  /** Seconds in which the code must be typed. */
  readonly expires_in: number;
}

type TurnedOn = Grant & { readonly backup_codes: readonly string[] };

const currentPassword = () => field({ name: 'password', label: 'Your password', type: 'password', autocomplete: 'current-password', maxLength: 128 });

/** Off, being set up, its backup codes shown once, on. */
export function secondFactorSection(session: Session, { heading, place }: Section, isOn: boolean, changed: (on: boolean) => void): void {
  const stop = () => {
    drawOff();
    focusOn(heading);
  };

  function drawOff(): void {
    place.replaceChildren(el('p', {}, el('span', { class: 'state', 'data-state': 'off' }, 'Off'), ' Your account hangs on the password alone.'), button('Turn it on', 'main', drawPassword));
  }

  function drawPassword(): void {
    const password = currentPassword();
    const send = () => session.call<Begun>({ method: 'POST', path: '/api/auth/enable-2fa', body: { password: password.value() } });
    const { root } = form({ fields: [password], button: 'Go on', busy: 'Checking …', send, done: drawCode });
    place.replaceChildren(root, button('Leave it off', 'quiet', stop));
    password.input.focus();
  }

  async function drawCode({ secret, otpauth_url, expires_in }: Begun): Promise<void> {
    const code = codeField('code', { label: 'The code that the app shows', hint: 'Six digits; they change every 30 seconds.' });
    const send = () => session.call<TurnedOn>({ method: 'POST', path: '/api/auth/verify-2fa', body: { code: code.value().replaceAll(' ', '') } });
    const done = ({ backup_codes, ...grant }: TurnedOn) => {
      session.adopt(grant);
      drawBackupCodes(backup_codes);
    };
    const { root } = form({ fields: [code], button: 'Turn it on', busy: 'Checking the code …', send, done });
    const first = el('h3', {}, '1. Add it to your authenticator app');
    place.replaceChildren(
      first,
      el('p', {}, `Scan this with the app within ${duration(expires_in)}. On this very phone: `, el('a', { href: otpauth_url }, 'open it in the app'), '.'),
      ...(await qrCodes(otpauth_url)),
      el('p', {}, 'It cannot be scanned? Type this into the app:'),
      secretBox('Secret for the app', secret.replace(/(.{4})(?=.)/g, '$1 '), null),
      el('h3', {}, '2. Type the code'), root, button('Leave it off', 'quiet', stop),
    );
    focusOn(first);
  }

  function drawBackupCodes(codes: readonly string[]): void {
    const title = el('h3', {}, 'Your backup codes');
    const done = button('I have kept them', 'main', () => {
      drawOn();
      focusOn(heading);
    });
    place.replaceChildren(
      title, el('p', {}, 'The second factor is on. If the phone is lost, each of these codes lets you in once. ', el('strong', {}, 'They are shown only now'), ': print them or keep them where you keep passwords.'),
      secretBox('Backup codes', codes.join('\n'), 'backup-codes.txt'), done,
    );
    focusOn(title);
    changed(true);
  }

  function drawOn(): void {
    place.replaceChildren(el('p', {}, el('span', { class: 'state', 'data-state': 'on' }, 'On'), ' Signing in asks for a code too.'), button('Turn it off …', 'plain', drawTurnOff));
  }

  function drawTurnOff(): void {
    const password = currentPassword();
    const code = codeField('code');
    const send = () => session.call({ method: 'POST', path: '/api/auth/disable-2fa', body: { password: password.value(), code: code.value().replaceAll(' ', '') } });
    const done = () => {
      changed(false);
      stop();
      toast('The second factor is off.');
    };
    const { root } = form({ fields: [password, code], button: 'Turn it off', busy: 'Turning it off …', danger: true, send, done });
    const back = button('Keep it on', 'quiet', () => {
      drawOn();
      focusOn(heading);
    });
    place.replaceChildren(el('p', {}, 'Then the password alone lets somebody in, and your backup codes are void. You are signed out everywhere else, and withdrawals wait for a while.'), root, back);
    password.input.focus();
  }

  if (isOn) drawOn();
  else drawOff();
}

/** One, or none where its part cannot be fetched: the secret can be typed all the same. */
async function qrCodes(url: string): Promise<readonly Element[]> {
  const part = await import('./qr.ts').catch(() => null);
  return part ? [part.qrCode(url, 'QR code for your authenticator app. The same secret stands below as text.')] : [];
}
