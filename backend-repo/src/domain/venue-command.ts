import type {
  AmendCommand, CancelAllCommand, CancelCommand, CreditCommand, DebitCommand, PlaceCommand, ReopenMarketCommand, SetFeeRatesCommand, SetMarketStatusCommand,
} from './matching/commands.ts';
import type { MarketRules, OrderId, OrderState, Refusal } from './matching/types.ts';

/**
 * What the venue's one engine is asked and what it answers, wherever it runs (design 5.9). The engine's node adds the time. Between nodes
 * both travel as JSON, amounts included.
 */
type Untimed<Timed extends { readonly time: number }> = Omit<Timed, 'time'>;

export interface PlaceOrder extends Untimed<PlaceCommand> {
  /** Of the whole order: the same clientOrderId with another fingerprint is refused. */
  readonly fingerprint: string;
  /** The trade token that this order spent, if any. */
  readonly tradeTokenJti: string | null;
}

/** What a plain order says of the fields it does not have. Also for a node of the version before, which does not know them. */
export const PLAIN_ORDER = {
  quoteAmount: null,
  stopPrice: null,
  stopLimitPrice: null,
  displayQuantity: null,
  timeInForce: 'GTC',
  expiresAt: null,
  postOnly: false,
  selfTradePrevention: 'TAKER',
  limits: null,
} as const satisfies Partial<PlaceCommand>;

/** An amendment of a node of the version before, which judges nothing. */
export const PLAIN_AMENDMENT = { judged: null } as const satisfies Partial<AmendCommand>;

/** A market without a price band and without a circuit breaker, and stops that may slip by 5 %. */
export const PLAIN_MARKET = { bandRate: null, stopProtectionRate: 5_000_000n, breakerRate: null, breakerWindowMs: 300_000 } as const satisfies Partial<MarketRules>;

export interface CreateMarket {
  readonly kind: 'create-market';
  readonly rules: MarketRules;
}

export type VenueCommand =
  | PlaceOrder
  | Untimed<AmendCommand>
  | Untimed<CancelCommand>
  | Untimed<CancelAllCommand>
  | Untimed<CreditCommand>
  | Untimed<DebitCommand>
  | Untimed<SetFeeRatesCommand>
  | Untimed<SetMarketStatusCommand>
  | Untimed<ReopenMarketCommand>
  | CreateMarket;

export type VenueAnswer =
  /** Carried out and committed. `order` as it stands now, where there is one; `ended`: the orders that a cancel-all ended. */
  | { readonly kind: 'done'; readonly order: OrderState | null; readonly ended: readonly OrderState[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** The same command came before under the same key: nothing happened now. `orderId` is 0 for what makes no order. */
  | { readonly kind: 'repeated'; readonly orderId: OrderId }
  /** Another command came before under the same key. */
  | { readonly kind: 'key-reused' }
  /** The order's trade token was reported as rejected before: its operator counts on it that no order comes of it. */
  | { readonly kind: 'token-rejected'; readonly jti: string; readonly refusal: string };

/** What the caller calls a command so that repeating it is safe, or `null`. */
export interface CommandKey {
  readonly kind: 'order' | 'posting';
  /** User id of an order, cause of a posting. */
  readonly scope: string;
  readonly name: string;
  readonly fingerprint: string;
}

export function keyOf(command: VenueCommand): CommandKey | null {
  if (command.kind === 'place') {
    const { userId, clientOrderId, fingerprint } = command;
    return clientOrderId === null ? null : { kind: 'order', scope: String(userId), name: clientOrderId, fingerprint };
  }
  if (command.kind !== 'credit' && command.kind !== 'debit') return null;
  const { cause, reference, userId, asset, amount } = command;
  return reference === null ? null : { kind: 'posting', scope: cause, name: reference, fingerprint: postingFingerprint(command.kind, userId, asset, amount) };
}

/** The trade token that a command spends, or `null`. */
export const tokenOf = (command: VenueCommand): string | null => (command.kind === 'place' ? command.tradeTokenJti : null);

export function postingFingerprint(kind: 'credit' | 'debit', userId: number, asset: string, amount: bigint): string {
  return `${kind} ${userId} ${asset} ${amount}`;
}

/** JSON with whole units in it. Text from outside is always a string there, so it cannot pass for a tagged object. */
export function toWire(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) => (typeof inner === 'bigint' ? { $units: inner.toString() } : inner));
}

/** @throws SyntaxError for text that `toWire` did not write */
export function fromWire(text: string): unknown {
  return JSON.parse(text, (_name, inner: unknown) => {
    const units = typeof inner === 'object' && inner !== null && '$units' in inner ? inner.$units : undefined;
    return typeof units === 'string' ? BigInt(units) : inner;
  });
}
