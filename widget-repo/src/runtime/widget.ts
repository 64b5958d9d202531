// One widget on one page: puts model, view and transport together and keeps them in step.
import type { Emitter } from '../api/events.ts';
import type { WidgetChange, WidgetOptions } from '../api/options.ts';
import { createFormatter, type Formatter } from '../helpers/format.ts';
import { randomHex } from '../helpers/random.ts';
import { createScope } from '../helpers/scope.ts';
import { createStore } from '../helpers/store.ts';
import { parseAmount, ZERO } from '../model/amount.ts';
import type { Failure } from '../model/failure.ts';
import type { WidgetConfig } from '../model/order.ts';
import { INITIAL_STATE, readState, type WidgetState } from '../model/state.ts';
import { EMPTY_TICKET, readMarket, toOrder } from '../model/ticket.ts';
import type { Trading } from '../trading.ts';
import { loadBook } from '../transport/book.ts';
import { loadConfig } from '../transport/config.ts';
import { createSend } from '../transport/http.ts';
import { createFrame, type Frame } from '../view/frame.ts';
import type { Intents } from '../view/intents.ts';
import { announceBook, announceError } from './announce.ts';
import { createPriceFeed, type PriceFeed } from './price-feed.ts';
import { createStartUp, type LoadTrading } from './start-up.ts';
import { createTicketIntents } from './ticket-intents.ts';
import type { Trader } from './trader.ts';

const CLIENT_ORDER_ID_BYTES = 12;

export interface WidgetNeeds {
  readonly container: Element;
  readonly options: WidgetOptions;
  readonly apiUrl: string;
  readonly emitter: Emitter;
  readonly loadTrading: LoadTrading;
  /** Set when it cannot start at all; it then only says so. */
  readonly problem: Failure | null;
}

export class Widget {
  readonly #needs: WidgetNeeds;
  readonly #scope = createScope();
  readonly #store = createStore<WidgetState>(INITIAL_STATE);
  readonly #send = createSend(this.#scope);
  readonly #intents: Intents;
  readonly #frame: Frame;
  readonly #feed: PriceFeed;
  readonly #startUp: () => Promise<void>;
  #options: WidgetOptions;
  #format: Formatter;
  #trading: Trading | null = null;
  #trader: Trader | null = null;

