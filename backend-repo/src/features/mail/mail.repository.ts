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

export interface DueMail {
  readonly mailId: string;
  readonly template: string;
  /** This one included. It is the claim's fence, too: nobody else has this number. */
  readonly attempt: number;
  readonly createdAt: Date;
  /** `null` when it does not open with a key we hold. */
  readonly mail: Mail | null;
}

export interface QueueStanding {
  /** How long the oldest one that has not left has been due, 0 when none waits. */
  readonly waitingSeconds: number;
  readonly parked: number;
}

/** Which of the parked ones. */
export interface ParkedMails {
  readonly hours: number;
  /** `null`: of any. */
  readonly template: string | null;
  /** This one alone, whatever was said of it. */
  readonly mailId: string | null;
  readonly refusedToo: boolean;
}

/** What no later attempt makes right, as `last_error` has it. */
const REFUSED = ' 5[0-9][0-9] at (RCPT TO|DATA)$|plain address$|^A link';

/** The queue, for whoever empties it. All times are the database's. */
export class MailQueueRepository {
  readonly #sql: Sql;
  readonly #box: SecretBox;

  /** @param sql as role `app` */
  constructor(sql: Sql, box: SecretBox) {
    this.#sql = sql;
    this.#box = box;
  }

  /** Takes mails for itself for so many seconds; whatever is not done then is due again, for anybody. */
  async claim(mailsMax: number, leaseSeconds: number): Promise<DueMail[]> {
    const { rows } = (await this.#sql.raw(
      `update jobs.mails m set attempts = attempts + 1, next_attempt_at = clock_timestamp() + make_interval(secs => ?)
       from (
         select mail_id from jobs.mails where sent_at is null and parked_at is null and next_attempt_at <= clock_timestamp()
         order by next_attempt_at limit ? for update skip locked
       ) due
       where m.mail_id = due.mail_id
       returning m.mail_id as "mailId", m.template, m.attempts as attempt, m.created_at as "createdAt", m.sealed`,
      [leaseSeconds, mailsMax],
    )) as { rows: (Omit<DueMail, 'mail'> & { sealed: string })[] };
    return rows.map(({ sealed, ...row }) => {
      const opened = this.#box.open(sealed, contextOf(row.mailId));
      return { ...row, mail: opened === null ? null : (JSON.parse(opened) as Mail) };
    });
  }

  /** It has left. What it said is gone with this. */
  async sent(mailId: string, attempt: number): Promise<void> {
    await this.#end(mailId, attempt, 'sealed = null, sent_at = clock_timestamp(), last_error = null', []);
  }

  /** Due again after so many seconds. */
  async retry(mailId: string, attempt: number, seconds: number, error: string): Promise<void> {
    await this.#end(mailId, attempt, 'next_attempt_at = clock_timestamp() + make_interval(secs => ?), last_error = ?', [seconds, error]);
  }

  /** Nobody tries again by themselves. It keeps its words, so that staff may let it go out after all. */
  async park(mailId: string, attempt: number, error: string): Promise<void> {
    await this.#end(mailId, attempt, 'parked_at = clock_timestamp(), last_error = ?', [error]);
  }

  /** They are due now, as if they had never been tried. @returns the template of each */
  async unpark({ hours, template, mailId, refusedToo }: ParkedMails): Promise<string[]> {
    const { rows } = (await this.#sql.raw(
      `update jobs.mails set parked_at = null, attempts = 0, next_attempt_at = clock_timestamp()
       where parked_at is not null and sealed is not null and case when :mailId::uuid is not null then mail_id = :mailId::uuid
         else parked_at > clock_timestamp() - make_interval(hours => :hours) and (:template::text is null or template = :template) and (:refusedToo or last_error !~ :refused) end
       returning template`,
      { mailId, hours: Math.ceil(hours), template, refusedToo, refused: REFUSED },
    )) as { rows: { template: string }[] };
    return rows.map((row) => row.template);
  }

  async standing(): Promise<QueueStanding> {
    const { rows } = (await this.#sql.raw(
      `select
         coalesce(extract(epoch from clock_timestamp() - (select min(created_at) from jobs.mails where sent_at is null and parked_at is null)), 0)::float8 as "waitingSeconds",
         (select count(*) from jobs.mails where parked_at is not null)::int as parked`,
    )) as { rows: QueueStanding[] };
    return rows[0]!;
  }

  /** Forgets what was sent or parked so many days ago. */
  async purge(days: number, mailsMax: number): Promise<number> {
    const { rows } = (await this.#sql.raw(
      `delete from jobs.mails where mail_id = any (array(
         select mail_id from jobs.mails where created_at < clock_timestamp() - make_interval(days => ?) and coalesce(sent_at, parked_at) < clock_timestamp() - make_interval(days => ?) limit ?
       )) returning 1`,
      [days, days, mailsMax],
    )) as { rows: unknown[] };
    return rows.length;
  }

  /** Only whoever has the claim still may end it. */
  async #end(mailId: string, attempt: number, change: string, values: readonly (string | number)[]): Promise<void> {
    await this.#sql.raw(`update jobs.mails set ${change} where mail_id = ? and attempts = ? and sent_at is null and parked_at is null`, [...values, mailId, attempt]);
  }
}

const contextOf = (mailId: string): readonly string[] => ['mail', mailId];
