import { listed, type Actor, type AuditEntry } from '../../domain/audit-entry.ts';
import type { FeeRate } from '../../domain/fee.ts';
import { formatAmount, type Units } from '../../domain/money.ts';
import { findRisks } from '../../domain/risk-rules.ts';
import { factsOfBatch, type Touch } from '../../domain/risk/facts.ts';
import { isWorse, type Finding, type Severity } from '../../domain/risk/finding.ts';
import type { BatchChanges } from '../../domain/matching/types.ts';
import { moneyVelocity, type MovedMoney } from '../../domain/risk/money-velocity.ts';
import type { RiskThresholds } from '../../domain/risk/thresholds.ts';
import { HISTORY_WINDOWS } from '../../domain/risk/unusual-volume.ts';
import { AppError, invalidField } from '../../errors.ts';
import type { RiskEventRow, RiskEventsRepository, RiskWatchRepository } from './risk.repository.ts';
import type { DecideRiskEventRequest, ReportRiskEventRequest, RiskEventsQuery } from './risk.schema.ts';
import type { RiskMemory } from './risk.state.ts';

/** Both on the connection of one transaction, which says who of us asks. */
export interface StaffTables {
  readonly events: RiskEventsRepository;
  readonly audit: (entry: AuditEntry) => Promise<void>;
}

export interface RiskDeps {
  readonly memory: RiskMemory;
  readonly watch: Pick<RiskWatchRepository, 'record' | 'tell' | 'isUser' | 'pastVolumes' | 'movedMoney'>;
  readonly thresholds: RiskThresholds;
  readonly asStaff: <T>(userId: number, work: (tables: StaffTables) => Promise<T>) => Promise<T>;
  readonly count: (kind: string, severity: Severity) => void;
  readonly newReference: () => string;
  readonly now: () => number;
  readonly clock: () => number;
  /** Does it once whatever waits has gone first, in the order of the calls. */
  readonly later: (work: () => void) => void;
  /** Lets whatever waits go first, work for later included. */
  readonly breath: () => Promise<unknown>;
  readonly rest: (milliseconds: number) => Promise<unknown>;
  readonly onTrouble: (error: unknown, message: string) => void;
}

/** Judging never keeps the engine longer than this in one go, */
const SLICE_MS = 1;
/** and then leaves it alone for as long: thousands of traders are judged within a second, and nobody's order waits behind more than one slice. */
const REST_MS = 4;
const UNRECORDED_MAX = 1_000;
const KNOWN_MAX = 20_000;

export interface MarketHalt {
  readonly symbol: string;
  /** Milliseconds since 1970. */
  readonly haltedAt: number;
  readonly lastPrice: Units | null;
  readonly rate: FeeRate | null;
  readonly windowMs: number;
}

/** As the contract's RiskEvent. */
export type RiskEvent = Omit<RiskEventRow, 'created_at' | 'updated_at' | 'decided_at'> & { readonly created_at: string; readonly updated_at: string; readonly decided_at: string | null };

/** The venue's watch: remembers what happens, judges it in the quiet between, and keeps what was found for staff. */
export class RiskService {
  readonly #deps: RiskDeps;
  /** Found and not recorded yet, by name. */
  readonly #unrecorded = new Map<string, Finding>();
  /** Recorded lately, so that the same is not written again every few seconds. */
  readonly #known = new Map<string, Severity>();
  #looking: Promise<void> = Promise.resolve();
  #takeover = 0;

  constructor(deps: RiskDeps) {
    this.#deps = deps;
  }

