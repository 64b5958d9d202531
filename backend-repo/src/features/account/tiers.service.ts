import type { Actor, AuditEntry } from '../../domain/audit-entry.ts';
import type { BooksEvent, TellBooks } from '../../domain/books-event.ts';
import { amountFrom, formatAmount, type Units } from '../../domain/money.ts';
import { nextTier, tierForVolume, tierOf, TRADING_TIERS, VOLUME_ASSET, VOLUME_DAYS, type FeeTier, type RateTier, type TradingTier } from '../../domain/trading-tiers.ts';
import type { VenueCommand } from '../../domain/venue-command.ts';
import { AppError } from '../../errors.ts';
import type { TierRates, TiersRepository } from './tiers.repository.ts';
import { settleEach } from './transfers.service.ts';

export interface TierTables {
  readonly tiers: TiersRepository;
  readonly audit: (entry: AuditEntry) => Promise<void>;
  readonly tell: TellBooks;
}

export interface TiersDeps {
  readonly asUser: <T>(userId: number, work: (tiers: TiersRepository) => Promise<T>) => Promise<T>;
  readonly transaction: <T>(work: (tables: TierTables) => Promise<T>) => Promise<T>;
  readonly carryOut: (command: VenueCommand) => Promise<unknown>;
  readonly isTrader: (userId: number) => Promise<boolean>;
  readonly ordersPerMinute: (userId: number, tier: RateTier) => number;
  /** Has the memory of this node follow a change that is committed. */
  readonly changed: () => Promise<void>;
  readonly onTrouble: (error: unknown, message: string) => void;
  readonly now: () => number;
}

const DAY_MS = 86_400_000;
const TRADES_PER_STEP = 200_000;
const USERS_PER_STEP = 5_000;
const TOLD_PER_STEP = 100;
const TIER_RATES: readonly TierRates[] = TRADING_TIERS.map(({ tier, makerRate, takerRate }) => ({ tier, makerRate: formatAmount(makerRate as bigint), takerRate: formatAmount(takerRate as bigint) }));

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Fee tiers: what they are by volume or by staff, and that the engine charges by them. */
export class TiersService {
  readonly #deps: TiersDeps;

  constructor(deps: TiersDeps) {
    this.#deps = deps;
  }

  async view(userId: number): Promise<object> {
    const { row, volume } = await this.#deps.asUser(userId, async (tiers) => ({ row: await tiers.find(userId), volume: await this.#volume(tiers, userId) }));
    const tier = row?.tier ?? 1;
    const next = nextTier(tier, volume);
    return {
      ...ratesView(tierOf(tier)),
      pinned: row?.pinned ?? false,
      volume_30d: formatAmount(volume, 2),
      volume_asset: VOLUME_ASSET,
      limits: this.#limitsView(userId, tierOf(tier)),
      next_tier: next && { ...ratesView(next.tier), volume_min: formatAmount(next.tier.volumeMin, 2), missing: formatAmount(next.missing, 2) },
    };
  }

