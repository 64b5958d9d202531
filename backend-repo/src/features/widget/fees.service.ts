import { amountFrom, formatAmount } from '../../domain/money.ts';
import { AppError } from '../../errors.ts';
import type { FeeGroup, FeesRepository } from './fees.repository.ts';
import { parseTime } from './fees.schema.ts';
import type { Partner } from './partners.state.ts';

export interface FeesDeps {
  readonly requirePartner: (exchangeId: string) => Partner;
  readonly asPartner: <T>(exchangeId: string, work: (fees: FeesRepository) => Promise<T>) => Promise<T>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface DueInAsset {
  readonly asset: string;
  readonly executedNotional: string;
  readonly amount: string;
  readonly signedAmount: string;
}

/** What a part of the tokens comes to. */
export interface FeePart {
  readonly issued: number;
  readonly unaccounted: number;
  readonly due: readonly DueInAsset[];
}

export interface FeeTotals {
  readonly exchangeId: string;
  readonly from: string;
  readonly to: string;
  readonly issued: number;
  readonly executed: number;
  readonly partiallyExecuted: number;
  readonly rejected: number;
  readonly expired: number;
  readonly due: readonly DueInAsset[];
  /** Of tokens whose user nobody proved. */
  readonly labelMode: FeePart;
  /** Of tokens that the partner could have signed itself. */
  readonly hs256: FeePart;
  readonly unaccounted: {
    readonly tokens: number;
    readonly open: number;
    readonly redeemed: number;
    readonly upTo: readonly { readonly asset: string; readonly amount: string }[];
    readonly withoutPrice: number;
  };
}

const SPAN_DAYS_MAX = 366;
const DAY_MS = 86_400_000;
const NO_TIME = 'Write a time with its zone, such as 2026-01-15T10:30:00Z. In a query + is written %2B.';

/** What partners owe, and what they have not accounted for. Read-only; billed statements come from billing. */
export class FeesService {
  readonly #deps: FeesDeps;

  constructor(deps: FeesDeps) {
    this.#deps = deps;
  }

  /**
   * @param from first moment of issue that counts, RFC 3339
   * @param to first moment that no longer counts
   * @throws AppError EXCHANGE_NOT_FOUND, VALIDATION_ERROR
   */
  async totals(exchangeId: string, from: string, to: string): Promise<FeeTotals> {
    const partner = this.#deps.requirePartner(exchangeId);
    const span = readSpan(from, to);
    const groups = await this.#deps.asPartner(exchangeId, (fees) => fees.groups(exchangeId, span, new Date(this.#deps.now()).toISOString()));
    const tokensOf = (outcome: FeeGroup['outcome']): number => countOf(groups.filter((group) => group.outcome === outcome), 'tokens');
    const unaccounted = groups.filter((group) => group.outcome === null);
    const assets = inAssets(groups, partner);
    return {
      exchangeId,
      ...span,
      issued: countOf(groups, 'tokens'),
      executed: tokensOf('executed'),
      partiallyExecuted: tokensOf('partially_executed'),
      rejected: tokensOf('rejected'),
      expired: tokensOf('expired'),
      due: dueOf(assets),
      labelMode: partOf(groups.filter((group) => group.identity_mode === 'label'), partner),
      hs256: partOf(groups.filter((group) => group.algorithm === 'HS256'), partner),
      unaccounted: {
        tokens: countOf(unaccounted, 'tokens'),
        open: countOf(unaccounted, 'open'),
        redeemed: countOf(unaccounted, 'redeemed'),
        upTo: assets.map(([asset, ofAsset]) => ({ asset, amount: sumOf(ofAsset, 'up_to') })).filter(({ amount }) => amount !== '0'),
        withoutPrice: countOf(unaccounted, 'without_price'),
      },
    };
  }
}

function readSpan(from: string, to: string): { from: string; to: string } {
  const [start, end] = [parseTime(from), parseTime(to)];
  const fields: Record<string, string> = {};
  if (start === null) fields['from'] = NO_TIME;
  if (end === null) fields['to'] = NO_TIME;
  if (start !== null && end !== null && end <= start) fields['to'] = 'Must be later than from.';
  if (start !== null && end !== null && end - start > SPAN_DAYS_MAX * DAY_MS) fields['to'] = `Must be at most ${SPAN_DAYS_MAX} days after from.`;
  if (Object.keys(fields).length > 0) throw new AppError('VALIDATION_ERROR', { fields });
  return { from: new Date(start!).toISOString(), to: new Date(end!).toISOString() };
}

type GroupsOfAsset = readonly [asset: string, groups: readonly FeeGroup[]];

function inAssets(groups: readonly FeeGroup[], partner: Partner): GroupsOfAsset[] {
  return [...Map.groupBy(groups, (group) => feeAsset(group.quote_asset, group.symbol, partner))].sort(([one], [other]) => (one < other ? -1 : 1));
}

function partOf(groups: readonly FeeGroup[], partner: Partner): FeePart {
  const unaccounted = groups.filter((group) => group.outcome === null);
  return { issued: countOf(groups, 'tokens'), unaccounted: countOf(unaccounted, 'tokens'), due: dueOf(inAssets(groups, partner)) };
}

function dueOf(assets: readonly GroupsOfAsset[]): DueInAsset[] {
  return assets.map(([asset, groups]) => dueIn(asset, groups)).filter(({ executedNotional }) => executedNotional !== '0');
}

function dueIn(asset: string, groups: readonly FeeGroup[]): DueInAsset {
  return { asset, executedNotional: sumOf(groups, 'notional'), amount: sumOf(groups, 'due'), signedAmount: sumOf(groups, 'signed_due') };
}

function countOf(groups: readonly FeeGroup[], what: 'tokens' | 'open' | 'redeemed' | 'without_price'): number {
  return groups.reduce((sum, group) => sum + group[what], 0);
}

function sumOf(groups: readonly FeeGroup[], what: 'notional' | 'due' | 'signed_due' | 'up_to'): string {
  return formatAmount(groups.reduce((sum, group) => sum + amountFrom(group[what]), 0n));
}

/** What the fee of an order in this market is due in today. */
export function quoteAssetOf(partner: Partner, symbol: string): string | null {
  return partner.symbols.get(symbol)?.quote ?? null;
}

/**
 * What the fee of a token is due in: what its ledger line says; for a line of before that was written, what the partner's market says today; and for
 * a market that is gone as well, the symbol itself. So no amount is lost, and none is added to those of an asset that it may not be in.
 */
export function feeAsset(quoteAsset: string | null, symbol: string, partner: Partner): string {
  return quoteAsset ?? quoteAssetOf(partner, symbol) ?? symbol;
}
