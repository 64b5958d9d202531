import { el } from '../view/dom.ts';
import type { components } from '../generated/api.ts';
import type { Call } from './api.ts';
import { drawDeadLink, isDeadLink, takeLink } from './link.ts';
import { money } from './money.ts';
import { button, focusOn, troubleBox, whileBusy } from './parts.ts';
import { openPage, type Page } from './shell.ts';

type Withdrawal = components['schemas']['Withdrawal'];

const page = openPage();
const link = takeLink();
const [address, withdrawal, device] = ['token', 'withdrawal', 'device'].map((name) => link.get(name));
if (address) drawAddress(page, address);
else if (withdrawal) drawWithdrawal(page, withdrawal);
else if (device) drawDevice(page, device, link.has('deny'));
else drawNoLink(page);

interface Choice<T> {
  readonly words: string;
  readonly busy: string;
  readonly kind: 'main' | 'plain' | 'danger';
  readonly call: Call;
  readonly done: (value: T) => void;
}

/** Opening a link changes nothing: mail scanners open links too. Only a button does. */
function choices<T>(page: Page, all: readonly Choice<T>[], wayOut: readonly HTMLElement[]): readonly HTMLElement[] {
  const problem = el('div', { class: 'say' });
  const buttons = all.map(({ words, busy, kind, call, done }) =>
    button(words, kind, async (pressed) => {
      problem.replaceChildren();
      const outcome = await whileBusy(pressed, busy, () => page.ask<T>(call));
      if (outcome.ok) return done(outcome.value);
      if (isDeadLink(outcome.trouble)) return drawDeadLink(page, outcome.trouble, ...wayOut);
      problem.replaceChildren(troubleBox(outcome.trouble));
      focusOn(pressed);
    }),
  );
  return [problem, ...buttons];
}

function drawAddress(page: Page, token: string): void {
  const done = () => page.step('Address confirmed', el('p', {}, 'Your account is open. Sign in to go on.'), el('a', { class: 'main', href: '/login' }, 'Sign in'));
  const wayOut = [
    el('p', {}, 'If you used it before, the address is confirmed: sign in. If not, signing up again with the same address sends another one.'),
    el('a', { class: 'main', href: '/register' }, 'Sign up again'),
    el('p', { class: 'links' }, el('a', { href: '/login' }, 'Sign in')),
  ];
  page.step(
    'Confirm your address',
    el('p', {}, 'Confirm that the address is yours. After that you can sign in.'),
    ...choices(page, [{ words: 'Confirm the address', busy: 'Confirming …', kind: 'main', call: { method: 'POST', path: '/api/auth/verify-email', body: { token } }, done }], wayOut),
    el('p', { class: 'muted' }, 'You asked for nothing? Then close this page; without the button nothing happens.'),
  );
}

function drawWithdrawal(page: Page, token: string): void {
  const done = ({ amount, asset, address }: Withdrawal) => {
    const what = el('p', {}, el('strong', {}, money(amount, asset)), ' go to ', el('code', {}, address), '. Our staff looks at it now; until then you can take it back.');
    page.step('Withdrawal confirmed', what, el('a', { class: 'main', href: '/account/security#withdrawals' }, 'See how far it is'));
  };
  const notMine = (after: string) => el('p', { class: 'muted' }, 'You did not ask for it? ', el('a', { href: '/reset' }, 'Set a new password'), after);
  const wayOut = [
    el('p', {}, 'Your withdrawals show how far it is. If it was not confirmed in time, ask for it again; another mail comes.'),
    el('a', { class: 'main', href: '/account/security#withdrawals' }, 'See your withdrawals'),
    notMine(' at once.'),
  ];
  page.step(
    'Confirm your withdrawal',
    el('p', {}, 'Look at the mail once more: are the amount and the address the ones you meant? What is sent cannot be called back.'),
    ...choices(page, [{ words: 'Confirm the withdrawal', busy: 'Confirming …', kind: 'main', call: { method: 'POST', path: '/api/account/withdrawals/confirm', body: { token } }, done }], wayOut),
    notMine(' at once, and close this page. Without the button nothing is sent.'),
  );
}

/** @param denies the link in the mail already said that it was somebody else */
function drawDevice(page: Page, token: string, denies: boolean): void {
  const call = (decision: 'confirm' | 'deny'): Call => ({ method: 'POST', path: '/api/auth/confirm-device', body: { token, decision } });
  const kept = () => page.step('Device confirmed', el('p', {}, 'Everything is possible with it from now on.'), el('a', { class: 'main', href: '/account/security' }, 'Go to your account'));
  const thrownOut = () => page.step('Everybody is signed out', el('p', {}, 'The device is forgotten, and API keys made since it appeared are revoked. Set a new password now: somebody seems to know the old one.'), el('a', { class: 'main', href: '/reset' }, 'Set a new password'));
  const mine: Choice<unknown> = { words: 'It was me', busy: 'Confirming …', kind: denies ? 'plain' : 'main', call: call('confirm'), done: kept };
  const notMine: Choice<unknown> = { words: 'It was not me', busy: 'Signing everybody out …', kind: 'danger', call: call('deny'), done: thrownOut };
  const wayOut = [
    el('p', {}, 'If it was not you, somebody may be in your account. Set a new password now: that signs everybody out. Then revoke the API keys that you did not make.'),
    el('a', { class: 'main', href: '/reset' }, 'Set a new password now'),
    el('p', { class: 'muted' }, 'It was you? Sign in again from that device; another mail comes.'),
  ];
  page.step(
    'Was it you?',
    el('p', {}, 'Somebody signed in to your account with a new device. The mail says which, from where and when.'),
    el('p', {}, 'If it was not you: all sessions end at once, API keys made since then are revoked, and nobody signs in until a new password is set.'),
    ...choices(page, denies ? [notMine, mine] : [mine, notMine], wayOut),
  );
}

function drawNoLink(page: Page): void {
  page.place.replaceChildren(
    el('p', {}, 'This page needs the link from our mail. Open that link, or copy the whole of it into the address bar.'),
    el('p', { class: 'links' }, el('a', { href: '/register' }, 'Register again for a new mail'), el('a', { href: '/login' }, 'Sign in')),
  );
}
