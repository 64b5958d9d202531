import { canonicalJson } from '../../domain/audit-chain-json.ts';
import type { StoredEntry } from '../../domain/audit-chain.ts';
import { LEDGER_ENCODING, LEDGER_TABLES, NO_ROW, TOKENS_RECORDED, VENUE_RECORDED, type LedgerDigest, type LedgerRecord, type LedgerTable } from '../../domain/ledger-record.ts';
import type { AuditProofRepository } from './audit-proof.repository.ts';

export interface LedgerRow {
  readonly seq: number;
  readonly entry: StoredEntry;
}

/** How far the rows of the venue and the token ledger are right. */
export interface LedgerProgress {
  readonly numbers: Record<string, number>;
  readonly upTo: Record<LedgerTable, string>;
}

export const ledgerStart = (): LedgerProgress => ({ numbers: { [VENUE_RECORDED]: 0, [TOKENS_RECORDED]: 0 }, upTo: { ...NO_ROW } });

export const tellsOfLedger = ({ action }: StoredEntry): boolean => action === VENUE_RECORDED || action === TOKENS_RECORDED;

type Claim = LedgerDigest & { readonly seq: number };
type LedgerProblem = { readonly seq: number; readonly text: string };

const TABLES: Readonly<Record<string, readonly LedgerTable[]>> = { [VENUE_RECORDED]: ['orders', 'trades', 'journal'], [TOKENS_RECORDED]: ['tokens'] };
const NAMES: Readonly<Record<LedgerTable, string>> = { orders: 'orders', trades: 'trades', journal: 'journal rows', tokens: 'trade tokens' };

/** Compares what these rows of the chain tell of with what stands there, and moves `progress` on. @returns the first difference */
export async function checkLedger(proof: Pick<AuditProofRepository, 'ledgerDigests' | 'unfilledOrder'>, rows: readonly LedgerRow[], progress: LedgerProgress): Promise<LedgerProblem | null> {
  const claims: Record<LedgerTable, Claim[]> = { orders: [], trades: [], journal: [], tokens: [] };
  const broken = collect(rows, progress, claims);
  const problems = broken ? [broken] : [];
  for (const table of LEDGER_TABLES) {
    const wrong = await firstDifference(proof, table, claims[table]);
    if (wrong) problems.push(wrong);
  }
  const unfilled = await firstUnfilled(proof, claims.orders);
  if (unfilled) problems.push(unfilled);
  return problems.sort((one, other) => one.seq - other.seq)[0] ?? null;
}

/** What each row claims, as far as each begins where the one before ended. */
function collect(rows: readonly LedgerRow[], { numbers, upTo }: LedgerProgress, claims: Record<LedgerTable, Claim[]>): LedgerProblem | null {
  for (const { seq, entry } of rows) {
    const record = readRecord(entry);
    if (record === null) return { seq, text: `row ${seq} tells of the ledger in words that this version does not know` };
    const tables = TABLES[entry.action]!;
    if (record.number !== numbers[entry.action]! + 1 || tables.some((table) => record[table]!.after !== upTo[table])) {
      return { seq, text: `row ${seq} does not begin where the one before it ended: what lies between is told of by none, or twice` };
    }
    numbers[entry.action] = record.number;
    for (const table of tables) {
      claims[table].push({ ...record[table]!, seq });
      upTo[table] = record[table]!.to;
    }
  }
  return null;
}

async function firstDifference(proof: Pick<AuditProofRepository, 'ledgerDigests'>, table: LedgerTable, claims: readonly Claim[]): Promise<LedgerProblem | null> {
  if (claims.length === 0) return null;
  const found = await proof.ledgerDigests(table, claims);
  const wrong = claims.find(({ rows, sha256 }, index) => found[index]!.rows !== rows || found[index]!.sha256 !== sha256);
  if (!wrong) return null;
  return { seq: wrong.seq, text: `row ${wrong.seq} tells of the ${NAMES[table]} behind ${wrong.after} up to ${wrong.to}, and they are not what was written: one was changed, put in or taken out` };
}

/** Claims follow each other without a gap, so all of them are one range. */
async function firstUnfilled(proof: Pick<AuditProofRepository, 'unfilledOrder'>, claims: readonly Claim[]): Promise<LedgerProblem | null> {
  const [first, last] = [claims[0], claims.at(-1)];
  const id = first && last ? await proof.unfilledOrder({ after: first.after, to: last.to }) : null;
  if (id === null) return null;
  const { seq } = claims.find(({ to }) => BigInt(id) <= BigInt(to))!;
  return { seq, text: `order ${id}, of which row ${seq} tells, is filled otherwise than its trades say` };
}

/** Whoever may write an entry may have written this one. */
function readRecord({ action, after }: StoredEntry): LedgerRecord | null {
  const record = JSON.parse(canonicalJson(after)) as Partial<Record<string, unknown>> | null;
  if (record === null || typeof record !== 'object' || record['encoding'] !== LEDGER_ENCODING || !Number.isSafeInteger(record['number'])) return null;
  return TABLES[action]!.every((table) => isDigest(record[table], NO_ROW[table] === '0' ? /^\d{1,18}$/ : /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)) ? (record as unknown as LedgerRecord) : null;
}

function isDigest(value: unknown, id: RegExp): boolean {
  const { after, to, rows, sha256 } = (value ?? {}) as Partial<Record<keyof LedgerDigest, unknown>>;
  const isId = (text: unknown): boolean => typeof text === 'string' && id.test(text);
  return isId(after) && isId(to) && Number.isSafeInteger(rows) && typeof sha256 === 'string';
}

