import type { AuditEntry } from '../../domain/audit-entry.ts';
import { LEDGER_ENCODING, TOKENS_RECORDED, VENUE_RECORDED, type LedgerDigest, type LedgerRecord } from '../../domain/ledger-record.ts';
import type { LedgerRecordRepository, VenueMark, VenueReach } from './ledger-record.repository.ts';

export interface LedgerTables {
  readonly ledger: LedgerRecordRepository;
  /** On the same transaction. */
  readonly audit: (entry: AuditEntry) => Promise<void>;
}

export interface LedgerRecordDeps {
  /** As role writer. */
  readonly transaction: <T>(work: (tables: LedgerTables) => Promise<T>) => Promise<T>;
  /** No token is begun to be committed so long after its moment: its statement, and each wait before it, is given up far sooner. */
  readonly settleMs: number;
  readonly show: (unrecordedSeconds: number) => void;
}

export const TOKENS_SETTLE_MS = 60_000;
const IDS_PER_ENTRY = 5_000;
const ENTRIES_PER_PASS = 20;
const SEQUENCER = { kind: 'system', id: 'audit' } as const;

/**
 * Puts the append-only records of others into the audit log, and with it into the chain (design 5.13, decision 0028): one entry for all batches that were committed since the
 * last, with a digest of their rows. It reads behind the engine and the token ledger, who write no more for it than before.
 */
export class LedgerRecordService {
  readonly #deps: LedgerRecordDeps;
  /** Of an earlier pass. */
  #horizon: { readonly until: string; readonly fence: bigint } | null = null;

  constructor(deps: LedgerRecordDeps) {
    this.#deps = deps;
  }

  /** Once a second, on any node: who does not get the lock leaves it to who has it. */
  async record(): Promise<void> {
    for (let count = 0; count < ENTRIES_PER_PASS; count += 1) if (!(await this.#recordVenue())) break;
    for (let count = 0; count < ENTRIES_PER_PASS; count += 1) if (!(await this.#recordTokens())) break;
  }

  /** How it stands, for the alarm. */
  async look(): Promise<void> {
    this.#deps.show(await this.#deps.transaction(({ ledger }) => ledger.unrecordedSeconds()));
  }

  /** @returns whether there is more */
  #recordVenue(): Promise<boolean> {
    return this.#deps.transaction(async ({ ledger, audit }) => {
      if (!(await ledger.lock())) return false;
      const mark = await ledger.venueMark();
      const reach = await ledger.venueReach();
      const to = nextOf(mark, reach);
      if (to.orders === mark.orders && to.trades === mark.trades && to.journal === mark.journal) return false;
      const digest = (table: 'orders' | 'trades' | 'journal'): Promise<LedgerDigest> => ledger.digest(table, { after: mark[table], to: to[table] });
      const record: LedgerRecord = {
        number: to.number, encoding: LEDGER_ENCODING, batches: reach.batches, orders: await digest('orders'), trades: await digest('trades'), journal: await digest('journal'),
      };
      await audit({ actor: SEQUENCER, action: VENUE_RECORDED, subject: { kind: 'ledger', id: 'venue' }, after: record });
      await ledger.moveVenueMark(to);
      return to.orders !== reach.orders || to.trades !== reach.trades || to.journal !== reach.journal;
    });
  }

  /** @returns whether there is more */
  #recordTokens(): Promise<boolean> {
    return this.#deps.transaction(async ({ ledger, audit }) => {
      if (!(await ledger.lock())) return false;
      const mark = await ledger.tokenMark();
      const until = await this.#settledUntil(ledger, mark.jti);
      const to = until === null ? null : await ledger.lastToken(mark.jti, until, IDS_PER_ENTRY);
      if (to === null) return false;
      const tokens = await ledger.digest('tokens', { after: mark.jti, to });
      const record: LedgerRecord = { number: mark.number + 1, encoding: LEDGER_ENCODING, tokens };
      await audit({ actor: SEQUENCER, action: TOKENS_RECORDED, subject: { kind: 'ledger', id: 'tokens' }, after: record });
      await ledger.moveTokenMark(record.number, to);
      return tokens.rows === IDS_PER_ENTRY;
    });
  }

  /**
   * Tokens of many nodes commit in no order. Up to a moment that is old enough no statement begins any more; and what was under way when an earlier pass looked
   * has ended once the oldest transaction is younger than that look.
   */
  async #settledUntil(ledger: LedgerRecordRepository, after: string): Promise<string | null> {
    const until = await ledger.tokensBefore(this.#deps.settleMs);
    if ((await ledger.lastToken(after, until, 1)) === null) return null;
    const earlier = this.#horizon;
    const { oldest, own } = await ledger.transactions();
    if (earlier && oldest < earlier.fence) return null;
    this.#horizon = { until, fence: own };
    return earlier?.until ?? null;
  }
}

function nextOf(mark: VenueMark, reach: VenueReach): VenueMark {
  const next = (from: string, to: string): string => String(Math.min(Number(from) + IDS_PER_ENTRY, Number(to)));
  return { number: mark.number + 1, orders: next(mark.orders, reach.orders), trades: next(mark.trades, reach.trades), journal: next(mark.journal, reach.journal) };
}