  /**
   * Call it with each committed batch, in order. It never throws, and the answers of the batch go first; the engine's next batch comes after it, so
   * that the best prices are still those of this one.
   */
  observe(batch: Pick<BatchChanges, 'newOrders' | 'updatedOrders' | 'trades'>, touchOf: (symbol: string) => Touch | null): void {
    this.#deps.later(() => {
      try {
        this.#deps.memory.observe(factsOfBatch(batch, touchOf));
      } catch (error) {
        this.#deps.onTrouble(error, 'a batch was not watched');
      }
    });
  }

  /**
   * This node has the engine from now on: another may have had it, so what was remembered is old. Usual volumes come from the trades on record.
   * @param served resolves when nobody waits for this node any more: reading a day's trades may take a while
   */
  async takeOver(served: Promise<void> = Promise.resolve()): Promise<void> {
    this.#deps.memory.clear();
    const until = this.#deps.now();
    const turn = (this.#takeover += 1);
    await served;
    try {
      const { windowMs } = this.#deps.thresholds.unusualVolume;
      const past = await this.#deps.watch.pastVolumes(until - HISTORY_WINDOWS * windowMs, until, windowMs);
      if (turn === this.#takeover) this.#deps.memory.addPast(past);
    } catch (error) {
      this.#deps.onTrouble(error, 'the volumes of before could not be read; unusual volume is judged by what is seen from now on');
    }
  }

  /** Judges whoever did something, and records what is new. One look after the other. */
  look(): Promise<void> {
    const look = this.#looking.then(() => this.#look());
    this.#looking = look.catch(() => undefined);
    return look;
  }

  /** @throws AppError VALIDATION_ERROR when nobody has this number; IDEMPOTENCY_KEY_REUSED when the reference names another event */
  async report({ userId, metadata, reference, ...event }: ReportRiskEventRequest): Promise<{ event: RiskEvent; added: boolean }> {
    const told = { ...event, kind: 'reported', symbol: null, userId: userId ?? null, metadata: metadata ?? null, reference: reference ?? this.#deps.newReference() } as const;
    if (told.userId !== null && !(await this.#deps.watch.isUser(told.userId))) throw invalidField('userId', 'Nobody has this number.');
    const { event: row, added, same } = await this.#deps.watch.tell(told, this.#deps.now());
    if (!same) throw new AppError('IDEMPOTENCY_KEY_REUSED', { message: 'This reference was used for another event.' });
    // One label for all of them: what others call their events is theirs.
    if (added) this.#deps.count('reported', row.severity);
    return { event: view(row), added };
  }

  /** A circuit breaker has halted a market. The same halt again, from whatever node, changes nothing. */
  async marketHalted({ symbol, haltedAt, lastPrice, rate, windowMs }: MarketHalt): Promise<void> {
    const at = new Date(haltedAt).toISOString();
    const decimal = (units: bigint | null): string | null => (units === null ? null : formatAmount(units));
    const { added } = await this.#deps.watch.tell(
      {
        kind: 'circuit_breaker',
        eventType: 'TRADE',
        severity: 'HIGH',
        symbol,
        userId: null,
        description: `The circuit breaker halted ${symbol}: its price moved too far too fast.`,
        metadata: { halted_at: at, last_price: decimal(lastPrice), breaker_rate: decimal(rate), window_ms: windowMs },
        // No service can tell of something by this name: theirs have no spaces.
        reference: `circuit breaker ${symbol} ${at}`,
      },
      this.#deps.now(),
    );
    if (added) this.#deps.count('circuit_breaker', 'HIGH');
  }

  /** For staff, on record. */
  async list(staffId: number, query: RiskEventsQuery, actor: Actor): Promise<{ events: RiskEvent[]; next_cursor: number | null }> {
    return this.#deps.asStaff(staffId, async ({ events, audit }) => {
      const found = await events.list({ ...query, limit: query.limit + 1 });
      const page = found.slice(0, query.limit);
      await audit(listed('risk_events', actor, query, page.length));
      return { events: page.map(view), next_cursor: found.length > query.limit ? page.at(-1)!.id : null };
    });
  }

  /** Resolves or reopens an event, with the reason. The same again changes nothing. @throws AppError RISK_EVENT_NOT_FOUND */
  async decide(staffId: number, id: number, { resolved, note }: DecideRiskEventRequest, actor: Actor): Promise<RiskEvent> {
    return this.#deps.asStaff(staffId, async ({ events, audit }) => {
      const decided = await events.decide(id, { resolved, note }, staffId, this.#deps.now());
      if (decided) {
        const action = decided.before.resolved === resolved ? 'risk_event.noted' : resolved ? 'risk_event.resolved' : 'risk_event.reopened';
        await audit({ actor, action, subject: { kind: 'risk_event', id: String(id) }, reason: note, before: decided.before, after: { resolved, note } });
      }
      const event = decided?.event ?? (await events.find(id));
      if (!event) throw new AppError('RISK_EVENT_NOT_FOUND');
      return view(event);
    });
  }

  async #look(): Promise<void> {
    await this.#deps.breath();
    const at = this.#deps.now();
    let sliceEnds = this.#deps.clock() + SLICE_MS;
    for (const facts of this.#deps.memory.due(at)) {
      for (const finding of findRisks(facts, at, this.#deps.thresholds)) this.#note(finding);
      if (this.#deps.clock() < sliceEnds) continue;
      await this.#deps.rest(REST_MS);
      sliceEnds = this.#deps.clock() + SLICE_MS;
    }
    for (const moved of await this.#movedMoney(at)) for (const finding of moneyVelocity(moved, this.#deps.thresholds)) this.#note(finding);
    await this.#record(at);
  }

  /** What was found by other means is recorded all the same. */
  async #movedMoney(at: number): Promise<MovedMoney[]> {
    try {
      return await this.#deps.watch.movedMoney(at, this.#deps.thresholds.moneyVelocity);
    } catch (error) {
      this.#deps.onTrouble(error, 'what was paid in and taken out could not be read; it is judged at the next look');
      return [];
    }
  }

  #note(finding: Finding): void {
    const name = nameOf(finding);
    const known = this.#known.get(name) ?? this.#unrecorded.get(name)?.severity;
    if (known !== undefined && !isWorse(finding.severity, known)) return;
    if (this.#unrecorded.size < UNRECORDED_MAX || this.#unrecorded.has(name)) this.#unrecorded.set(name, finding);
  }

  /** What cannot be recorded now is recorded at the next look. */
  async #record(at: number): Promise<void> {
    const findings = [...this.#unrecorded.values()];
    if (findings.length === 0) return;
    for (const { kind, severity } of await this.#deps.watch.record(findings, at)) this.#deps.count(kind, severity);
    for (const finding of findings) {
      const name = nameOf(finding);
      if (this.#unrecorded.get(name) === finding) this.#unrecorded.delete(name);
      this.#known.set(name, finding.severity);
    }
    for (const name of this.#known.keys()) {
      if (this.#known.size <= KNOWN_MAX) break;
      this.#known.delete(name);
    }
  }
}

const nameOf = ({ kind, userId, symbol, windowStart }: Finding): string => `${kind} ${userId} ${symbol ?? ''} ${windowStart}`;

function view({ created_at, updated_at, decided_at, ...row }: RiskEventRow): RiskEvent {
  return { ...row, decided_at: decided_at?.toISOString() ?? null, created_at: created_at.toISOString(), updated_at: updated_at.toISOString() };
}
