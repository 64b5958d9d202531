import type { Amount } from '../model/amount.ts';
import type { OrderType, Side } from '../model/order.ts';

/** What a trader can want. The view sends these; it decides nothing. */
export interface Intents {
  chooseMarket(symbol: string): void;
  chooseSide(side: Side): void;
  chooseType(type: OrderType): void;
  typeQuantity(text: string): void;
  typePrice(text: string): void;
  stepQuantity(direction: 1 | -1): void;
  stepPrice(direction: 1 | -1): void;
  takePrice(price: Amount): void;
  takePercent(percent: number): void;
  /** Not a wish of the trader, but it fills an empty limit price once there is one to fill in. */
  bookArrived(): void;
  leaveField(field: 'quantity' | 'price'): void;
  press(): void;
  /** `fromPanel`: the focus was in the outcome that now makes way for the button. */
  newOrder(fromPanel: boolean): void;
  retry(): void;
  closeNotice(): void;
}
