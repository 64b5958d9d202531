import type { DueReport, ReportsRepository } from './reports.repository.ts';

/** As the operator of the widget takes it (POST /api/widget/executions). */
export interface ExecutionItem {
  jti: string;
  status: DueReport['status'];
  quantity: string;
  price?: string;
  orderId: string;
  executedAt: string;
}

export interface ReportsDeps {
  readonly repository: ReportsRepository;
  /** Tells the operator; each report counts once there, however often it arrives. */
  readonly send: (items: ExecutionItem[]) => Promise<{ refused: readonly { jti: string; code: string }[] }>;
  readonly now: () => number;
  readonly onTrouble: (error: unknown, message: string) => void;
}

const REPORTS_PER_CALL = 500;
const CALLS_PER_RUN_MAX = 20;
/** Longer than an order can be on its way: a full queue of batches that each take their two seconds. */
const LOST_AFTER_SECONDS = 60;

/** Tells the operator of the widget what became of its trade tokens: at once after the commit, and again later what did not get through. */
export class ReportsService {
  readonly #deps: ReportsDeps;
  #running: Promise<void> | null = null;
  #again = false;

  constructor(deps: ReportsDeps) {
    this.#deps = deps;
  }

  /** There is something to report. Joins a run under way, which then looks once more. */
  deliverSoon(): void {
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  }

  /** The job's turn, on any node. */
  async deliver(): Promise<void> {
    await this.#deps.repository.rejectLost('NEVER_PLACED', LOST_AFTER_SECONDS, REPORTS_PER_CALL);
    await this.#deliverDue();
  }

  async #deliverDue(): Promise<void> {
    for (let call = 0; call < CALLS_PER_RUN_MAX; call += 1) {
      const due = await this.#deps.repository.claim(REPORTS_PER_CALL);
      if (due.length > 0) await this.#send(due);
      if (due.length < REPORTS_PER_CALL) return;
    }
  }

  /** A token is about to be spent. From here on its operator hears what became of it, even if this process dies before the engine sees the order. */
  async expect(jti: string, userId: number): Promise<string | null> {
    return this.#deps.repository.expect(jti, userId, this.#deps.now());
  }

  /** It was not spent, for sure. */
  async forget(jti: string, mark: string): Promise<void> {
    await this.#deps.repository.forget(jti, mark);
  }

  /** No order came of this token, for sure. */
  async rejected(jti: string, refusal: string): Promise<void> {
    await this.#deps.repository.reject(jti, refusal);
    this.deliverSoon();
  }

  /** Resolves when no run is under way. */
  async drained(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      try {
        await this.#deliverDue();
      } catch (error) {
        this.#deps.onTrouble(error, 'execution reports were not delivered; the job tries again');
      }
    }
  }

  async #send(due: readonly DueReport[]): Promise<void> {
    try {
      const { refused } = await this.#deps.send(due.map(toItem));
      const codes = new Map(refused.map(({ jti, code }) => [jti, code]));
      for (const [jti, code] of codes) this.#deps.onTrouble({ jti, code }, 'the operator refused an execution report');
      await this.#deps.repository.done(due.map(({ jti, version }) => ({ jti, version, refused: codes.get(jti) ?? null })));
    } catch (error) {
      await this.#deps.repository.retry(due.map(({ jti }) => jti));
      throw error;
    }
  }
}

function toItem({ jti, status, quantity, price, order_id, executed_at }: DueReport): ExecutionItem {
  return { jti, status, quantity, ...(price !== null && { price }), orderId: order_id ?? '-', executedAt: executed_at.toISOString() };
}
