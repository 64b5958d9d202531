import { UNITS_PER_ONE } from '../money.ts';
import type { Account, Ledger } from './ledger.ts';
import type { CreditCommand, DebitCommand, SetFeeRatesCommand } from './commands.ts';
import type { Refusal } from './types.ts';

/** Takes money in from outside. `null` when done. */
export function credit(ledger: Ledger, { userId, asset, amount, cause, reference, time }: CreditCommand): Refusal | null {
  if (amount <= 0n) return { code: 'AMOUNT_NOT_POSITIVE', field: 'amount', given: amount };
  const max = ledger.room(asset);
  if (amount > max) return { code: 'AMOUNT_TOO_LARGE', field: 'amount', given: amount, max };
  ledger.credit(ledger.balance(ledger.account(userId), asset), amount, { cause, tradeId: null, reference, time });
  return null;
}

/** Pays money out, of what is available. `null` when done. */
export function debit(ledger: Ledger, { userId, asset, amount, cause, reference, time }: DebitCommand): Refusal | null {
  if (amount <= 0n) return { code: 'AMOUNT_NOT_POSITIVE', field: 'amount', given: amount };
  const available = ledger.available(userId, asset);
  if (available < amount) return { code: 'INSUFFICIENT_BALANCE', field: 'amount', asset, required: amount, available };
  ledger.debit(ledger.balance(ledger.account(userId), asset), amount, { cause, tradeId: null, reference, time });
  return null;
}

/** Sets a user's rates. Returns the account that changed. */
export function setFeeRates(ledger: Ledger, { userId, makerRate, takerRate }: SetFeeRatesCommand): Account | Refusal {
  if (makerRate < 0n || makerRate > UNITS_PER_ONE) return { code: 'FEE_RATE_OUT_OF_RANGE', field: 'makerRate', given: makerRate };
  if (takerRate < 0n || takerRate > UNITS_PER_ONE) return { code: 'FEE_RATE_OUT_OF_RANGE', field: 'takerRate', given: takerRate };
  const account = ledger.account(userId);
  account.makerRate = makerRate;
  account.takerRate = takerRate;
  return account;
}
