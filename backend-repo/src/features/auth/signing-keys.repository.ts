import type { Sql } from '../../db/connection.ts';

export interface NewSigningKey {
  readonly kid: string;
  readonly private_key_sealed: string;
  readonly public_jwk: Record<string, unknown>;
}

/** The life of the keys that sign access tokens: upcoming → active → retiring → retired. The rows decide, on any number of nodes. */
export class SigningKeysRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** @returns false when there is one in that state already: another waits, or somebody else's began to sign meanwhile */
  async insert(state: 'upcoming' | 'active', { kid, private_key_sealed, public_jwk }: NewSigningKey, activatesAt: number): Promise<boolean> {
    const { rows } = (await this.#sql.raw(
      `insert into auth.signing_keys (kid, private_key_sealed, public_jwk, state, activates_at) values (?, ?, ?, ?, ?) on conflict do nothing returning kid`,
      [kid, private_key_sealed, JSON.stringify(public_jwk), state, new Date(activatesAt)],
    )) as { rows: unknown[] };
    return rows.length === 1;
  }

  /** Whatever they signed is refused from now on. In the order in which a key lives, so that one that moves on meanwhile is met again. */
  async retireAll(at: number): Promise<string[]> {
    const retired: string[] = [];
    for (const state of ['upcoming', 'active', 'retiring']) {
      const rows = (await this.#sql('auth.signing_keys').where({ state }).update({ state: 'retired', retires_at: new Date(at) }).returning('kid')) as { kid: string }[];
      retired.push(...rows.map(({ kid }) => kid));
    }
    return retired;
  }

  /** Holds the one that is due, so that two machines come one after the other: the second finds none. */
  async lockDue(at: number): Promise<string | null> {
    const row = (await this.#sql('auth.signing_keys').where({ state: 'upcoming' }).where('activates_at', '<=', new Date(at)).forUpdate().first('kid')) as { kid: string } | undefined;
    return row?.kid ?? null;
  }

  async activate(kid: string, previousRetiresAt: number): Promise<void> {
    await this.#sql('auth.signing_keys').where({ state: 'active' }).update({ state: 'retiring', retires_at: new Date(previousRetiresAt) });
    await this.#sql('auth.signing_keys').where({ kid }).update({ state: 'active' });
  }

  async retireDue(at: number): Promise<string[]> {
    const rows = (await this.#sql('auth.signing_keys').where({ state: 'retiring' }).where('retires_at', '<=', new Date(at)).update({ state: 'retired' }).returning('kid')) as { kid: string }[];
    return rows.map(({ kid }) => kid);
  }
}
