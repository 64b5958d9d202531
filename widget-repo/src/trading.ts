// The second part of the CDN script: everything that happens after the click, the account line and the order book. It loads while
// the configuration does, so that the first part stays small.
import { type Trader, type TraderNeeds, createTrader } from './runtime/trader.ts';
import { tradingCss } from './styles/trading.ts';
import { createAccount } from './view/account.ts';
import { createBook } from './view/book.ts';
import type { Intents } from './view/intents.ts';
import { createOutcome } from './view/outcome-panel.ts';
import type { Panels } from './view/part.ts';
import { createPercents, createSummary } from './view/summary.ts';

export interface Trading {
  createTrader(needs: TraderNeeds): Trader;
  createPanels(intents: Intents): Panels;
}

export const trading: Trading = {
  createTrader,
  createPanels: (intents) => ({
    css: tradingCss,
    percents: createPercents(intents),
    summary: createSummary(),
    outcome: createOutcome(intents),
    account: createAccount(),
    book: createBook(intents),
  }),
};