  constructor(needs: WidgetNeeds) {
    this.#needs = needs;
    this.#options = needs.options;
    this.#format = createFormatter(needs.options.locale);
    this.#intents = this.#createIntents();
    this.#frame = createFrame(this.#intents);
    this.#feed = this.#createFeed();
    this.#startUp = createStartUp({
      scope: this.#scope,
      loadConfig: () => loadConfig(needs.apiUrl, needs.options.exchangeId, this.#send),
      loadTrading: needs.loadTrading,
      loaded: (config, trading) => this.#open(config, trading),
      failed: (why) => this.#block(why),
    });
  }

  show(): void {
    const { container, problem } = this.#needs;
    this.#store.subscribe(() => this.#draw());
    if (problem) this.#block(problem);
    else void this.#startUp();
    this.#draw();
    container.append(this.#frame.host);
    this.#scope.onEnd(() => this.#frame.host.parentNode?.removeChild(this.#frame.host));
    this.#scope.onEnd(() => this.#store.close());
  }

  update(change: WidgetChange): void {
    const before = this.#options;
    this.#options = Object.assign(Object.create(null) as object, before, change);
    if (change.symbol !== undefined) this.#chooseMarket(change.symbol);
    const { config, signIn } = this.#store.get();
    if (!config) return;
    // Another function for the same person changes nothing that is under way; another person starts anew.
    if (before.exchangeUserId !== this.#options.exchangeUserId) {
      if (before.exchangeUserId) this.#emptyTicket();
      this.#seat(config);
    } else if (signIn === 'out') this.#trader?.retrySignIn();
  }

  notify(problem: Failure): void {
    this.#store.set({ notice: problem });
    announceError(this.#needs.emitter, problem);
  }

  /** False once the page has taken the widget's element out of the container. */
  isInPlace(): boolean {
    return this.#frame.host.parentNode === this.#needs.container;
  }

  destroy(): void {
    this.#scope.end();
  }

  #draw(): void {
    if (!this.#scope.ended) this.#frame.draw(this.#store.get(), this.#format);
  }

  #block(problem: Failure): void {
    this.#store.set({ stage: 'blocked', problem });
    announceError(this.#needs.emitter, problem);
  }

  #open(config: WidgetConfig, trading: Trading): void {
    this.#trading = trading;
    this.#format = createFormatter(this.#options.locale ?? config.locale);
    const markets = config.symbols.map(readMarket);
    const market = markets.find(({ symbol }) => symbol === this.#options.symbol) ?? markets[0] ?? null;
    const rates = { maker: parseAmount(config.fee.makerRate) ?? ZERO, taker: parseAmount(config.fee.takerRate) ?? ZERO };
    const type = config.features.allowMarketOrders ? 'MARKET' : 'LIMIT';
    this.#store.set({ stage: 'ready', problem: null, config, markets, market, rates, feed: config.orderbookUrl ? 'waiting' : 'away', ticket: { ...this.#store.get().ticket, type } });
    this.#frame.furnish(trading.createPanels(this.#intents));
    this.#seat(config);
    if (config.orderbookUrl) this.#feed.restart();
    if (market) this.#needs.emitter.emit('ready', { exchangeId: this.#options.exchangeId, symbol: market.symbol });
  }

  /** Everything that belongs to one signed-in person starts anew with the next one. */
  #seat(config: WidgetConfig): void {
    this.#trader?.leave();
    const { apiUrl, emitter } = this.#needs;
    const shared = { scope: this.#scope, store: this.#store, send: this.#send, apiUrl, emitter, nowMs };
    this.#trader = this.#trading?.createTrader({ ...shared, config, currentOptions: () => this.#options }) ?? null;
  }

  /** What one person typed must not become the next one's order. */
  #emptyTicket(): void {
    const { type } = this.#store.get().ticket;
    this.#store.set({ ticket: { ...EMPTY_TICKET, type }, touched: { quantity: false, price: false } });
    this.#intents.chooseType(type);
  }

  #chooseMarket(symbol: string): void {
    const state = this.#store.get();
    const market = state.markets.find((each) => each.symbol === symbol);
    if (!market || market === state.market) return;
    const ticket = { ...state.ticket, priceText: '', quantityText: '' };
    this.#store.set({ market, ticket, book: null, priceBefore: null, openingPrice: null, touched: { quantity: false, price: false } });
    if (state.config?.orderbookUrl) this.#feed.restart();
    this.#needs.emitter.emit('symbol', { symbol });
  }

  #press(): void {
    const state = this.#store.get();
    if (!state.market || !this.#trader) return;
    const { reading, blocker } = readState(state, state.market, this.#format.decimalSign);
    if (blocker === 'signedOut') {
      this.#needs.emitter.emit('signIn', {});
      return this.#trader.retrySignIn();
    }
    // The clock is read again at the click: a timer that a busy page held up must not let an old price pass.
    if (state.ticket.type === 'MARKET' && state.config?.orderbookUrl && !this.#feed.isFresh()) return this.#store.set({ feed: 'stale' });
    if (blocker === 'invalid') return this.#store.set({ touched: { quantity: true, price: true } });
    const order = blocker === null ? toOrder(state.ticket, reading, state.market, `ow-${randomHex(CLIENT_ORDER_ID_BYTES)}`) : null;
    if (order) this.#trader.place(order, state.market);
  }

  #createIntents(): Intents {
    return {
      ...createTicketIntents(this.#store, () => this.#format.decimalSign),
      chooseMarket: (symbol) => this.#chooseMarket(symbol),
      press: () => this.#press(),
      newOrder: (fromPanel) => {
        this.#store.set({ current: null });
        // The button must be drawn before it can take the focus.
        this.#draw();
        if (fromPanel) this.#frame.focusButton();
      },
      retry: () => {
        this.#store.set({ stage: 'loading', problem: null });
        void this.#startUp();
      },
      closeNotice: () => this.#store.set({ notice: null }),
    };
  }

  #createFeed(): PriceFeed {
    const store = this.#store;
    return createPriceFeed({
      scope: this.#scope,
      document: this.#needs.container.ownerDocument,
      nowMs,
      load: async () => {
        const { config, market } = store.get();
        return market && config?.orderbookUrl ? loadBook(config.orderbookUrl, market.symbol, this.#send) : null;
      },
      onBook: (book) => {
        announceBook(store, this.#needs.emitter, book);
        this.#intents.bookArrived();
      },
      onFeed: (feed) => store.set({ feed }),
    });
  }
}

/** Monotonic: it does not jump when somebody sets the clock. */
function nowMs(): number {
  return performance.now();
}
