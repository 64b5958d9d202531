import type { Formatter } from '../helpers/format.ts';
import type { TicketView, WidgetState } from '../model/state.ts';
import type { Market } from '../model/ticket.ts';

/** Everything a part needs to draw itself. */
export interface Picture {
  readonly state: WidgetState;
  readonly market: Market;
  readonly ticket: TicketView;
  readonly format: Formatter;
  readonly exchange: string;
}

/** One piece of the widget: made once, drawn at each change. */
export interface Part {
  readonly root: HTMLElement;
  draw(picture: Picture): void;
}

/** What the trading part adds to the first bundle's ticket. */
export interface Panels {
  readonly css: string;
  readonly percents: Part;
  readonly summary: Part;
  readonly outcome: Part;
  readonly account: Part;
  readonly book: Part;
}
