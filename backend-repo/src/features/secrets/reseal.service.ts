import type { AuditEntry } from '../../domain/audit-entry.ts';
import { fullNameContext, SEALED_COLUMNS, type SealedColumn } from '../../domain/sealed-columns.ts';
import { SEAL_RANDOM_BYTES, type SecretBox } from '../../domain/secret-box.ts';
import type { ResealRepository } from './reseal.repository.ts';

export interface ResealDeps {
  readonly repository: ResealRepository;
  readonly box: SecretBox;
  readonly audit: (entry: AuditEntry) => Promise<void>;
  readonly randomBytes: (bytes: number) => Buffer;
}

export interface Resealed {
  /** `schema.table.column`. */
  readonly column: string;
  readonly resealed: number;
  /** Under neither key that we hold. They stay as they are. */
  readonly unopened: number;
}

const ROWS_PER_LOOK = 500;

/** Seals anew whatever lies under an older master key, and what was written before it was sealed at all. May be run at any time, and again. */
export class ResealService {
  readonly #deps: ResealDeps;

  constructor(deps: ResealDeps) {
    this.#deps = deps;
  }

  async reseal(): Promise<Resealed[]> {
    const { box, audit } = this.#deps;
    const done = [await this.#sealNames()];
    for (const column of SEALED_COLUMNS) done.push(await this.#resealColumn(column));
    const told = done.filter(({ resealed, unopened }) => resealed + unopened > 0);
    await audit({ actor: { kind: 'system', id: 'secrets:reseal' }, action: 'secrets.resealed', subject: { kind: 'master-key', id: box.keyId }, after: { columns: told } });
    return told;
  }

  async #resealColumn(column: SealedColumn): Promise<Resealed> {
    const { repository, box, randomBytes } = this.#deps;
    const count = { resealed: 0, unopened: 0 };
    let after: string | null = null;
    for (;;) {
      const rows = await repository.under(column, box.keyId, after, ROWS_PER_LOOK);
      for (const row of rows) {
        const context = column.context(row.key, row.others);
        const plain = box.open(row.sealed, context);
        if (plain === null) count.unopened += 1;
        // What has changed meanwhile was sealed by somebody who runs, with whatever key they run with: the next run finds it.
        else if (await repository.replace(column, row, box.seal(plain, context, randomBytes(SEAL_RANDOM_BYTES)))) count.resealed += 1;
      }
      after = rows.at(-1)?.key ?? null;
      if (after === null) return { column: `${column.table}.${column.column}`, ...count };
    }
  }

  async #sealNames(): Promise<Resealed> {
    const { repository, box, randomBytes } = this.#deps;
    let resealed = 0;
    let after = 0;
    for (;;) {
      const people = await repository.plainNames(after, ROWS_PER_LOOK);
      for (const { id, fullName } of people) {
        if (await repository.sealName(id, fullName, box.seal(fullName, fullNameContext(id), randomBytes(SEAL_RANDOM_BYTES)))) resealed += 1;
      }
      after = people.at(-1)?.id ?? -1;
      if (after < 0) return { column: 'auth.users.full_name', resealed, unopened: 0 };
    }
  }
}
