import { el } from '../view/dom.ts';
import type { Trouble } from './api.ts';
import { emailField, form, newPasswordField } from './form.ts';
import { drawDeadLink, isDeadLink, takeLink } from './link.ts';
import { openPage, type Page } from './shell.ts';

const page = openPage();
const token = takeLink().get('token');
if (token) drawNewPassword(page, token);
else drawAsk(page);

function drawAsk(page: Page): void {
  const email = emailField();
  const send = () => page.ask({ method: 'POST', path: '/api/auth/reset-password', body: { email: email.value() } });
  const { root } = form({ fields: [email], button: 'Send me a link', busy: 'Sending …', send, done: () => drawSent(page, email.value()) });
  page.place.replaceChildren(el('p', {}, 'We send a link to your address. With it you set a new password.'), root, el('p', { class: 'links' }, el('a', { href: '/login' }, 'Back to signing in')));
}

function drawSent(page: Page, email: string): void {
  page.step(
    'Look into your mail',
    el('p', {}, 'If there is an account for ', el('strong', {}, email), ', a link is on its way to it.'),
    el('p', { class: 'muted' }, 'Nothing there after a few minutes? Look in the spam folder, and check the address above for typing errors.'),
    el('p', { class: 'links' }, el('a', { href: '/reset' }, 'Use another address'), el('a', { href: '/login' }, 'Sign in')),
  );
}

function drawNewPassword(page: Page, token: string): void {
  const password = newPasswordField('new_password', 'New password');
  const send = () => page.ask({ method: 'POST', path: '/api/auth/reset-password', body: { token, new_password: password.value() } });
  const done = () => page.step('Password set', el('p', {}, 'Your new password holds from now on. You are signed out everywhere; sign in again.'), el('a', { class: 'main', href: '/login' }, 'Sign in'));
  const refused = (trouble: Trouble) => {
    if (!isDeadLink(trouble)) return false;
    drawDeadLink(page, trouble, el('a', { class: 'main', href: '/reset' }, 'Ask for a new link'));
    return true;
  };
  const { root } = form({ fields: [password], button: 'Set the password', busy: 'Setting …', send, done, refused });
  page.step('Set a new password', root, el('p', { class: 'links' }, el('a', { href: '/reset' }, 'Ask for a new link')));
  password.input.focus();
}
