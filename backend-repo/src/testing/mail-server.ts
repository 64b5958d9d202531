import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
  readonly from: string;
  readonly to: string[];
  /** With its headers, quoted-printable undone. */
  readonly text: string;
}

export interface MailServer {
  readonly url: string;
  readonly port: number;
  readonly received: ReceivedMail[];
  readonly connections: number;
  /** Which reply code a recipient gets; `null`: it is taken. */
  readonly answerRecipients: (codeOf: (address: string) => number | null) => void;
  /** From here on mails are taken only after `release`. */
  readonly hold: () => void;
  readonly release: () => void;
  readonly stop: () => Promise<void>;
}

export interface MailServerOptions {
  readonly host?: string;
  readonly port?: number;
  /** Instead of a sound one, one that keeps callers waiting. */
  readonly slow?: 'never greets' | 'falls silent' | 'says a little now and then';
}

/** A real SMTP server in this process. */
export async function startMailServer({ host = '127.0.0.1', port = 0, slow }: MailServerOptions = {}): Promise<MailServer> {
  if (slow) return startSlowServer(host, slow);
  const received: ReceivedMail[] = [];
  let codeOf: (address: string) => number | null = () => null;
  let held = Promise.withResolvers<void>();
  held.resolve();
  let connections = 0;
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    closeTimeout: 100,
    onConnect: (_, done) => {
      connections += 1;
      done();
    },
    onRcptTo: ({ address }, _, done) => {
      const code = codeOf(address);
      // As real ones do, it repeats the address.
      done(code === null ? null : Object.assign(new Error(`<${address}>: not now or not ever`), { responseCode: code }));
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        void held.promise.then(() => {
          const { mailFrom, rcptTo } = session.envelope;
          received.push({ from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address), text: plain(Buffer.concat(chunks).toString('utf8')) });
          done();
        });
      });
    },
  });
  // Whoever hangs up on it is no news.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  const bound = (server.server.address() as AddressInfo).port;
  return {
    url: `smtp://${host}:${bound}`,
    port: bound,
    received,
    get connections() {
      return connections;
    },
    answerRecipients: (answer) => {
      codeOf = answer;
    },
    hold: () => {
      held = Promise.withResolvers<void>();
    },
    release: () => held.resolve(),
    stop: () => {
      held.resolve();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function startSlowServer(host: string, slow: NonNullable<MailServerOptions['slow']>): Promise<MailServer> {
  const sockets = new Set<Socket>();
  const timers: NodeJS.Timeout[] = [];
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (slow === 'never greets') return;
    socket.write('220 slow\r\n');
    if (slow === 'falls silent') return;
    // Answers the greeting with a list that never ends.
    timers.push(setInterval(() => socket.write('250-MORE\r\n'), 50));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `smtp://${host}:${port}`,
    port,
    received: [],
    get connections() {
      return sockets.size;
    },
    answerRecipients: () => undefined,
    hold: () => undefined,
    release: () => undefined,
    stop: () => {
      for (const timer of timers) clearInterval(timer);
      for (const socket of sockets) socket.destroy();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const plain = (text: string): string => text.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
