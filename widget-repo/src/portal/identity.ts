import type { components } from '../generated/api.ts';
import { el } from '../view/dom.ts';
import { button, focusOn, time, toast } from './parts.ts';
import { load, type Missing, onDemand, type Section } from './section.ts';
import type { Session } from './session.ts';

type Kyc = components['schemas']['Kyc'];

const PATH = '/api/account/kyc';

/** Not shown yet, being looked at, approved, or refused with what staff said of it. */
export function identitySection(session: Session, { heading, place }: Section, changed: (kyc: Kyc) => void, missed: (missing: Missing | null) => void): Promise<void> {
  const reload = () => load<Kyc>(session, place, { method: 'GET', path: PATH }, draw, missed);

  function draw(kyc: Kyc): void {
    const { kyc_status, submission } = kyc;
    changed(kyc);
    if (kyc_status === 'approved') return place.replaceChildren(said('on', 'Approved', 'Thank you. There is nothing left to do.', submission?.decided_at ?? null));
    if (submission?.status === 'pending') return place.replaceChildren(said('off', 'Being looked at', 'Our staff looks at what you sent. You need not do anything.', submission.submitted_at));
    const refused = submission?.status === 'rejected';
    place.replaceChildren(
      refused ? said('off', 'Not accepted', 'You can send it again.', submission.decided_at) : said('off', 'Not shown yet', 'It takes a few minutes and a document.', null),
      ...(refused && submission.reason ? [el('p', { class: 'notice' }, 'What our staff said: ', submission.reason)] : []),
      button(refused ? 'Send it again' : 'Show who you are', 'plain', openForm),
    );
  }

  async function openForm(pressed: HTMLButtonElement): Promise<void> {
    const part = await onDemand(pressed, place, () => import('./identity-form.ts'));
    part?.drawIdentityForm({ session, place, path: PATH, done: drawSent, back });
  }

  function drawSent(kyc: Kyc): void {
    draw(kyc);
    focusOn(heading);
    toast('Sent. A person looks at it.');
  }

  async function back(): Promise<void> {
    await reload();
    focusOn(heading);
  }

  return reload();
}

function said(state: 'on' | 'off', word: string, sentence: string, at: string | null): HTMLElement {
  return el('p', {}, el('span', { class: 'state', 'data-state': state }, word), ' ', sentence, ...(at ? [' ', el('span', { class: 'muted' }, time(at))] : []));
}
