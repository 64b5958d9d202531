import { el } from '../view/dom.ts';
import type { Outcome } from './api.ts';
import { emailField, form, newPasswordField } from './form.ts';
import { openPage, type Page } from './shell.ts';
import { prove } from './proof.ts';

const page = openPage();
drawForm(page);

function drawForm(page: Page): void {
  const email = emailField();
  const password = newPasswordField('password', 'Password');
  const check = proofSign();
  const send = async (): Promise<Outcome<{ email: string }>> => {
    const proof = await check.during((progress) => prove(page.ask, progress));
    if (!proof.ok) return proof;
    return page.ask({ method: 'POST', path: '/api/auth/register', body: { email: email.value(), password: password.value(), captcha: proof.value } });
  };
  const { root } = form({ fields: [email, password], more: [check.root], button: 'Open the account', busy: 'Sending …', send, done: () => drawSent(page, email.value()) });
  page.place.replaceChildren(root, el('p', { class: 'links' }, el('a', { href: '/login' }, 'You have an account? Sign in')));
}

function drawSent(page: Page, email: string): void {
  page.step(
    'Look into your mail',
    el('p', {}, 'We have sent a message to ', el('strong', {}, email), '. Open the link in it to confirm the address; then you can sign in.'),
    el('p', { class: 'muted' }, 'Nothing there after a few minutes? Look in the spam folder, and check the address above for typing errors.'),
    el('p', { class: 'links' }, el('a', { href: '/register' }, 'Use another address'), el('a', { href: '/login' }, 'Sign in')),
  );
}

/** Says what the browser is busy with, and how long already: nobody knows beforehand when the counter is found. */
export function proofSign() {
  const bar = el('progress', { 'aria-label': 'Check that you are not a program' });
  const words = el('p', { class: 'muted', role: 'status' });
  const root = el('div', { class: 'proof', hidden: true }, words, bar);
  return {
    root,
    async during<T>(work: (progress: (tries: number) => void) => Promise<T>): Promise<T> {
      root.hidden = false;
      words.textContent = 'Your browser solves a small task, so that programs cannot open accounts by the thousand.';
      bar.removeAttribute('value');
      try {
        return await work((tries) => (bar.title = `${tries} tries`));
      } finally {
        root.hidden = true;
      }
    },
  };
}
