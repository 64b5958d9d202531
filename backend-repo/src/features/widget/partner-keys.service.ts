import type { Actor, AuditEntry } from '../../domain/audit-entry.ts';
import { readReportKey } from '../../domain/report-key.ts';
import { AppError, invalidField } from '../../errors.ts';
import type { KeyLifeRow } from './partner-keys.repository.ts';
import type { RotateCredentialsRequest, RotateKeyRequest } from './partner-keys.schema.ts';
import { makeCredentials, makeTokenKey, type SecretTools } from './partner-secrets.service.ts';
import { credentialsView, keyView, reportKeyView, type CredentialsView, type KeyView, type PartnerTables, type ReportKeyView } from './partner-views.service.ts';
import { subjectOf } from './partners.service.ts';
import type { Algorithm } from './partners.schema.ts';

export interface PartnerKeysDeps {
  readonly transaction: <T>(work: (tables: PartnerTables) => Promise<T>) => Promise<T>;
  /** Has the memory of this node follow a change that is committed. Never rejects. */
  readonly changed: () => Promise<void>;
  readonly secrets: SecretTools;
  readonly now: () => number;
}

/** Twice as long as a key set may be cached; with a shared secret the partner has to set it up first (docs/decisions/0011). */
const ACTIVATE_IN_SECONDS: Readonly<Record<Algorithm, number>> = { ES256: 600, HS256: 86_400 };
const KEY_OVERLAP_SECONDS = 3_600;
const CREDENTIALS_OVERLAP_SECONDS = 86_400;
/** Verifiers read at most 64 keys of a set, and every session secret is tried on each user token. */
const IN_USE_MAX = 8;
const DUE_PER_RUN_MAX = 100;
const JOB: Actor = { kind: 'system', id: 'move-keys' };

/** Keys and credentials of partners through their lives: upcoming → active → retiring → retired. The rows decide, on any number of nodes. */
export class PartnerKeysService {
  readonly #deps: PartnerKeysDeps;

  constructor(deps: PartnerKeysDeps) {
    this.#deps = deps;
  }

  /** @throws AppError EXCHANGE_NOT_FOUND, ROTATION_UNDER_WAY */
  async rotateKey(exchangeId: string, request: RotateKeyRequest, by: Actor): Promise<{ key: KeyView; tokenSecret?: string }> {
    const at = this.#deps.now();
    const { overlapSeconds = KEY_OVERLAP_SECONDS } = request;
    return this.#change(exchangeId, async (tables) => {
      const signing = (await tables.keys.listKeys(exchangeId)).find(({ state }) => state === 'active');
      const algorithm = request.algorithm ?? signing?.algorithm ?? 'ES256';
      const { activateInSeconds = ACTIVATE_IN_SECONDS[algorithm] } = request;
      const { row, shown } = makeTokenKey(this.#deps.secrets, exchangeId, algorithm);
      if (activateInSeconds === 0 || request.replaceUpcoming) await tables.keys.dropUpcomingKey(exchangeId, at);
      if (activateInSeconds > 0) {
        if (!(await tables.keys.insertUpcomingKey(row, at + activateInSeconds * 1000, overlapSeconds))) throw new AppError('ROTATION_UNDER_WAY');
      } else {
        await tables.keys.stepDown(exchangeId, at, overlapSeconds);
        await tables.keys.insertKey(row);
      }
      refuseTooMany(await tables.keys.countKeys(exchangeId), 'keys');
      const key = keyView((await tables.keys.listKeys(exchangeId)).find(({ kid }) => kid === row.kid)!);
      const after = { kid: key.kid, algorithm, state: key.state, activatesAt: key.activatesAt, overlapSeconds };
      await record(tables, exchangeId, { actor: by, action: 'exchange.key_rotated', reason: request.reason, before: signingKey(signing), after });
      return { key, ...(shown.tokenSecret !== undefined && { tokenSecret: shown.tokenSecret }) };
    });
  }

  /** @throws AppError EXCHANGE_NOT_FOUND, NO_UPCOMING_KEY */
  async activateKey(exchangeId: string, reason: string | undefined, by: Actor): Promise<{ key: KeyView }> {
    return this.#change(exchangeId, async (tables) => {
      const upcoming = await tables.keys.findUpcomingKey(exchangeId);
      if (!upcoming) throw new AppError('NO_UPCOMING_KEY');
      return { key: await activate(tables, exchangeId, upcoming, this.#deps.now(), reason, by) };
    });
  }

  /** @throws AppError EXCHANGE_NOT_FOUND, ROTATION_UNDER_WAY */
  async rotateCredentials(
    exchangeId: string, { overlapSeconds = CREDENTIALS_OVERLAP_SECONDS, reason }: RotateCredentialsRequest, by: Actor,
  ): Promise<{ credentials: CredentialsView[]; apiKey: string; apiSecret: string; sessionSecret: string }> {
    const { row, shown } = makeCredentials(this.#deps.secrets, exchangeId);
    return this.#change(exchangeId, async (tables) => {
      const before = (await tables.keys.listCredentials(exchangeId)).filter(({ state }) => state !== 'retired').map(({ api_key }) => api_key);
      await tables.keys.retireCredentials(exchangeId, this.#deps.now(), overlapSeconds);
      await tables.keys.insertCredentials(row);
      refuseTooMany(await tables.keys.countCredentials(exchangeId), 'credentials');
      await record(tables, exchangeId, { actor: by, action: 'exchange.credentials_rotated', reason, before: { apiKeys: before }, after: { apiKey: row.api_key, overlapSeconds } });
      return { credentials: (await tables.keys.listCredentials(exchangeId)).map(credentialsView), ...shown };
    });
  }

  /**
   * Registering the key that is registered changes nothing.
   * @param publicKey a JWK; `null` ends the one in use
   * @throws AppError EXCHANGE_NOT_FOUND, VALIDATION_ERROR
   */
  async registerReportKey(exchangeId: string, publicKey: Readonly<Record<string, unknown>> | null, reason: string | undefined, by: Actor): Promise<{ reportKey: ReportKeyView }> {
    const read = publicKey && readReportKey(publicKey);
    if (read?.ok === false) throw invalidField(`publicKey.${read.field}`, read.problem);
    const key = read?.ok ? read : null;
    return this.#change(exchangeId, async (tables) => {
      const before = await tables.keys.findReportKey(exchangeId);
      if (before?.kid === key?.kid) return { reportKey: reportKeyView(before) };
      await tables.keys.replaceReportKey(exchangeId, key, this.#deps.now());
      const action = key ? 'exchange.report_key_registered' : 'exchange.report_key_ended';
      await record(tables, exchangeId, { actor: by, action, reason, before: { kid: before?.kid ?? null }, after: { kid: key?.kid ?? null } });
      return { reportKey: reportKeyView(await tables.keys.findReportKey(exchangeId)) };
    });
  }

  /** Does what has become due. Safe to run twice and on two machines: each partner's row is locked, and the rows' own states decide. */
  async moveDue(): Promise<void> {
    const at = this.#deps.now();
    const due = await this.#deps.transaction(({ keys }) => keys.listDue(at, DUE_PER_RUN_MAX));
    for (const exchangeId of due) await this.#change(exchangeId, (tables) => moveDueOf(tables, exchangeId, at));
  }

  /** Holds the partner's row, so that two changes of its keys come one after the other. */
  async #change<T>(exchangeId: string, work: (tables: PartnerTables) => Promise<T>): Promise<T> {
    const result = await this.#deps.transaction(async (tables) => {
      if (!(await tables.partners.find(exchangeId, true))) throw new AppError('EXCHANGE_NOT_FOUND');
      return work(tables);
    });
    await this.#deps.changed();
    return result;
  }
}

