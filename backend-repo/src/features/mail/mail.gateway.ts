import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';

/** A mail as it goes out. */
export interface Letter {
  /** The same each time it goes out, so that whoever gets it twice can tell. */
  readonly mailId: string;
  readonly template: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly writtenAt: Date;
}

/** `refused`: the server wants this one neither now nor later. `reason` repeats nothing of the server's words, which have the address in them. */
export type Delivery = { readonly sent: true } | { readonly sent: false; readonly refused: boolean; readonly reason: string };

export interface MailGateway {
  readonly deliver: (letter: Letter) => Promise<Delivery>;
  /** Gives whoever waits for the server a little more time, then none. */
  readonly stop: () => void;
}

export interface Sender {
  readonly name: string;
  readonly address: string;
}

/** Deadlines of the steps, and of all of them together: a server that says a little now and then keeps within each. */
export interface Deadlines {
  readonly connectMs: number;
  readonly greetingMs: number;
  readonly silenceMs: number;
  readonly wholeMs: number;
  readonly stopMs: number;
}

export const DEADLINES: Deadlines = { connectMs: 5_000, greetingMs: 5_000, silenceMs: 10_000, wholeMs: 30_000, stopMs: 4_000 };

/** Speaks SMTP. One connection per mail: there are few, and one that hangs keeps no other. */
export class SmtpGateway implements MailGateway {
  readonly #transport: ReturnType<typeof createTransport>;
  readonly #from: Sender;
  readonly #deadlines: Deadlines;
  readonly #stopping = new AbortController();

  /** @param url `smtp://` or `smtps://`, with name and password where the server asks for them */
  constructor(url: string, from: Sender, deadlines: Deadlines = DEADLINES) {
    this.#from = from;
    this.#deadlines = deadlines;
    const { connectMs, greetingMs, silenceMs } = deadlines;
    this.#transport = createTransport({
      ...serverOf(url),
      dnsTimeout: connectMs,
      connectionTimeout: connectMs,
      greetingTimeout: greetingMs,
      socketTimeout: silenceMs,
      socketCloseTimeout: 1_000,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  async deliver(letter: Letter): Promise<Delivery> {
    const signal = AbortSignal.any([AbortSignal.timeout(this.#deadlines.wholeMs), this.#stopping.signal]);
    try {
      await this.#transport.sendMail({ ...messageOf(letter, this.#from), signal });
      return { sent: true };
    } catch (error) {
      return { sent: false, ...judge(error) };
    }
  }

  stop(): void {
    setTimeout(() => this.#stopping.abort(), this.#deadlines.stopMs).unref();
  }
}

/** Writes mails into a folder instead, as `.eml` and the text part as `.txt`: for a demo, and for trying things out. The same mail again is the same files. */
export class OutboxGateway implements MailGateway {
  readonly #folder: string;
  readonly #from: Sender;
  readonly #transport = createTransport({ streamTransport: true, buffer: true, disableFileAccess: true, disableUrlAccess: true });

  constructor(folder: string, from: Sender) {
    this.#folder = folder;
    this.#from = from;
  }

  async deliver(letter: Letter): Promise<Delivery> {
    const { message } = await this.#transport.sendMail(messageOf(letter, this.#from));
    const name = `${letter.writtenAt.toISOString().replaceAll(':', '-')}-${letter.template}-${letter.mailId.slice(-12)}`;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    // In a mail's own encoding long links are cut up. Whoever has no mail program copies them from here.
    await this.#write(`${name}.txt`, `To: ${letter.to}\nSubject: ${letter.subject}\n\n${letter.text}`);
    await this.#write(`${name}.eml`, message as Buffer);
    return { sent: true };
  }

  /** Whoever looks meanwhile sees the whole file or none. */
  async #write(name: string, content: string | Buffer): Promise<void> {
    const unfinished = join(this.#folder, `.${name}`);
    await writeFile(unfinished, content, { mode: 0o600 });
    await rename(unfinished, join(this.#folder, name));
  }

  stop(): void {
    // A file is written in no time.
  }
}

/** Only what an address needs is read from it: other options of the library could write every mail to the log. */
function serverOf(text: string) {
  const url = new URL(text);
  const secure = url.protocol === 'smtps:';
  const nearby = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    // Left to itself the library sends in the clear when somebody on the way takes STARTTLS out of the server's list.
    requireTLS: !secure && !nearby && url.searchParams.get('requireTLS') !== 'false',
    ...(url.username !== '' && { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
  };
}

function messageOf({ mailId, to, subject, text, html, writtenAt }: Letter, from: Sender) {
  return {
    messageId: `<${mailId}@${from.address.slice(from.address.lastIndexOf('@') + 1)}>`,
    // A copy: the library writes into it.
    from: { ...from },
    // As an object: a text would be read as a list of addresses.
    to: { name: '', address: to },
    subject,
    text,
    html,
    date: writtenAt,
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}

/** A server that wants us to sign in first has nothing against this mail. */
const NOT_SIGNED_IN = new Set([530, 535, 538]);

function judge(error: unknown): { refused: boolean; reason: string } {
  const { name, code, command, responseCode, permanent, timeoutType } = error as Record<string, unknown>;
  const ofThisMail = command === 'RCPT TO' || command === 'DATA';
  const words = [code ?? name, timeoutType, responseCode, typeof command === 'string' && command !== 'CONN' ? `at ${command}` : null].filter((word) => typeof word === 'string' || typeof word === 'number');
  return { refused: permanent === true && ofThisMail && !NOT_SIGNED_IN.has(responseCode as number), reason: words.join(' ') };
}
