import { pause, type Scope } from '../helpers/scope.ts';
import type { Book } from '../model/book.ts';
import { type Feed, PRICE_STALE_AFTER_MS } from '../model/state.ts';

const POLL_EVERY_MS = 1000;
const POLL_SLOWEST_MS = 5000;
const AWAY_AFTER_FAILURES = 3;

export interface PriceFeed {
  /** Starts over for the market now chosen. */
  restart(): void;
  /** True while the last book is young enough to trade at market. */
  isFresh(): boolean;
}

export interface PriceFeedNeeds {
  readonly scope: Scope;
  readonly document: Document;
  readonly nowMs: () => number;
  readonly load: () => Promise<Book | null>;
  readonly onBook: (book: Book) => void;
  readonly onFeed: (feed: Feed) => void;
}

/** Polls the order book while somebody can see it. One request at a time; slower while the exchange is away. */
export function createPriceFeed({ scope, document, nowMs, load, onBook, onFeed }: PriceFeedNeeds): PriceFeed {
  let round = 0;
  let receivedAtMs: number | null = null;
  let callOffStale: () => void = () => undefined;
  const isFresh = () => receivedAtMs !== null && nowMs() - receivedAtMs <= PRICE_STALE_AFTER_MS;

  const received = (book: Book) => {
    receivedAtMs = nowMs();
    callOffStale();
    callOffStale = scope.after(PRICE_STALE_AFTER_MS + 1, () => onFeed('stale'));
    onBook(book);
    onFeed('live');
  };
  const poll = async (mine: number) => {
    let failures = 0;
    while (mine === round && !scope.ended && !document.hidden) {
      const startedAtMs = nowMs();
      const book = await load();
      if (mine !== round || scope.ended) return;
      failures = book ? 0 : failures + 1;
      if (book) received(book);
      else if (failures >= AWAY_AFTER_FAILURES) onFeed('away');
      const everyMs = Math.min(POLL_EVERY_MS * Math.max(1, failures), POLL_SLOWEST_MS);
      await pause(scope, Math.max(0, everyMs - (nowMs() - startedAtMs)));
    }
  };
  const begin = () => {
    round += 1;
    if (!document.hidden) void poll(round);
  };
  scope.listen(document, 'visibilitychange', () => {
    if (!document.hidden && receivedAtMs !== null && !isFresh()) onFeed('stale');
    begin();
  });
  return {
    restart() {
      receivedAtMs = null;
      callOffStale();
      onFeed('waiting');
      begin();
    },
    isFresh,
  };
}
