import type { Mail } from '../../domain/mail.ts';
import { htmlOf, textOf } from '../../domain/mail-layout.ts';
import { isMailAddress, wordsOf } from '../../domain/mail-words.ts';
import type { Delivery, Letter } from './mail.gateway.ts';
import type { DueMail, MailQueueRepository, QueueStanding } from './mail.repository.ts';

export type MailOutcome = 'sent' | 'put_off' | 'refused' | 'given_up';

export interface MailDeps {
  readonly queue: Pick<MailQueueRepository, 'claim' | 'sent' | 'retry' | 'park' | 'standing' | 'purge'>;
  /** `null`: nobody has said where mails go, so they wait. */
  readonly deliver: ((letter: Letter) => Promise<Delivery>) | null;
  readonly publicUrl: string;
  readonly count: (template: string, outcome: MailOutcome) => void;
  readonly show: (standing: QueueStanding) => void;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly onTrouble: (fields: { mail_id: string; template: string; attempt: number; reason: string }, message: string) => void;
}

/** Twelve tries take about four and a half hours. A link in a mail is dead by then; a notice is still worth reading. */
export const ATTEMPTS_MAX = 12;
const FIRST_PAUSE_SECONDS = 15;
const PAUSE_SECONDS_MAX = 3_600;
const MAILS_AT_ONCE = 5;
const CALLS_PER_RUN_MAX = 100;
/** Twice what a delivery may take at most. */
const LEASE_SECONDS = 60;
const KEPT_DAYS = 30;

/** Lets mails leave: claim, then speak to the server outside any transaction, then record what became of it. So a mail may leave twice, and never not at all. */
export class MailService {
  readonly #deps: MailDeps;
  #running: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(deps: MailDeps) {
    this.#deps = deps;
  }

  /** The job's turn, on any node. */
  deliverDue(): Promise<void> {
    const run = this.#deliverDue();
    this.#running = run.catch(() => undefined);
    return run;
  }

  /** How it stands, for the alarm. */
  async look(): Promise<void> {
    this.#deps.show(await this.#deps.queue.standing());
  }

  /** Forgets those that ended a month ago, at most so many. */
  purge(mailsMax: number): Promise<number> {
    return this.#deps.queue.purge(KEPT_DAYS, mailsMax);
  }

  /** Begins with no other mail. Resolves when those under way are done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #deliverDue(): Promise<void> {
    const { deliver, queue } = this.#deps;
    if (deliver === null) return;
    for (let call = 0; call < CALLS_PER_RUN_MAX && !this.#stopped; call += 1) {
      const due = await queue.claim(MAILS_AT_ONCE, LEASE_SECONDS);
      const ends = await Promise.allSettled(due.map((each) => this.#send(each, deliver)));
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
      if (due.length < MAILS_AT_ONCE) return;
    }
  }

  async #send(due: DueMail, deliver: (letter: Letter) => Promise<Delivery>): Promise<void> {
    const { mailId, template, attempt } = due;
    // Whoever had the last attempt died with it.
    if (attempt > ATTEMPTS_MAX) return this.#park(due, 'given_up', 'the last attempt did not end');
    if (due.mail === null) return this.#putOff(due, 'it does not open with our keys');
    const letter = this.#write(due, due.mail);
    if (typeof letter === 'string') return this.#park(due, 'refused', letter);
    const delivery = await deliver(letter).catch((error: unknown): Delivery => ({ sent: false, refused: false, reason: codeOf(error) }));
    if (delivery.sent) {
      await this.#deps.queue.sent(mailId, attempt);
      return this.#deps.count(template, 'sent');
    }
    if (delivery.refused) return this.#park(due, 'refused', delivery.reason);
    return this.#putOff(due, delivery.reason);
  }

  /** What goes out, or why this mail can never do so. */
  #write({ mailId, template, createdAt }: DueMail, mail: Mail): Letter | string {
    if (!isMailAddress(mail.to)) return 'it is not to one plain address';
    try {
      const content = wordsOf(mail, this.#deps.publicUrl);
      return { mailId, template, to: mail.to, subject: content.subject, text: textOf(content), html: htmlOf(content), writtenAt: createdAt };
    } catch (error) {
      return error instanceof Error ? error.message : 'it cannot be written';
    }
  }

  async #putOff(due: DueMail, reason: string): Promise<void> {
    if (due.attempt >= ATTEMPTS_MAX) return this.#park(due, 'given_up', reason);
    await this.#deps.queue.retry(due.mailId, due.attempt, pauseSeconds(due.attempt, this.#deps.random()), reason);
    this.#tell(due, 'put_off', reason, 'a mail did not leave; it is tried again');
  }

  async #park(due: DueMail, outcome: 'refused' | 'given_up', reason: string): Promise<void> {
    await this.#deps.queue.park(due.mailId, due.attempt, reason);
    this.#tell(due, outcome, reason, outcome === 'refused' ? 'a mail is parked, because it is refused for good' : 'a mail is parked after its last attempt');
  }

  #tell({ mailId, template, attempt }: DueMail, outcome: MailOutcome, reason: string, message: string): void {
    this.#deps.count(template, outcome);
    this.#deps.onTrouble({ mail_id: mailId, template, attempt, reason }, message);
  }
}

/** Twice as long each time, and up to a fifth more, so that mails that were put off together do not come back together. */
export function pauseSeconds(attempt: number, random: number): number {
  return Math.min(PAUSE_SECONDS_MAX, FIRST_PAUSE_SECONDS * 2 ** (attempt - 1)) * (1 + random / 5);
}

/** Of an error that may tell more than a log may have. */
function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : 'unexpected';
}
