import type { LeaseHolder } from '../../db/lease.ts';
import type { OrderBookDepth } from '../../domain/matching/types.ts';
import type { VenueAnswer, VenueCommand } from '../../domain/venue-command.ts';
import { AppError } from '../../errors.ts';
import type { EngineEnd, EngineRun } from './engine-run.state.ts';
import type { VenueAudit } from './venue.state.ts';

export interface EngineHostDeps {
  readonly lease: {
    claim(milliseconds?: number): Promise<number | null>;
    renew(epoch: number, milliseconds?: number): Promise<boolean>;
    release(): Promise<void>;
    holder(): Promise<LeaseHolder | null>;
  };
  /** Loads the venue for this epoch; `null` when a newer epoch was first. @throws Error when the rows are not fit to trade on */
  readonly load: (epoch: number, onEnd: (end: EngineEnd) => void) => Promise<EngineRun | null>;
  /** Asks the node at this address. @throws AppError */
  readonly forward: (address: string, command: VenueCommand) => Promise<VenueAnswer>;
  readonly address: string;
  readonly leaseMs: number;
  readonly renewMs: number;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
  /** 0 up to, not including, 1. */
  readonly random: () => number;
  readonly onEpoch: (epoch: number) => void;
  readonly onTrouble: (error: unknown, message: string) => void;
}

/**
 * A large venue takes longer to load than a lease lasts, and some of its steps keep this process from renewing. Nothing is served meanwhile;
 * before it is, the lease is made short again.
 */
export const LOADING_LEASE_MS = 60_000;
const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 2_000;

/**
 * The venue's engine as this node sees it (design 5.9): here, when this node holds the lease, else at the address of whoever does. Commands
 * go there; an engine that ended is loaded again from Postgres, by whichever node gets the lease.
 */
