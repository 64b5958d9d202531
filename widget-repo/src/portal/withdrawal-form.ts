import type { components } from '../generated/api.ts';
import { amountText, fieldText, parseAmount, readTyped, ZERO } from '../model/amount.ts';
import { el, setText } from '../view/dom.ts';
import { codeField, field, form } from './form.ts';
import { decimalSign, money } from './money.ts';
import { once } from './once.ts';
import { button } from './parts.ts';
import { load } from './section.ts';
import type { Session } from './session.ts';
import { sign } from './signature.ts';

type Balance = components['schemas']['Balance'];
type Withdrawal = components['schemas']['Withdrawal'];

export interface WithdrawalForm {
  readonly session: Session;
  readonly place: HTMLElement;
  readonly done: (withdrawal: Withdrawal) => void;
  /** Nobody knows yet whether it was done. */
  readonly unsure: () => unknown;
  readonly back: () => unknown;
}

/** What was asked for without an answer, with its key: it outlives the form, not the page. */
const open = new Map<string, string>();

export function drawWithdrawalForm(wish: WithdrawalForm): void {
  const { session, place, back } = wish;
  void load<readonly Balance[]>(session, place, { method: 'GET', path: '/api/account/balances' }, (balances) => {
    const owned = balances.filter(({ available }) => (parseAmount(available) ?? ZERO) > ZERO);
    if (owned.length > 0) return drawFields(wish, owned);
    place.replaceChildren(el('p', {}, 'There is nothing to withdraw: no balance of yours is available.'), button('Back', 'quiet', back));
  });
}

function drawFields({ session, place, done, unsure, back }: WithdrawalForm, owned: readonly Balance[]): void {
  const asset = field({ name: 'asset', label: 'What', options: owned.map(({ asset: name }) => [name, name]) });
  const has = el('span', { 'aria-live': 'polite' });
  const available = () => parseAmount(owned.find((each) => each.asset === asset.value())?.available ?? '') ?? ZERO;
  const all = button('All', 'quiet', () => {
    (amount.input as HTMLInputElement).value = fieldText(available(), decimalSign);
    amount.complain(null);
    amount.input.focus();
  });
  const amount = field({ name: 'amount', label: 'Amount', keyboard: 'decimal', maxLength: 24, hint: has, beside: all, check: (typed) => wrongAmount(typed, available(), asset.value()) });
  const sayAvailable = () => {
    setText(has, `Available: ${money(available(), asset.value())}`);
    all.setAttribute('aria-label', `All: ${money(available(), asset.value())}`);
  };
  asset.input.addEventListener('change', sayAvailable);
  sayAvailable();
  const address = field({ name: 'address', label: 'To this address', maxLength: 128, hint: 'Compare it sign by sign: what is sent cannot be called back.', check: (typed) => (/^[\x21-\x7e]{4,128}$/.test(typed) ? null : 'An address has 4 to 128 letters, digits and signs, without spaces.') });
  const code = codeField('totp');
  const send = () => {
    const body = { asset: asset.value(), amount: amountText(readTyped(amount.value(), decimalSign) ?? ZERO), address: address.value() };
    const call = (key: string) => session.call<Withdrawal>({ method: 'POST', path: '/api/account/withdraw', body: { ...body, totp: code.value().replaceAll(' ', '') }, headers: { 'Idempotency-Key': key }, sign });
    return once(open, body, call);
  };
  const refused = ({ status }: { readonly status: number }) => {
    if (status === 0 || status >= 500) unsure();
    return false;
  };
  const { root } = form({ fields: [asset, amount, address, code], button: 'Ask for it', busy: 'Asking …', send, done, refused });
  place.replaceChildren(el('h3', {}, 'Withdraw'), root, button('Not now', 'quiet', back));
  asset.input.focus();
}

function wrongAmount(typed: string, available: bigint, asset: string): string | null {
  const amount = readTyped(typed, decimalSign);
  if (amount === null) return `An amount looks like 12${decimalSign}5, with at most eight decimals.`;
  if (amount <= ZERO) return 'The amount must be more than nothing.';
  return amount > available ? `You have ${money(available, asset)} available.` : null;
}
