import { MAKER_RATE_DEFAULT, TAKER_RATE_DEFAULT } from '../types.ts';
import { ONE } from './reference-order.ts';

/** What everybody has, held or not, and what they pay for a trade. */
export class ReferenceAccounts {
  private readonly house: number;
  private readonly rates = new Map<number, { maker: bigint; taker: bigint }>();
  /** `user asset` → everything the user has of it. */
  private readonly totals = new Map<string, bigint>();

  constructor(house: number) {
    this.house = house;
  }

  total(userId: number, asset: string): bigint {
    return this.totals.get(`${userId} ${asset}`) ?? 0n;
  }

  add(userId: number, asset: string, amount: bigint): void {
    this.totals.set(`${userId} ${asset}`, this.total(userId, asset) + amount);
  }

  totalOfAll(asset: string): bigint {
    return [...this.totals].filter(([key]) => key.endsWith(` ${asset}`)).reduce((sum, [, amount]) => sum + amount, 0n);
  }

  setRates(userId: number, maker: bigint, taker: bigint): void {
    this.rates.set(userId, { maker, taker });
  }

  /** The fee for an amount that a user receives; it goes to the house. */
  fee(userId: number, role: 'maker' | 'taker', amount: bigint): bigint {
    const rates = this.rates.get(userId) ?? { maker: MAKER_RATE_DEFAULT, taker: TAKER_RATE_DEFAULT };
    return partRoundedUp(amount * rates[role]);
  }

  /** Moves what a user receives, without the fee, and the fee to the house. */
  receive(userId: number, asset: string, amount: bigint, fee: bigint): void {
    this.add(userId, asset, amount - fee);
    this.add(this.house, asset, fee);
  }
}

/** parts × 1e-8, rounded up. */
function partRoundedUp(product: bigint): bigint {
  return product % ONE === 0n ? product / ONE : product / ONE + 1n;
}