export class EngineHost {
  readonly #deps: EngineHostDeps;
  #run: EngineRun | null = null;
  #epoch: number | null = null;
  #elsewhere: LeaseHolder | null = null;
  #twin: { readonly epoch: number; readonly until: number; told: boolean } | null = null;
  #heldSince = 0;
  #ticking: Promise<void> | null = null;
  #failures = 0;
  #retryAt = 0;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: EngineHostDeps) {
    this.#deps = deps;
  }

  /** Resolves when this node either runs the engine or has seen that it cannot now. */
  async start(): Promise<void> {
    await this.#tick();
    this.#next();
  }

  /** Takes nothing new, finishes what waits, then hands the lease back. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#ticking;
    const run = this.#run;
    this.#run = null;
    await run?.drained();
    run?.end({ why: 'stopped' });
    await this.#deps.lease.release().catch((error: unknown) => this.#deps.onTrouble(error, 'the engine lease was not released; it runs out by itself'));
  }

  /** Somebody runs the engine: this node, or one it can ask. */
  get ready(): boolean {
    return this.#run !== null || this.#elsewhere !== null;
  }

  /** @throws AppError ENGINE_UNAVAILABLE when no node is known to run the engine: for a check before anything is spent on an order */
  async requireReady(): Promise<void> {
    if (!this.ready && !(await this.#look())) throw new AppError('ENGINE_UNAVAILABLE', { retryAfter: 1 });
  }

  /** @throws AppError OVERLOADED, ENGINE_UNAVAILABLE (nothing happened), ORDER_OUTCOME_UNKNOWN */
  async submit(command: VenueCommand): Promise<VenueAnswer> {
    if (this.#run) return this.#run.submit(command);
    const first = this.#elsewhere ?? (await this.#look());
    if (!first) throw new AppError('ENGINE_UNAVAILABLE', { retryAfter: 1 });
    try {
      return await this.#deps.forward(first.address, command);
    } catch (error) {
      const next = mayTryAgain(error, command) ? await this.#look() : null;
      const moved = next !== null && next.epoch !== first.epoch;
      if (next === null || (!moved && isUnavailable(error))) throw error;
      return this.#deps.forward(next.address, command).catch((second: unknown) => {
        // That the second attempt did nothing says nothing of the first.
        throw isUnknown(error) && didNothing(second) ? error : second;
      });
    }
  }

  /** For other nodes: only what this node can do itself, so that no command goes round in circles. */
  submitHere(command: VenueCommand): Promise<VenueAnswer> {
    return this.#run ? this.#run.submit(command) : Promise.reject(new AppError('ENGINE_UNAVAILABLE', { retryAfter: 1 }));
  }

  /** Commands that wait here; `null` when the engine runs elsewhere. */
  get queueHere(): number | null {
    return this.#run?.queued ?? null;
  }

  /** The committed book, when the engine is here, and while no other node can have one: this one may not know yet that it was replaced. */
  async depthHere(symbol: string, levels: number): Promise<OrderBookDepth | null> {
    const held = this.#deps.clock() - this.#heldSince < this.#deps.leaseMs;
    return held && this.#run ? this.#run.depth(symbol, levels).catch(() => null) : null;
  }

  /** Every promise that the committed state breaks, and its hash; `null` when the engine runs elsewhere. Looks at everything, so it is for chaos runs. */
  async auditHere(): Promise<VenueAudit | null> {
    return this.#run ? this.#run.audit() : null;
  }

  async #look(): Promise<LeaseHolder | null> {
    try {
      const holder = await this.#deps.lease.holder();
      const reachable = holder !== null && !holder.mine && holder.address !== this.#deps.address;
      this.#elsewhere = reachable ? holder : null;
      if (holder !== null && !holder.mine && !reachable) this.#noteTwin(holder);
    } catch (error) {
      this.#deps.onTrouble(error, 'the engine lease cannot be read');
    }
    return this.#elsewhere;
  }

  /** It has our address. While its lease stands still it is what this node left behind when it died; one that renews lives. */
  #noteTwin(holder: LeaseHolder): void {
    const last = this.#twin;
    this.#twin = { ...holder, told: last?.epoch === holder.epoch && last.told };
    if (last?.epoch !== holder.epoch || last.until === holder.until || last.told) return;
    this.#twin.told = true;
    this.#deps.onTrouble(undefined, `another node runs the engine under our own address, ${holder.address}, so that neither can reach the other: set NODE_ADDRESS on each`);
  }

  #next(): void {
    if (this.#stopped) return;
    const waits = this.#run ? this.#deps.renewMs : Math.min(this.#deps.renewMs, Math.max(RETRY_MIN_MS, this.#retryAt - this.#deps.clock()));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#tick().finally(() => this.#next()), waits);
    this.#timer.unref();
  }

  async #tick(): Promise<void> {
    this.#ticking ??= (this.#run ? this.#renew() : this.#begin()).finally(() => {
      this.#ticking = null;
    });
    await this.#ticking;
  }

  async #begin(): Promise<void> {
    if (this.#deps.clock() < this.#retryAt) return;
    const asked = this.#deps.clock();
    try {
      const epoch = await this.#deps.lease.claim(LOADING_LEASE_MS);
      if (epoch === null) {
        await this.#look();
        return;
      }
      this.#epoch = epoch;
      this.#elsewhere = null;
      this.#heldSince = asked;
      await this.#load(epoch);
    } catch (error) {
      this.#retryLater(error, 'the engine did not start');
    }
  }

  async #load(epoch: number): Promise<void> {
    const renewal: { underWay: Promise<void> | null } = { underWay: null };
    const renewing = setInterval(() => {
      renewal.underWay ??= this.#renew(LOADING_LEASE_MS).finally(() => {
        renewal.underWay = null;
      });
    }, this.#deps.renewMs);
    try {
      const run = await this.#deps.load(epoch, (end) => this.#ended(epoch, end)).finally(() => clearInterval(renewing));
      // One that is still on its way would make the lease a long one again: were this node killed then, nobody would trade for a minute.
      await renewal.underWay;
      if (run && this.#epoch === epoch) await this.#renew();
      if (!run || this.#epoch !== epoch) return run?.end({ why: 'replaced' });
      this.#run = run;
      this.#failures = 0;
      this.#deps.onEpoch(epoch);
    } catch (error) {
      // Another node may be able to: none should have to wait for a lease that nobody uses.
      this.#epoch = null;
      await this.#deps.lease.release().catch(() => undefined);
      throw error;
    }
  }

  async #renew(milliseconds?: number): Promise<void> {
    const epoch = this.#epoch;
    if (epoch === null) return;
    const asked = this.#deps.clock();
    try {
      if (await this.#deps.lease.renew(epoch, milliseconds)) this.#heldSince = asked;
      else if (this.#epoch === epoch) this.#lose('another node has the engine lease');
    } catch (error) {
      this.#deps.onTrouble(error, 'the engine lease was not renewed');
      // Nobody may have taken over; but from here on this node cannot know.
      if (this.#epoch === epoch && this.#deps.clock() - this.#heldSince >= (milliseconds ?? this.#deps.leaseMs)) this.#lose('the engine lease ran out');
    }
  }

  #lose(message: string): void {
    this.#deps.onTrouble(undefined, message);
    this.#epoch = null;
    this.#run?.end({ why: 'replaced' });
  }

  #ended(epoch: number, end: EngineEnd): void {
    if (this.#epoch === epoch || this.#epoch === null) {
      this.#run = null;
      this.#epoch = null;
      this.#deps.onEpoch(0);
    }
    if (end.why === 'failed') this.#retryLater(end.error, 'the engine ended on a batch that was not committed; loading it again');
    else if (end.why === 'replaced') this.#deps.onTrouble(undefined, 'the engine of this node was replaced');
    this.#next();
  }

  /** At once the first time, then slower and slower, never all nodes in step. */
  #retryLater(error: unknown, message: string): void {
    this.#deps.onTrouble(error, message);
    const pause = this.#failures === 0 ? 0 : Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#retryAt = this.#deps.clock() + pause * (0.5 + this.#deps.random());
  }
}

const isUnavailable = (error: unknown): boolean => error instanceof AppError && error.code === 'ENGINE_UNAVAILABLE';

const isUnknown = (error: unknown): boolean => error instanceof AppError && error.code === 'ORDER_OUTCOME_UNKNOWN';
const didNothing = (error: unknown): boolean => isUnavailable(error) || (error instanceof AppError && error.code === 'OVERLOADED');

/** Nothing happened, or happening twice is harmless because the command has a name. */
function mayTryAgain(error: unknown, command: VenueCommand): boolean {
  if (isUnavailable(error)) return true;
  return isUnknown(error) && command.kind === 'place' && command.clientOrderId !== null;
}
