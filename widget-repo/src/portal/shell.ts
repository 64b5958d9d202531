import { createScope } from '../helpers/scope.ts';
import { el } from '../view/dom.ts';
import { createSend } from '../transport/http.ts';
import { type Ask, createAsk } from './api.ts';
import { button, focusOn, toast, troubleBox, waiting, whileBusy } from './parts.ts';
import { createSession, type Session } from './session.ts';
import { themeSwitch } from './theme-switch.ts';

/** What a page is given to fill. */
export interface Page {
  readonly ask: Ask;
  readonly session: Session;
  /** The place below the page's heading. */
  readonly place: HTMLElement;
  /** A new step of the same page: its title, its content, and the focus on it. */
  step(title: string, ...content: Node[]): void;
}

/** Where somebody who is signed in can go. Later pages add their line. */
const DESTINATIONS = [{ path: '/account/security', label: 'Security' }] as const;
const HOME = '/account/security';

export function openPage(): Page {
  const send = createSend(createScope());
  const ask = createAsk(send);
  const tabs = 'BroadcastChannel' in globalThis ? new BroadcastChannel('portal-session') : null;
  tabs?.addEventListener('message', (event) => {
    if (event.data === 'left' && document.body.dataset['signedIn'] === 'yes') goToSignIn();
  });
  const session = createSession({ ask, cookie, alone, now: Date.now, ended: goToSignIn });
  const place = el('div', { class: 'place' });
  const heading = document.querySelector('h1') ?? el('h1');
  heading.after(place);
  document.querySelector('.top')?.append(themeSwitch());
  return {
    ask,
    session: { ...session, leave: (all) => session.leave(all).then((outcome) => (outcome.ok && tabs?.postMessage('left'), outcome)) },
    place,
    step(title, ...content) {
      const [, site = ''] = document.title.split(' – ');
      document.title = `${title} – ${site}`;
      heading.textContent = title;
      place.replaceChildren(...content);
      focusOn(heading);
    },
  };
}

/** A page for people who are signed in; everybody else signs in first and comes back. */
export async function openSignedInPage(draw: (page: Page) => unknown): Promise<void> {
  const page = openPage();
  const wasSignedIn = cookie('csrf_token') !== null;
  const sign = waiting('Opening your account …');
  page.place.replaceChildren(sign);
  const outcome = await page.session.open();
  if (outcome.ok) {
    document.body.dataset['signedIn'] = 'yes';
    document.querySelector('.top')?.after(navigation(page.session));
    page.place.replaceChildren();
    draw(page);
    return;
  }
  if (outcome.trouble.code === 'SIGNED_OUT') return goToSignIn(wasSignedIn);
  page.place.replaceChildren(troubleBox(outcome.trouble), button('Try again', 'main', () => location.reload()));
}

function navigation(session: Session): HTMLElement {
  const links = DESTINATIONS.map(({ path, label }) => el('li', {}, el('a', { href: path, 'aria-current': location.pathname === path ? 'page' : null }, label)));
  const leave = button('Sign out', 'quiet', async (pressed) => {
    const outcome = await whileBusy(pressed, 'Signing out …', () => session.leave(false));
    if (outcome.ok || outcome.trouble.code === 'SIGNED_OUT') location.assign('/login');
    else toast('Signing out did not reach us, so you are still signed in. Try again.');
  });
  return el('nav', { 'aria-label': 'Account' }, el('ul', {}, ...links), leave);
}

/** The mark is bare: /login says its own sentence, whatever an address holds. */
function goToSignIn(wasSignedIn = true): void {
  location.replace(`/login?next=${encodeURIComponent(location.pathname)}${wasSignedIn ? '&ended' : ''}`);
}

/** Where to go after signing in: a page of ours, or the account. Never another site, whatever a link says. */
export function nextPath(search: string): string {
  const wanted = new URLSearchParams(search).get('next') ?? '';
  if (!wanted.startsWith('/') || !URL.canParse(wanted, location.origin)) return HOME;
  const url = new URL(wanted, location.origin);
  return url.origin === location.origin && url.pathname !== '/login' ? url.pathname : HOME;
}

export function cookie(name: string): string | null {
  const found = document.cookie.split('; ').find((each) => each.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : null;
}

function alone<T>(work: () => Promise<T>): Promise<T> {
  // Only in a secure context; elsewhere the service's own grace for two tabs at once has to do.
  return 'locks' in navigator ? (navigator.locks.request('portal-session', work)) : work();
}
