import { el } from '../view/dom.ts';
import { button, focusOn, troubleBox, whileBusy } from './parts.ts';
import { openPage, type Page, takeToken } from './shell.ts';

const page = openPage();
const token = takeToken();
if (token) drawButton(page, token);
else drawNoLink(page);

/** Opening the link changes nothing: mail scanners open links too. Only the button confirms. */
function drawButton(page: Page, token: string): void {
  const problem = el('div', { class: 'say' });
  const confirm = button('Confirm the address', 'main', async (pressed) => {
    problem.replaceChildren();
    const outcome = await whileBusy(pressed, 'Confirming …', () => page.ask({ method: 'POST', path: '/api/auth/verify-email', body: { token } }));
    if (outcome.ok) return drawDone(page);
    problem.replaceChildren(troubleBox(outcome.trouble));
    focusOn(pressed);
  });
  page.place.replaceChildren(
    el('p', {}, 'Confirm that the address is yours. After that you can sign in.'), problem, confirm,
    el('p', { class: 'muted' }, 'You did not open an account? Then close this page; without the button nothing happens.'),
  );
}

function drawDone(page: Page): void {
  page.step('Address confirmed', el('p', {}, 'Your account is open. Sign in to go on.'), el('a', { class: 'main', href: '/login' }, 'Sign in'));
}

function drawNoLink(page: Page): void {
  page.place.replaceChildren(
    el('p', {}, 'This page needs the link from our mail. Open that link, or copy the whole of it into the address bar.'),
    el('p', { class: 'links' }, el('a', { href: '/register' }, 'Register again for a new mail'), el('a', { href: '/login' }, 'Sign in')),
  );
}
