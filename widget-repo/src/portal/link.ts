import type { Page } from './shell.ts';
import type { Trouble } from './api.ts';
import { focusOn, troubleBox } from './parts.ts';

/** What a mail's link carries. It is taken out of the address, so that its secret stays in no history and on no screenshot. */
export function takeLink(): URLSearchParams {
  const carried = new URLSearchParams(location.hash.slice(1) || location.search);
  history.replaceState(null, '', location.pathname);
  // A link that is pasted into this very tab changes what stands behind the #, and for that no browser loads anything.
  addEventListener('hashchange', () => {
    if (location.hash.includes('=')) location.reload();
  });
  return carried;
}

/** A link that was cut off on its way is as dead as a used one: the complaint is about its token, which is no field that could be marked. */
export function isDeadLink({ code, fields }: Trouble): boolean {
  return code === 'LINK_INVALID' || (code === 'VALIDATION_ERROR' && fields['token'] !== undefined);
}

/** Pressing again would change nothing, so the buttons make room for the way out. */
export function drawDeadLink({ place }: Page, trouble: Trouble, ...wayOut: Node[]): void {
  const box = troubleBox({ ...trouble, code: 'LINK_INVALID' });
  place.replaceChildren(box, ...wayOut);
  focusOn(box);
}