  /** Whose rates the engine charges now. */
  async charged(userId: number): Promise<TradingTier> {
    return tierOf((await this.#deps.asUser(userId, (tiers) => tiers.find(userId)))?.applied_tier ?? 1);
  }

  /**
   * Staff sets a tier that no volume changes, or gives the user back to their volume.
   * @param tier `null`: by volume again
   * @throws AppError USER_NOT_FOUND
   */
  async pin(userId: number, tier: FeeTier | null, reason: string, actor: Actor): Promise<object> {
    if (!(await this.#deps.isTrader(userId))) throw new AppError('USER_NOT_FOUND');
    await this.#deps.transaction(async ({ tiers, audit, tell }) => {
      const before = await tiers.lockOrAdd(userId, this.#deps.now());
      const after = tier ?? tierForVolume(await this.#volume(tiers, userId)).tier;
      const pinned = tier !== null;
      if (before.tier === after && before.pinned === pinned) return;
      await tiers.set(userId, after, pinned, this.#deps.now());
      const entry = { before: { tier: before.tier, pinned: before.pinned }, after: { tier: after, pinned } };
      await audit({ actor, action: 'user.fee_tier_set', subject: { kind: 'user', id: String(userId) }, reason, ...entry });
      if (after !== before.tier) await tell('account.updated', tierEvent(userId, after));
    });
    await this.#deps.changed();
    await this.#tell(userId).catch((error: unknown) => this.#deps.onTrouble(error, 'the engine was not told of a new fee tier; the job does it'));
    return { user_id: userId, ...(await this.view(userId)) };
  }

  /** Adds what was traded since the last look to its days, and recalculates tiers that were last calculated on another day. Any number of nodes may do it at once. */
  async recalculateWhenDue(): Promise<void> {
    await this.#addVolumes();
    const at = await this.#deps.transaction(({ tiers }) => tiers.calculatedAt());
    if (at === -Infinity || dayOf(at) < dayOf(this.#deps.now())) await this.recalculate();
  }

  /** Everybody's tier by what they traded in the last days, in steps that each leave things right. */
  async recalculate(): Promise<void> {
    const since = this.#since();
    const volumesMin = TRADING_TIERS.map(({ volumeMin }) => formatAmount(volumeMin));
    await this.#addVolumes();
    let last: number | null = 0;
    while (last !== null) {
      const after: number = last;
      last = await this.#deps.transaction(async ({ tiers, tell }) => {
        const step = await tiers.recalculate(TRADING_TIERS, volumesMin, since, after, USERS_PER_STEP, this.#deps.now());
        await tell('account.updated', ...step.changed.map(({ userId, tier }) => tierEvent(userId, tier)));
        return step.last;
      });
    }
    await this.#deps.transaction(async ({ tiers }) => {
      // A command that was thought lost may have been heard after a newer one.
      await tiers.recordApplied(TIER_RATES, null);
      await tiers.dropDaysBefore(since);
      await tiers.recordCalculated(this.#deps.now());
    });
    await this.apply();
  }

  /** Whoever asks for their tier has to add up what is not in here yet. */
  async #addVolumes(): Promise<void> {
    for (let more = true; more; ) more = await this.#deps.transaction(({ tiers }) => tiers.addVolumes(VOLUME_ASSET, TRADES_PER_STEP));
  }

  /** Tells the engine of every tier that it has not been told of. After a step in which it did not take each, the next steps wait for the next time. */
  async apply(): Promise<void> {
    for (let after = 0; ; ) {
      const rows = await this.#deps.transaction(({ tiers }) => tiers.unapplied(after, TOLD_PER_STEP));
      await settleEach(rows, ({ user_id }) => this.#tell(user_id));
      if (rows.length < TOLD_PER_STEP) return;
      after = rows.at(-1)!.user_id;
    }
  }

  /**
   * Nothing is locked while the engine is asked. Of two who tell it different tiers the last one heard counts, and the engine's own rates then say
   * which that was; when it was the older, the row stays one to be told of.
   */
  async #tell(userId: number): Promise<void> {
    const row = await this.#deps.transaction(({ tiers }) => tiers.find(userId));
    if (!row || row.applied_tier === row.tier) return;
    const { makerRate, takerRate } = tierOf(row.tier);
    await this.#deps.carryOut({ kind: 'set-fee-rates', userId, makerRate, takerRate });
    await this.#deps.transaction(({ tiers }) => tiers.recordApplied(TIER_RATES, userId));
  }

  async #volume(tiers: TiersRepository, userId: number): Promise<Units> {
    return amountFrom(await tiers.volume(userId, this.#since(), VOLUME_ASSET));
  }

  #since(): string {
    return dayOf(this.#deps.now() - (VOLUME_DAYS - 1) * DAY_MS);
  }

  #limitsView(userId: number, { limits, rateTier }: TradingTier): object {
    const amount = (units: Units | null): string | null => (units === null ? null : formatAmount(units));
    return {
      open_orders_max: limits.openOrdersMax,
      notional_max: amount(limits.notionalMax),
      position_max: amount(limits.positionMax),
      orders_per_minute: this.#deps.ordersPerMinute(userId, rateTier),
    };
  }
}

const tierEvent = (userId: number, feeTier: FeeTier): BooksEvent => ({ clientId: String(userId), changes: { feeTier } });

export function ratesView({ tier, makerRate, takerRate }: TradingTier): { tier: FeeTier; maker_rate: string; taker_rate: string } {
  return { tier, maker_rate: formatAmount(makerRate as bigint), taker_rate: formatAmount(takerRate as bigint) };
}
