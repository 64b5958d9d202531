import { judgeReport, judgeTime, type ExecutionReport, type ReportVerdict } from '../../domain/execution-report.ts';
import { parseAmount } from '../../domain/money.ts';
import { reportSignatureHolds, type ReportKey } from '../../domain/report-signature.ts';
import { AppError } from '../../errors.ts';
import type { ExecutionsRepository, NewExecution, ReportedToken, ReportEvidence } from './executions.repository.ts';
import { parseTime } from './fees.schema.ts';
import type { ExecutionItem } from './widget.schema.ts';

export interface ExecutionsDeps {
  readonly reportKeyOf: (exchangeId: string) => ReportKey | null;
  readonly transaction: <T>(work: (repository: ExecutionsRepository) => Promise<T>) => Promise<T>;
  /** One at a time per partner. */
  readonly inTurn: <T>(exchangeId: string, work: () => Promise<T>) => Promise<T>;
  readonly tokenClosed: (exchangeId: string, exchangeUserId: string, jti: string) => void;
  readonly newId: (now: number) => string;
  readonly now: () => number;
}

/** A body as it came, and what its sender signed it with. */
export interface SignedBody {
  readonly signature: string;
  readonly body: Buffer;
}

export interface ExecutionsResult {
  readonly recorded: number;
  readonly duplicates: number;
  readonly refused: readonly Refused[];
}

interface Refused {
  readonly index: number;
  readonly jti: string;
  readonly code: string;
  readonly message: string;
}

interface Judged {
  readonly record: readonly NewExecution[];
  /** Already on record; the signature is what they lacked. */
  readonly nowSigned: readonly NewExecution[];
  readonly duplicates: number;
  readonly refused: readonly Refused[];
}

/** What partners report of their trades. */
export class ExecutionsService {
  readonly #deps: ExecutionsDeps;

  constructor(deps: ExecutionsDeps) {
    this.#deps = deps;
  }

  /**
   * Records a batch, idempotently. One refused report does not stop the others. A signed batch is kept as it came, beside what it says.
   * @param signed `null` when the partner did not sign the body with its report key
   * @throws AppError VALIDATION_ERROR for a time that is no time; REPORT_SIGNATURE_INVALID; OVERLOADED when too many batches of this partner wait
   */
  async report(exchangeId: string, items: readonly ExecutionItem[], signed: SignedBody | null = null): Promise<ExecutionsResult> {
    const reports = items.map((item, index) => toReport(item, index, this.#deps.now()));
    const proof = signed && this.#verify(exchangeId, signed);
    const closed: { jti: string; exchangeUserId: string }[] = [];
    const result = await this.#deps.inTurn(exchangeId, () => this.#deps.transaction(async (repository) => {
      await repository.lockPartner(exchangeId);
      const tokens = await repository.findTokens(exchangeId, [...new Set(reports.map(({ jti }) => jti))]);
      const { record, nowSigned, duplicates, refused } = judge(reports, tokens);
      const now = this.#deps.now();
      const evidenceId = proof && record.length + nowSigned.length > 0 ? await this.#keep(repository, proof, now) : null;
      if (record.length > 0) await repository.insert(exchangeId, record, evidenceId, now);
      if (evidenceId !== null && nowSigned.length > 0) await repository.linkEvidence(exchangeId, nowSigned, evidenceId, now);
      for (const { jti } of record) closed.push({ jti, exchangeUserId: tokens.get(jti)!.exchangeUserId });
      return { recorded: record.length, duplicates, refused };
    }));
    for (const { jti, exchangeUserId } of closed) this.#deps.tokenClosed(exchangeId, exchangeUserId, jti);
    return result;
  }

  #verify(exchangeId: string, signed: SignedBody): Proof {
    const key = this.#deps.reportKeyOf(exchangeId);
    if (!key || !reportSignatureHolds(signed.signature, signed.body, key)) throw new AppError('REPORT_SIGNATURE_INVALID');
    return { exchangeId, kid: key.kid, ...signed };
  }

  async #keep(repository: ExecutionsRepository, proof: Proof, now: number): Promise<string> {
    const evidenceId = this.#deps.newId(now);
    await repository.insertEvidence({ ...proof, evidenceId }, now);
    return evidenceId;
  }
}

type Proof = Omit<ReportEvidence, 'evidenceId'>;

function judge(reports: readonly NewExecution[], tokens: ReadonlyMap<string, ReportedToken>): Judged {
  const latest = new Map<string, ExecutionReport | null>([...tokens].map(([jti, token]) => [jti, token.latest]));
  const unsigned = new Set([...tokens].filter(([, token]) => token.latest && !token.signed).map(([jti]) => jti));
  const record: NewExecution[] = [];
  const nowSigned: NewExecution[] = [];
  const refused: Refused[] = [];
  let duplicates = 0;
  reports.forEach((report, index) => {
    const before = latest.get(report.jti) ?? null;
    const verdict = verdictOn(report, tokens.get(report.jti), before);
    if (verdict.kind === 'refused') refused.push({ index, jti: report.jti, code: verdict.code, message: verdict.message });
    else if (verdict.kind === 'duplicate') {
      duplicates += 1;
      // An older total that comes late proves nothing about the one on record.
      if (report.quantity === before?.quantity && unsigned.delete(report.jti)) nowSigned.push(report);
    } else {
      record.push(report);
      latest.set(report.jti, report);
      unsigned.delete(report.jti);
    }
  });
  return { record, nowSigned, duplicates, refused };
}

type Verdict = ReportVerdict | { readonly kind: 'refused'; readonly code: 'TRADE_TOKEN_UNKNOWN'; readonly message: string };

function verdictOn(report: NewExecution, token: ReportedToken | undefined, before: ExecutionReport | null): Verdict {
  if (!token) return { kind: 'refused', code: 'TRADE_TOKEN_UNKNOWN', message: 'We have not issued this trade token to you.' };
  const verdict = judgeReport(report, token.ordered, before, token.limit);
  // What is on record already may come again, as it came; but a signature on an impossible time would be evidence of it.
  const addsNothing = verdict.kind === 'duplicate' && report.executedAt === before?.executedAt;
  return verdict.kind === 'refused' || addsNothing ? verdict : (judgeTime(report, token.issuedAt) ?? verdict);
}

/** Clocks differ; a day ahead is no clock. */
const AHEAD_MS_MAX = 86_400_000;

function toReport(item: ExecutionItem, index: number, now: number): NewExecution {
  const executedAt = parseTime(item.executedAt);
  const wrong = executedAt === null ? 'Write a moment such as "2026-01-15T10:30:00.000Z".' : executedAt > now + AHEAD_MS_MAX ? 'Lies in the future.' : null;
  if (executedAt === null || wrong !== null) throw new AppError('VALIDATION_ERROR', { fields: { [`executions.${index}.executedAt`]: wrong! } });
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
