import type { Store } from '../helpers/store.ts';
import { type Amount, fieldText, ratio, roundToStep } from '../model/amount.ts';
import { quantityForMoney } from '../model/book.ts';
import { lastPrice, percentOf, spendable, type WidgetState } from '../model/state.ts';
import { stepText } from '../model/stepper.ts';
import { readTicket, type Ticket } from '../model/ticket.ts';
import type { Intents } from '../view/intents.ts';

type TicketIntents = Omit<Intents, 'chooseMarket' | 'press' | 'newOrder' | 'retry' | 'closeNotice'>;

/** What typing, stepping and tapping do to the ticket. */
export function createTicketIntents(store: Store<WidgetState>, decimalSign: () => string): TicketIntents {
  const change = (part: Partial<Ticket>) => store.set({ ticket: { ...store.get().ticket, ...part } });
  const touch = (field: 'quantity' | 'price') => store.set({ touched: { ...store.get().touched, [field]: true } });
  const priceAsText = (price: Amount) => fieldText(price, decimalSign(), store.get().market?.priceDecimals ?? 0);
  /** A limit ticket without a price starts at the market's own. */
  const withPrice = (ticket: Ticket): Partial<Ticket> => {
    const price = lastPrice(store.get());
    const { market } = store.get();
    if (ticket.priceText !== '' || price === null || !market) return {};
    return { priceText: priceAsText(roundToStep(price, market.tick, 'down')) };
  };
  return {
    chooseSide: (side) => change({ side }),
    chooseType(type) {
      const { ticket } = store.get();
      change(type === 'LIMIT' ? { type, ...withPrice(ticket) } : { type });
    },
    typeQuantity: (quantityText) => change({ quantityText }),
    typePrice: (priceText) => change({ priceText }),
    stepQuantity(direction) {
      const { ticket, market } = store.get();
      if (market) change({ quantityText: stepText(ticket.quantityText, decimalSign(), market.lot, direction, null) });
    },
    stepPrice(direction) {
      const { ticket, market } = store.get();
      if (market) change({ priceText: stepText(ticket.priceText, decimalSign(), market.tick, direction, lastPrice(store.get())) });
    },
    takePrice: (price) => change({ type: 'LIMIT', priceText: priceAsText(price) }),
    takePercent(percent) {
      const quantity = quantityFor(store.get(), percent, decimalSign());
      if (quantity === null) return;
      change({ quantityText: fieldText(quantity, decimalSign()) });
      touch('quantity');
    },
    bookArrived() {
      const { ticket, touched, openingPrice, priceBefore } = store.get();
      if (ticket.type === 'LIMIT' && !touched.price && openingPrice !== null && priceBefore === null) change(withPrice(ticket));
    },
    // An empty field that somebody merely passed through is no mistake yet.
    leaveField(field) {
      const { quantityText, priceText } = store.get().ticket;
      if ((field === 'quantity' ? quantityText : priceText).trim() !== '') touch(field);
    },
  };
}

/** The quantity that a share of the balance pays for, in whole lots. */
function quantityFor(state: WidgetState, percent: number, decimalSign: string): Amount | null {
  const { market, ticket, book } = state;
  const available = market && spendable(state, market);
  if (!market || available === null) return null;
  const share = percentOf(available, percent);
  if (ticket.side === 'SELL') return roundToStep(share, market.lot, 'down');
  if (ticket.type === 'MARKET') return quantityForMoney(book?.asks ?? [], share, market.lot);
  const { price } = readTicket(ticket, market, decimalSign, null);
  return price ? roundToStep(ratio(share, price, 'down'), market.lot, 'down') : null;
}
