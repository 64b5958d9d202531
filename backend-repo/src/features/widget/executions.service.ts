import { judgeReport, type ExecutionReport } from '../../domain/execution-report.ts';
import { parseAmount } from '../../domain/money.ts';
import { AppError } from '../../errors.ts';
import type { ExecutionsRepository, NewExecution } from './executions.repository.ts';
import type { ExecutionItem } from './widget.schema.ts';

export interface ExecutionsDeps {
  readonly transaction: <T>(work: (repository: ExecutionsRepository) => Promise<T>) => Promise<T>;
  /** One at a time per partner. */
  readonly inTurn: <T>(exchangeId: string, work: () => Promise<T>) => Promise<T>;
  readonly tokenClosed: (exchangeId: string, exchangeUserId: string, jti: string) => void;
  readonly now: () => number;
}

export interface ExecutionsResult {
  readonly recorded: number;
  readonly duplicates: number;
  readonly refused: readonly { index: number; jti: string; code: string; message: string }[];
}

/** What partners report of their trades. */
export class ExecutionsService {
  readonly #deps: ExecutionsDeps;

  constructor(deps: ExecutionsDeps) {
    this.#deps = deps;
  }

  /**
   * Records a batch, idempotently. One refused report does not stop the others.
   * @throws AppError VALIDATION_ERROR for a time that is no time; OVERLOADED when too many batches of this partner wait
   */
  async report(exchangeId: string, items: readonly ExecutionItem[]): Promise<ExecutionsResult> {
    const reports = items.map(toReport);
    const closed: { jti: string; exchangeUserId: string }[] = [];
    const result = await this.#deps.inTurn(exchangeId, () => this.#deps.transaction(async (repository) => {
      await repository.lockPartner(exchangeId);
      const tokens = await repository.findTokens(exchangeId, [...new Set(reports.map(({ jti }) => jti))]);
      const latest = new Map<string, ExecutionReport | null>([...tokens].map(([jti, token]) => [jti, token.latest]));
      const record: NewExecution[] = [];
      const refused: { index: number; jti: string; code: string; message: string }[] = [];
      let duplicates = 0;
      reports.forEach((report, index) => {
        const token = tokens.get(report.jti);
        const verdict = token
          ? judgeReport(report, token.ordered, latest.get(report.jti) ?? null)
          : ({ kind: 'refused', code: 'TRADE_TOKEN_UNKNOWN', message: 'We have not issued this trade token to you.' } as const);
        if (verdict.kind === 'refused') refused.push({ index, jti: report.jti, code: verdict.code, message: verdict.message });
        else if (verdict.kind === 'duplicate') duplicates += 1;
        else {
          record.push(report);
          latest.set(report.jti, report);
          closed.push({ jti: report.jti, exchangeUserId: token!.exchangeUserId });
        }
      });
      if (record.length > 0) await repository.insert(exchangeId, record, this.#deps.now());
      return { recorded: record.length, duplicates, refused };
    }));
    for (const { jti, exchangeUserId } of closed) this.#deps.tokenClosed(exchangeId, exchangeUserId, jti);
    return result;
  }
}

function toReport(item: ExecutionItem, index: number): NewExecution {
  const executedAt = Date.parse(item.executedAt);
  if (Number.isNaN(executedAt)) throw new AppError('VALIDATION_ERROR', { fields: { [`executions.${index}.executedAt`]: 'Is not a time.' } });
  return {
    jti: item.jti,
    status: item.status,
    quantity: parseAmount(item.quantity)!,
    price: item.price === undefined ? null : nullIfZero(parseAmount(item.price)!),
    orderId: item.orderId,
    executedAt,
  };
}

// "Nothing executed" may be written with price "0" or without a price.
const nullIfZero = (units: bigint): bigint | null => (units === 0n ? null : units);
