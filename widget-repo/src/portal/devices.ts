import type { components } from '../generated/api.ts';
import { el } from '../view/dom.ts';
import { storedNameOf } from './device.ts';
import { field, form } from './form.ts';
import { button, confirmed, focusOn, time, toast, troubleBox, whileBusy } from './parts.ts';
import { load, type Section, table } from './section.ts';
import type { Session } from './session.ts';

type Device = components['schemas']['AccountDevice'];

/** The devices by which the account is met again, and which of them their owner has confirmed. */
export function devicesSection(session: Session, { heading, place }: Section): Promise<void> {
  const reload = () => load<{ devices: readonly Device[] }>(session, place, { method: 'GET', path: '/api/auth/devices' }, ({ devices }) => draw(devices));
  const back = async () => {
    await reload();
    focusOn(heading);
  };

  function draw(devices: readonly Device[]): void {
    if (devices.length === 0) return place.replaceChildren(el('p', {}, 'Your account knows no device yet. It meets the next one that signs in.'));
    const rows = devices.map((each) => [nameCell(each), fromCell(each), time(each.last_seen_at), stateCell(each), actions(each)]);
    place.replaceChildren(table('Devices', ['Device', 'From', 'Last seen', 'State', 'Actions'], rows));
  }

  function actions(each: Device): HTMLElement {
    const label = storedNameOf(each.name);
    const rename = button('Name', 'quiet', () => drawRename(each));
    rename.setAttribute('aria-label', `Name device ${label}`);
    const forget = button('Forget', 'quiet', (pressed) => forgetOne(each, label, pressed));
    forget.setAttribute('aria-label', `Forget device ${label}`);
    return el('div', { class: 'row' }, rename, forget);
  }

  async function forgetOne({ id, current }: Device, label: string, pressed: HTMLButtonElement): Promise<void> {
    const consequence = `${current ? 'You are signed out here at once.' : 'Whoever uses it is signed out at once.'} The next time somebody signs in with it, it is a new device, and a mail asks whether it was you.`;
    if (!(await confirmed({ title: `Forget ${label}?`, consequence, yes: 'Forget it' }))) return;
    const outcome = await whileBusy(pressed, 'Forgetting …', () => session.call({ method: 'DELETE', path: `/api/auth/devices/${id}` }));
    if (!outcome.ok) return place.prepend(troubleBox(outcome.trouble));
    if (current) return location.assign('/login');
    toast(`${label}: forgotten.`);
    await back();
  }

  function drawRename(each: Device): void {
    const wanted = field({ name: 'name', label: 'Name of the device', maxLength: 100, hint: 'What you will recognise it by, like “Laptop at home”.' });
    wanted.input.value = storedNameOf(each.name);
    const send = () => session.call({ method: 'PATCH', path: `/api/auth/devices/${each.id}`, body: { name: wanted.value() } });
    place.replaceChildren(form({ fields: [wanted], button: 'Keep the name', busy: 'Keeping …', send, done: back }).root, button('Back to the list', 'quiet', back));
    wanted.input.focus();
  }

  return reload();
}

function nameCell(each: Device): HTMLElement {
  return el('div', {}, el('strong', {}, storedNameOf(each.name)), ...(each.current ? [' ', el('span', { class: 'state', 'data-state': 'on' }, 'This one')] : []));
}

function fromCell({ ip, country }: Device): HTMLElement {
  const place = country === null ? null : new Intl.DisplayNames(undefined, { type: 'region', fallback: 'code' }).of(country);
  return el('div', {}, ip ?? 'not kept', place ? el('div', { class: 'muted' }, place) : null);
}

function stateCell({ confirmed: isConfirmed }: Device): HTMLElement {
  if (isConfirmed) return el('span', { class: 'state', 'data-state': 'on' }, 'Confirmed');
  return el('div', {}, el('span', { class: 'state', 'data-state': 'off' }, 'Not confirmed'), el('div', { class: 'muted' }, 'The mail about it asks whether it was you. Until you say so, nothing is withdrawn with it.'));
}
