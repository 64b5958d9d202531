/** What the book says and is told in small numbers. */

/** Time in force: does the rest stay, and must there be none? */
export const RESTS = 0;
export const IMMEDIATE = 1;
export const ALL_OR_NOTHING = 2;

/** Who gives way when an order meets one of its own owner: bits, so that both is both. */
export const NOBODY_YIELDS = 0;
export const TAKER_YIELDS = 1;
export const MAKER_YIELDS = 2;

/** How a submitted order ended up. The last two changed nothing. */
export const FILLED = 0;
export const RESTED = 1;
export const REST_CANCELLED = 2;
export const MET_OWN_ORDER = 3;
export const WOULD_TAKE = 4;
export const NOT_ALL_REACHABLE = 5;

/** What happened to a resting order that was met. */
export const USED_UP = 0;
/** Some of what it shows is left. */
export const PARTLY_USED = 1;
/** An iceberg that shows its next part, at the end of its queue. */
export const NEXT_PART = 2;
/** It was in the way of an order of its own owner and has left the book. */
export const OWN_CANCELLED = 3;

/** The limit of an order that takes any price. */
export const ANY_PRICE = { buying: Number.POSITIVE_INFINITY, selling: 0 } as const;
