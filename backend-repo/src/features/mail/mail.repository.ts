import type { Sql } from '../../db/connection.ts';
import type { Mail } from '../../domain/mail.ts';
import { SEAL_RANDOM_BYTES, type SecretBox } from '../../domain/secret-box.ts';
import { uuidV7 } from '../../domain/uuid.ts';

export interface Sealing {
  readonly box: SecretBox;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly randomBytes: (bytes: number) => Buffer;
}

/** Writes on the connection of the change it tells about: both are committed, or neither. */
export class MailRepository {
  readonly #sql: Sql;
  readonly #sealing: Sealing;

  /** @param sql as role `app` or `writer` */
  constructor(sql: Sql, sealing: Sealing) {
    this.#sql = sql;
    this.#sealing = sealing;
  }

  /** Queues it. Address and words are sealed: they carry links that open accounts. */
  async add(mail: Mail): Promise<void> {
    const { box, now, randomBytes } = this.#sealing;
    const at = now();
    const mail_id = uuidV7(at, randomBytes(10));
    const sealed = box.seal(JSON.stringify(mail), contextOf(mail_id), randomBytes(SEAL_RANDOM_BYTES));
    await this.#sql('jobs.mails').insert({ mail_id, template: mail.template, sealed, created_at: new Date(at) });
  }
}

const contextOf = (mailId: string): readonly string[] => ['mail', mailId];
