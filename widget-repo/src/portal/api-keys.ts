import type { components } from '../generated/api.ts';
import { el, nextId } from '../view/dom.ts';
import { codeField, field, form } from './form.ts';
import { button, confirmed, focusOn, secretBox, time, toast, troubleBox, whileBusy } from './parts.ts';
import { load, type Section, table } from './section.ts';
import type { Session } from './session.ts';

type ApiKey = components['schemas']['ApiKey'];
type NewApiKey = ApiKey & { readonly secret: string };

/** What each lets a program do, as docs/guides/api-keys.md has it. `view_balance` is not offered: by itself it lets a program do nothing. */
const SCOPES: readonly (readonly [string, string])[] = [
  ['view_orders', 'Read orders'], ['read:balance', 'Read balances, deposits and withdrawals'], ['read:trades', 'Read your trades, fees and fee tier'],
  ['trade', 'Place, change and cancel orders, and read them'], ['write:balance', 'Announce deposits and ask for withdrawals'],
];
const TICKED = new Set(['view_orders', 'read:balance']);

export function apiKeysSection(session: Session, { heading, place }: Section, hasSecondFactor: () => boolean): Promise<void> {
  const reload = () => load<{ keys: readonly ApiKey[] }>(session, place, { method: 'GET', path: '/api/auth/api-keys' }, ({ keys }) => draw(keys));
  const back = async () => {
    await reload();
    focusOn(heading);
  };

  function draw(keys: readonly ApiKey[]): void {
    const rows = keys.map((each) => [
      el('div', {}, el('strong', {}, each.name), el('div', { class: 'muted' }, el('code', {}, each.key))), each.scopes.join(', '), each.ip_allow_list.join(', ') || 'any',
      each.expires_at ? time(each.expires_at) : 'never', each.last_used_at ? time(each.last_used_at) : 'not yet', revokeButton(each),
    ]);
    const list = rows.length > 0 ? table('API keys', ['Name', 'May', 'From', 'Ends', 'Last used', 'Actions'], rows) : el('p', {}, 'You have no keys. Create one when a program is to trade for you.');
    place.replaceChildren(list, button('Create a key', 'plain', drawCreate));
  }

  function revokeButton({ id, name }: ApiKey): HTMLElement {
    const revoke = button('Revoke', 'quiet', async (pressed) => {
      if (!(await confirmed({ title: `Revoke ${name}?`, consequence: 'Programs that use this key are refused from now on. It cannot be brought back.', yes: 'Revoke it' }))) return;
      const outcome = await whileBusy(pressed, 'Revoking …', () => session.call({ method: 'DELETE', path: `/api/auth/api-keys/${encodeURIComponent(id)}` }));
      if (!outcome.ok) return place.prepend(troubleBox(outcome.trouble));
      toast(`${name}: revoked.`);
      await back();
    });
    revoke.setAttribute('aria-label', `Revoke ${name}`);
    return revoke;
  }

  function drawCreate(): void {
    const name = field({ name: 'name', label: 'Name', maxLength: 64, hint: 'What you will recognise it by, like “Grid bot”.' });
    const addresses = field({ name: 'ip_allow_list', label: 'Only from these addresses', optional: true, lines: 2, hint: 'One to a line, like 203.0.113.7 or 203.0.113.0/24.', maxLength: 900 });
    const ends = field({ name: 'expires_at', label: 'Ends at the start of', type: 'date', optional: true });
    const password = field({ name: 'password', label: 'Your password', type: 'password', autocomplete: 'current-password', maxLength: 128 });
    const totp = hasSecondFactor() ? codeField('totp') : null;
    const scopes = SCOPES.map(([scope, label]) => check([label, ' ', el('code', {}, scope)], scope, TICKED.has(scope)));
    const strict = check(['Sign with version 2 only, which covers the nonce (recommended)'], 'require_version_2', true);
    const group = el('fieldset', {}, el('legend', {}, 'What it may do'), ...scopes.map(({ root }) => root));
    const send = () => {
      const from = addresses.value().split(/[\s,]+/).filter((each) => each !== '');
      const body = {
        name: name.value(), scopes: scopes.filter(({ input }) => input.checked).map(({ input }) => input.value), require_version_2: strict.input.checked, password: password.value(),
        ...(from.length > 0 && { ip_allow_list: from }), ...(ends.value() && { expires_at: new Date(`${ends.value()}T00:00:00`).toISOString() }), ...(totp && { totp: totp.value().replaceAll(' ', '') }),
      };
      return session.call<NewApiKey>({ method: 'POST', path: '/api/auth/api-keys', body });
    };
    const fields = [name, addresses, ends, password, ...(totp ? [totp] : [])];
    const { root } = form({ fields, more: [group, strict.root], button: 'Create the key', busy: 'Creating …', send, done: drawSecret });
    place.replaceChildren(root, button('Back to the list', 'quiet', back));
    name.input.focus();
  }

  function drawSecret({ name, key, secret }: NewApiKey): void {
    const title = el('h3', {}, `${name} is ready`);
    place.replaceChildren(
      title, el('p', {}, 'Key, sent with each request:'), secretBox('Key', key, null),
      el('p', {}, 'Secret, to sign with. ', el('strong', {}, 'It is shown only now'), ': put it where your program keeps secrets.'),
      secretBox('Secret', secret, null), button('I have kept it', 'main', back),
    );
    focusOn(title);
  }

  return reload();
}

function check(label: readonly (Node | string)[], value: string, checked: boolean): { readonly root: HTMLElement; readonly input: HTMLInputElement } {
  const id = nextId();
  const input = el('input', { id, type: 'checkbox', value, checked });
  return { root: el('div', { class: 'check' }, input, el('label', { for: id }, ...label)), input };
}
