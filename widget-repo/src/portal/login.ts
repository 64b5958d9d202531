import { el } from '../view/dom.ts';
import { codeField, emailField, field, form } from './form.ts';
import { troubleBox } from './parts.ts';
import { type Grant, SIGNED_OUT } from './session.ts';
import { cookie, nextPath, openPage, type Page } from './shell.ts';
import { learn } from './words.ts';

interface Credentials {
  readonly email: string;
  readonly password: string;
}

learn({ AUTHENTICATION_FAILED: 'The e-mail address or the password is not right. Correct it, or set a new password.' });
const page = openPage();
drawCredentials(page);
void skipWhenSignedIn(page);

function drawCredentials(page: Page): void {
  const email = emailField();
  const password = field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', maxLength: 128 });
  const typed = (): Credentials => ({ email: email.value(), password: password.value() });
  const ended = new URLSearchParams(location.search).has('ended') ? troubleBox(SIGNED_OUT) : null;
  const { root } = form<Grant>({
    fields: [email, password],
    button: 'Sign in',
    busy: 'Signing in …',
    send: () => {
      ended?.remove();
      return signIn(page, typed());
    },
    done: enter,
    refused: ({ code }) => {
      if (code !== 'TWO_FACTOR_REQUIRED') return false;
      askForCode(page, typed());
      return true;
    },
    wayOut: ({ code }) => (code === 'EMAIL_NOT_VERIFIED' ? el('p', { class: 'links' }, el('a', { href: '/register' }, 'Sign up again')) : null),
  });
  page.place.replaceChildren(...(ended ? [ended] : []), root, links());
  if (ended) email.input.focus();
}

function links(): HTMLElement {
  return el('p', { class: 'links' }, el('a', { href: '/reset' }, 'Forgot your password?'), el('a', { href: '/register' }, 'Open an account'));
}

function askForCode(page: Page, credentials: Credentials): void {
  const code = codeField('totp');
  const { root } = form<Grant>({ fields: [code], button: 'Go on', busy: 'Checking the code …', send: () => signIn(page, { ...credentials, totp: code.value().replaceAll(' ', '') }), done: enter });
  const back = el('p', { class: 'links' }, el('a', { href: location.href }, 'Sign in as somebody else'));
  page.step('Second step', root, back);
  code.input.focus();
}

function signIn(page: Page, body: Credentials & { readonly totp?: string }) {
  return page.ask<Grant>({ method: 'POST', path: '/api/auth/login', body });
}

function enter(): void {
  location.replace(nextPath(location.search));
}

/** Who has a session already need not sign in again; who has none never waits for this. */
async function skipWhenSignedIn({ session }: Page): Promise<void> {
  if (cookie('csrf_token') !== null && (await session.open()).ok) enter();
}