/** Finds nothing where the other machine was faster. */
async function moveDueOf(tables: PartnerTables, exchangeId: string, at: number): Promise<void> {
  const upcoming = await tables.keys.findUpcomingKey(exchangeId, at);
  if (upcoming) await activate(tables, exchangeId, upcoming, at, undefined, JOB);
  const kids = await tables.keys.retireDueKeys(exchangeId, at);
  if (kids.length > 0) await record(tables, exchangeId, { actor: JOB, action: 'exchange.keys_retired', after: { kids } });
  const apiKeys = await tables.keys.retireDueCredentials(exchangeId, at);
  if (apiKeys.length > 0) await record(tables, exchangeId, { actor: JOB, action: 'exchange.credentials_retired', after: { apiKeys } });
}

async function activate(tables: PartnerTables, exchangeId: string, upcoming: KeyLifeRow, at: number, reason: string | undefined, by: Actor): Promise<KeyView> {
  const { keys } = tables;
  const before = (await keys.listKeys(exchangeId)).find(({ state }) => state === 'active');
  await keys.stepDown(exchangeId, at, upcoming.overlap_seconds!);
  if (!(await keys.activate(upcoming.kid))) throw new AppError('NO_UPCOMING_KEY');
  await record(tables, exchangeId, { actor: by, action: 'exchange.key_activated', reason, before: signingKey(before), after: { kid: upcoming.kid, algorithm: upcoming.algorithm } });
  return keyView({ ...upcoming, state: 'active' });
}

/** Whatever is audited has changed the partner, and moves its version on. */
async function record({ partners, audit }: PartnerTables, exchangeId: string, entry: Omit<AuditEntry, 'subject'>): Promise<void> {
  await partners.nextVersion(exchangeId);
  await audit({ ...entry, subject: subjectOf(exchangeId) });
}

const signingKey = (key: KeyLifeRow | undefined): object => ({ kid: key?.kid ?? null, algorithm: key?.algorithm ?? null });

function refuseTooMany(inUse: number, what: string): void {
  if (inUse <= IN_USE_MAX) return;
  throw new AppError('ROTATION_UNDER_WAY', { message: `${IN_USE_MAX} ${what} of this partner are in use. Wait until one has ended, or rotate with overlapSeconds 0.` });
}
