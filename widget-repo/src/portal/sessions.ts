import type { components } from '../generated/api.ts';
import { el } from '../view/dom.ts';
import { field, form } from './form.ts';
import { button, confirmed, focusOn, time, toast, troubleBox, whileBusy } from './parts.ts';
import { load, type Section, table } from './section.ts';
import type { Session } from './session.ts';
import { deviceOf } from './device.ts';

type SignedIn = components['schemas']['AccountSession'];

export function sessionsSection(session: Session, { heading, place }: Section): Promise<void> {
  const reload = () => load<{ sessions: readonly SignedIn[] }>(session, place, { method: 'GET', path: '/api/auth/sessions' }, ({ sessions }) => draw(sessions));

  function draw(sessions: readonly SignedIn[]): void {
    const rows = sessions.map((each) => [deviceCell(each), each.ip, time(each.created_at), time(each.last_used_at), actions(each)]);
    const others = sessions.filter(({ current }) => !current).length;
    const problem = el('div', { class: 'say' });
    place.replaceChildren(table('Where you are signed in', ['Device', 'Address', 'Signed in', 'Last seen', 'Actions'], rows), problem, ...(others > 0 ? [button('Sign out everywhere …', 'plain', (pressed) => leaveAll(pressed, problem))] : []));
  }

  function deviceCell({ name, user_agent, current }: SignedIn): HTMLElement {
    const device = deviceOf(user_agent);
    return el('div', {}, el('strong', {}, name ?? device), name ? el('div', { class: 'muted' }, device) : null, ...(current ? [' ', el('span', { class: 'state', 'data-state': 'on' }, 'This one')] : []));
  }

  function actions(each: SignedIn): HTMLElement {
    const label = each.name ?? deviceOf(each.user_agent);
    const rename = button('Name', 'quiet', () => drawRename(each));
    rename.setAttribute('aria-label', `Name ${label}`);
    if (each.current) return el('div', { class: 'row' }, rename);
    const end = button('End', 'quiet', (pressed) => endOne(each, label, pressed));
    end.setAttribute('aria-label', `End ${label}`);
    return el('div', { class: 'row' }, rename, end);
  }

  async function endOne({ id }: SignedIn, label: string, pressed: HTMLButtonElement): Promise<void> {
    if (!(await confirmed({ title: `End ${label}?`, consequence: 'Whoever uses it is signed out at once and needs the password to come back.', yes: 'End it' }))) return;
    const outcome = await whileBusy(pressed, 'Ending …', () => session.call({ method: 'DELETE', path: `/api/auth/sessions/${encodeURIComponent(id)}` }));
    if (!outcome.ok) return place.prepend(troubleBox(outcome.trouble));
    toast(`${label}: signed out.`);
    await reload();
    focusOn(heading);
  }

  async function leaveAll(pressed: HTMLButtonElement, problem: HTMLElement): Promise<void> {
    if (!(await confirmed({ title: 'Sign out everywhere?', consequence: 'All devices are signed out at once, this one too.', yes: 'Sign out everywhere' }))) return;
    const outcome = await whileBusy(pressed, 'Signing out …', () => session.leave(true));
    if (outcome.ok) location.assign('/login');
    else problem.replaceChildren(troubleBox(outcome.trouble));
  }

  function drawRename({ id, name }: SignedIn): void {
    const wanted = field({ name: 'name', label: 'Name of this device', maxLength: 100, hint: 'What you will recognise it by, like “Laptop at home”.' });
    wanted.input.value = name ?? '';
    const send = () => session.call({ method: 'PATCH', path: `/api/auth/sessions/${encodeURIComponent(id)}`, body: { name: wanted.value() } });
    const back = async () => {
      await reload();
      focusOn(heading);
    };
    place.replaceChildren(form({ fields: [wanted], button: 'Keep the name', busy: 'Keeping …', send, done: back }).root, button('Back to the list', 'quiet', back));
    wanted.input.focus();
  }

  return reload();
}
