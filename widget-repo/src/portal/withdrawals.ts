import { el } from '../view/dom.ts';
import type { components } from '../generated/api.ts';
import { button, time, troubleBox, whileBusy } from './parts.ts';
import { load, type Section, table } from './section.ts';
import type { Session } from './session.ts';

type Withdrawal = components['schemas']['Withdrawal'];
interface Withdrawals {
  readonly withdrawals: readonly Withdrawal[];
  readonly next_cursor: string | null;
}

const PATH = '/api/account/withdrawals?limit=20';

/** A status in words, with what it waits for. */
const STATUS: Readonly<Record<string, string>> = {
  requested: 'Waits for our approval',
  approved: 'Approved; about to be sent',
  sent: 'On its way',
  completed: 'Arrived',
  failed: 'Failed; the amount is back on your balance',
  rejected: 'Refused; the amount is back on your balance',
};

export function withdrawalsSection(session: Session, { place }: Section): void {
  const shown: Withdrawal[] = [];

  function draw({ withdrawals, next_cursor }: Withdrawals): void {
    shown.push(...withdrawals);
    if (shown.length === 0) return place.replaceChildren(el('p', {}, 'You have not asked for a withdrawal yet.'));
    const rows = shown.map(({ asset, amount, address, status, reason, created_at }) => [
      time(created_at), el('span', { class: 'amount' }, `${amount} ${asset}`), el('code', {}, address),
      el('div', {}, STATUS[status] ?? status, reason ? el('div', { class: 'muted' }, reason) : null),
    ]);
    const more = next_cursor === null ? [] : [button('Show older ones', 'plain', (pressed) => older(next_cursor, pressed))];
    place.replaceChildren(table('Withdrawals, newest first', ['Asked', 'Amount', 'To', 'How far'], rows), ...more);
  }

  async function older(cursor: string, pressed: HTMLButtonElement): Promise<void> {
    const outcome = await whileBusy(pressed, 'Loading …', () => session.call<Withdrawals>({ method: 'GET', path: `${PATH}&cursor=${encodeURIComponent(cursor)}` }));
    if (outcome.ok) draw(outcome.value);
    else place.append(troubleBox(outcome.trouble));
  }

  void load<Withdrawals>(session, place, { method: 'GET', path: PATH }, draw);
}
