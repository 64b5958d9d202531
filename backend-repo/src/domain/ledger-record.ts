/** An entry of the audit log that tells of rows which the venue or the token ledger has appended since the entry before. */
export const VENUE_RECORDED = 'venue.recorded';
export const TOKENS_RECORDED = 'tokens.recorded';

export type LedgerTable = 'orders' | 'trades' | 'journal' | 'tokens';

/** Rows behind `after`, up to and with `to`: ids as text. */
export interface LedgerRange {
  readonly after: string;
  readonly to: string;
}

export interface LedgerDigest extends LedgerRange {
  readonly rows: number;
  /** Over what never changes of these rows, in their order. */
  readonly sha256: string;
}

/** What such an entry says in `after`. */
export interface LedgerRecord {
  /** Gap-free per action. */
  readonly number: number;
  /** Which columns, written how. */
  readonly encoding: number;
  /** So many batches the engine had committed by then. */
  readonly batches?: number;
  readonly orders?: LedgerDigest;
  readonly trades?: LedgerDigest;
  readonly journal?: LedgerDigest;
  readonly tokens?: LedgerDigest;
}

export const LEDGER_ENCODING = 1;
export const LEDGER_TABLES: readonly LedgerTable[] = ['orders', 'trades', 'journal', 'tokens'];
/** Before the first row of each. */
export const NO_ROW: Readonly<Record<LedgerTable, string>> = { orders: '0', trades: '0', journal: '0', tokens: '00000000-0000-0000-0000-000000000000' };
