import { el } from '../view/dom.ts';
import type { components } from '../generated/api.ts';
import { money } from './money.ts';
import { button, confirmed, focusOn, time, toast, troubleBox, waiting, whileBusy } from './parts.ts';
import { load, type Missing, onDemand, sayMissing, type Section, table } from './section.ts';
import type { Session } from './session.ts';

type Withdrawal = components['schemas']['Withdrawal'];
interface Withdrawals {
  readonly withdrawals: readonly Withdrawal[];
  readonly next_cursor: string | null;
}

/** What stands before a withdrawal, and the section in which it is done. */
export interface Need {
  readonly words: string;
  readonly sectionId: string;
}

const PATH = '/api/account/withdrawals?limit=20';

/** A status in words, with what it waits for. */
const STATUS: Readonly<Record<Withdrawal['status'], string>> = {
  requested: 'Asked for',
  mail_confirmed: 'Confirmed by you; waits for our approval',
  approved: 'Approved; about to be sent',
  sent: 'On its way',
  completed: 'Arrived',
  failed: 'Failed; the amount is back on your balance',
  rejected: 'Refused; the amount is back on your balance',
  cancelled: 'Taken back; the amount is back on your balance',
};
/** What is no sentence of our staff. */
const REASONS: Readonly<Record<string, string>> = { NOT_CONFIRMED: 'Nobody opened the link in the mail in time.', INSUFFICIENT_BALANCE: 'The balance was too low.' };

/** @param needs what is still to be done before anything can be withdrawn, or why that is not known; null: not known yet */
export function withdrawalsSection(session: Session, { heading, place }: Section, needs: () => readonly Need[] | Missing | null): { readonly update: () => void; readonly loaded: Promise<void> } {
  const [action, list] = [el('div', { class: 'place' }), el('div', { class: 'place' })];
  const shown: Withdrawal[] = [];
  let isFormOpen = false;

  function update(): void {
    if (isFormOpen) return;
    const missing = needs();
    if (missing === null) return action.replaceChildren(waiting('Looking whether you can withdraw …'));
    if ('trouble' in missing) return sayMissing(action, missing, 'Whether you can withdraw could not be found out.');
    const steps = missing.map(({ words, sectionId }) => el('li', {}, el('a', { href: `#${sectionId}` }, words)));
    action.replaceChildren(...(steps.length > 0 ? [el('div', {}, el('p', {}, 'Before you can withdraw:'), el('ul', { class: 'steps' }, ...steps))] : [button('Withdraw', 'main', openForm)]));
  }

  async function openForm(pressed: HTMLButtonElement): Promise<void> {
    const part = await onDemand(pressed, action, () => import('./withdrawal-form.ts'));
    if (!part) return;
    isFormOpen = true;
    part.drawWithdrawalForm({ session, place: action, done: asked, unsure: reload, back: close });
  }

  function close(): void {
    isFormOpen = false;
    update();
    focusOn(heading);
  }

  function asked({ amount, asset, confirm_until }: Withdrawal): void {
    isFormOpen = false;
    const until = confirm_until ? [' until ', time(confirm_until)] : [];
    const title = el('h3', {}, 'Look into your mail');
    action.replaceChildren(title, el('p', {}, 'Open the link in it', ...until, ` to confirm that ${money(amount, asset)} is to be sent. Without that the amount goes back to your balance.`), button('Go on', 'plain', close));
    focusOn(title);
    void reload();
  }

  function reload(): Promise<void> {
    shown.length = 0;
    return load<Withdrawals>(session, list, { method: 'GET', path: PATH }, draw);
  }

  function draw({ withdrawals, next_cursor }: Withdrawals): void {
    shown.push(...withdrawals);
    if (shown.length === 0) return list.replaceChildren(el('p', {}, 'You have not asked for a withdrawal yet.'));
    const rows = shown.map((each) => [time(each.created_at), el('span', { class: 'amount' }, money(each.amount, each.asset)), el('code', {}, each.address), howFar(each), takeBackButton(each)]);
    const more = next_cursor === null ? [] : [button('Show older ones', 'plain', (pressed) => older(next_cursor, pressed))];
    list.replaceChildren(table('Withdrawals, newest first', ['Asked', 'Amount', 'To', 'How far', 'Actions'], rows, ['Amount']), ...more);
  }

  async function older(cursor: string, pressed: HTMLButtonElement): Promise<void> {
    const outcome = await whileBusy(pressed, 'Loading …', () => session.call<Withdrawals>({ method: 'GET', path: `${PATH}&cursor=${encodeURIComponent(cursor)}` }));
    if (outcome.ok) draw(outcome.value);
    else list.append(troubleBox(outcome.trouble));
  }

  function takeBackButton({ id, amount, asset, status }: Withdrawal): HTMLElement | string {
    if (status !== 'requested' && status !== 'mail_confirmed') return '';
    const what = money(amount, asset);
    const takeBack = button('Take back', 'quiet', async (pressed) => {
      if (!(await confirmed({ title: `Take back ${what}?`, consequence: 'Nothing is sent, and the amount goes back to your balance.', yes: 'Take it back' }))) return;
      const outcome = await whileBusy(pressed, 'Taking back …', () => session.call({ method: 'POST', path: `/api/account/withdrawals/${encodeURIComponent(id)}/cancel`, body: {} }));
      if (!outcome.ok) return list.prepend(troubleBox(outcome.trouble));
      toast(`${what}: taken back.`);
      void reload();
      focusOn(heading);
    });
    takeBack.setAttribute('aria-label', `Take back ${what}`);
    return takeBack;
  }

  place.replaceChildren(action, list);
  update();
  return { update, loaded: reload() };
}

function howFar({ status, reason, confirm_until }: Withdrawal): HTMLElement {
  const words = confirm_until ? ['Waits for you: open the link in our mail until ', time(confirm_until)] : [STATUS[status] ?? status];
  return el('div', {}, ...words, reason ? el('div', { class: 'muted' }, REASONS[reason] ?? reason) : null);
}
