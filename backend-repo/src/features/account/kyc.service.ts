import type { Actor, AuditEntry } from '../../domain/audit-entry.ts';
import type { TellBooks } from '../../domain/books-event.ts';
import { ageOn, parseDay } from '../../domain/calendar-date.ts';
import { AppError, invalidField } from '../../errors.ts';
import type { KycRepository, KycSubmissionRow, OwnKycRepository } from './kyc.repository.ts';
import type { KycDecision, KycDocument, KycRequest } from './kyc.schema.ts';

interface OwnTables {
  readonly kyc: OwnKycRepository;
  readonly audit: (entry: AuditEntry) => Promise<void>;
}

interface StaffTables {
  readonly kyc: KycRepository;
  readonly audit: (entry: AuditEntry) => Promise<void>;
  /** Tells whoever keeps the client's books, in the order of the client's changes. */
  readonly tell: TellBooks;
}

export interface KycDeps {
  readonly asUser: <T>(userId: number, work: (tables: OwnTables) => Promise<T>) => Promise<T>;
  readonly transaction: <T>(work: (tables: StaffTables) => Promise<T>) => Promise<T>;
  readonly seal: (text: string, context: readonly string[]) => string;
  readonly open: (sealed: string, context: readonly string[]) => string | null;
  readonly now: () => number;
  readonly newId: (at: number) => string;
}

const AGE_MIN_YEARS = 18;
const AGE_MAX_YEARS = 120;

/** What a file of this kind begins with: a name alone proves nothing, and staff will open it. */
const BEGINNINGS: Readonly<Record<KycDocument['media_type'], string>> = { 'image/jpeg': 'ffd8ff', 'image/png': '89504e470d0a1a0a', 'application/pdf': '25504446' };

/** Who a trader is: shown by them, sealed by us, judged by staff. */
export class KycService {
  readonly #deps: KycDeps;

  constructor(deps: KycDeps) {
    this.#deps = deps;
  }

  /** @throws AppError VALIDATION_ERROR, KYC_APPROVED, KYC_PENDING */
  async submit(userId: number, request: KycRequest, actor: Actor): Promise<object> {
    const at = this.#deps.now();
    requireAge(request.date_of_birth, at);
    request.documents.forEach(requireKind);
    const id = this.#deps.newId(at);
    const detailsSealed = this.#deps.seal(JSON.stringify(request), contextOf(id, userId));
    await this.#deps.asUser(userId, async ({ kyc, audit }) => {
      if ((await kyc.holdStatus(userId)) === 'approved') throw new AppError('KYC_APPROVED');
      if (!(await kyc.add({ id, userId, detailsSealed, at }))) throw new AppError('KYC_PENDING');
      await audit({ actor, action: 'kyc.submitted', subject: { kind: 'user', id: String(userId) }, after: { submission: id, documents: request.documents.map(({ kind }) => kind) } });
    });
    return this.own(userId);
  }

  /** How far it is. What was sent is not shown again. */
  async own(userId: number): Promise<object> {
    return this.#deps.asUser(userId, async ({ kyc }) => {
      const latest = await kyc.latest(userId);
      return { kyc_status: await kyc.statusOf(userId), submission: latest && submissionView(latest) };
    });
  }

  /**
   * What a trader sent last, opened. That it was looked at, by whom and why, is on record before anything is shown.
   * @throws AppError USER_NOT_FOUND, KYC_NOT_SUBMITTED
   */
  async read(userId: number, reason: string, actor: Actor): Promise<object> {
    const row = await this.#deps.transaction(async ({ kyc, audit }) => {
      if ((await kyc.lockStatus(userId)) === null) throw new AppError('USER_NOT_FOUND');
      const latest = await kyc.latest(userId);
      if (!latest) throw new AppError('KYC_NOT_SUBMITTED');
      await audit({ actor, action: 'kyc.read', subject: { kind: 'user', id: String(userId) }, reason, after: { submission: latest.id } });
      return latest;
    });
    const details = this.#deps.open(row.details_sealed, contextOf(row.id, userId));
    if (details === null) throw new Error(`the submission ${row.id} does not open with the keys we hold`);
    return { user_id: userId, submission: submissionView(row), ...(JSON.parse(details) as KycRequest) };
  }

  /**
   * Approves or rejects what a trader sent, or takes an approval back. The same decision again changes nothing.
   * @throws AppError USER_NOT_FOUND, OWN_REQUEST, KYC_NOT_SUBMITTED, WRONG_STATE
   */
  async decide(userId: number, { kyc_status, reason, submission }: KycDecision, actor: Actor): Promise<object> {
    if (actor.id === String(userId)) throw new AppError('OWN_REQUEST');
    return this.#deps.transaction(async ({ kyc, audit, tell }) => {
      const before = await kyc.lockStatus(userId);
      if (before === null) throw new AppError('USER_NOT_FOUND');
      const latest = await kyc.latest(userId);
      if (!latest) throw new AppError('KYC_NOT_SUBMITTED');
      if (submission !== undefined && submission !== latest.id) throw overtaken();
      if (latest.status !== kyc_status || before !== kyc_status) {
        const at = this.#deps.now();
        if (!(await kyc.decide(latest.id, kyc_status, reason, Number(actor.id), at))) throw overtaken();
        await kyc.setStatus(userId, kyc_status, at);
        await audit({ actor, action: `kyc.${kyc_status}`, subject: { kind: 'user', id: String(userId) }, reason, before: { kyc_status: before }, after: { kyc_status, submission: latest.id } });
        await tell('kyc.updated', { clientId: String(userId), kycStatus: kyc_status, kycNotes: reason });
      }
      return { user_id: userId, kyc_status, submission: submissionView((await kyc.latest(userId))!) };
    });
  }
}

const overtaken = (): AppError => new AppError('WRONG_STATE', { message: 'The trader has sent another one since. Look at it before you decide.' });

const contextOf = (id: string, userId: number): string[] => ['kyc', id, String(userId)];

function requireAge(dateOfBirth: string, now: number): void {
  const born = parseDay(dateOfBirth);
  const today = parseDay(new Date(now).toISOString().slice(0, 10))!;
  const age = born === null ? -1 : ageOn(today, born);
  if (age < 0 || age > AGE_MAX_YEARS) throw invalidField('date_of_birth', 'Must be a day that exists, in the past.');
  if (age < AGE_MIN_YEARS) throw invalidField('date_of_birth', `You must be ${AGE_MIN_YEARS} or older.`);
}

function requireKind({ media_type, content }: KycDocument, index: number): void {
  const beginning = Buffer.from(content.slice(0, 16), 'base64').toString('hex');
  if (!beginning.startsWith(BEGINNINGS[media_type])) throw invalidField(`documents.${index}.content`, `Is not a file of type ${media_type}.`);
}

const submissionView = ({ id, status, submitted_at, decided_at, reason }: KycSubmissionRow): object => ({
  id, status, submitted_at: submitted_at.toISOString(), decided_at: decided_at?.toISOString() ?? null, reason,
});
