import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Who keeps a connection learns with the next answer that we are going; who does not call in this time is hung up on. */
const IDLE_GRACE_MS = 200;
/** A request that has not come whole by then is given up: nothing was done for it. */
const UNFINISHED_MS = 2_000;
/** Longer than we make anybody wait for an answer when all is well. */
const ANSWERS_MS = 6_000;

/**
 * Who is connected, and which answers they wait for. The server's own `close` takes a connection for idle as soon as its answer is written, even
 * while most of it still waits for a slow reader, and cuts it off; here an answer is over when all of it was handed to the network.
 */
export class Connections {
  readonly #server: Server;
  readonly #answers = new Map<Socket, Set<ServerResponse>>();
  #closing = false;

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.#answers.set(socket, new Set());
      socket.once('close', () => this.#answers.delete(socket));
    });
    // Before any handler can have answered.
    server.prependListener('request', ({ socket }, res) => {
      if (this.#closing) res.setHeader('Connection', 'close');
      const waiting = this.#answers.get(socket);
      waiting?.add(res);
      res.once('close', () => {
        waiting?.delete(res);
        if (this.#closing && waiting?.size === 0) socket.destroySoon();
      });
    });
  }

  /** Accepts nobody new, answers who waits, and resolves when all are gone: after six seconds whatever they do. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const res of this.#waiting()) if (!res.headersSent) res.setHeader('Connection', 'close');
    const closed = once(this.#server, 'close');
    this.#server.closeIdleConnections = () => undefined;
    this.#server.close();
    const timers = [
      setTimeout(() => this.#hangUpOnIdle(), IDLE_GRACE_MS),
      setTimeout(() => this.#giveUpUnfinished(), UNFINISHED_MS),
      setTimeout(() => this.#server.closeAllConnections(), ANSWERS_MS),
    ];
    await closed;
    timers.forEach(clearTimeout);
  }

  #hangUpOnIdle(): void {
    for (const [socket, waiting] of this.#answers) if (waiting.size === 0) socket.destroy();
  }

  #giveUpUnfinished(): void {
    for (const res of this.#waiting()) if (!res.req.complete) res.req.socket.destroy();
  }

  #waiting(): ServerResponse[] {
    return [...this.#answers.values()].flatMap((waiting) => [...waiting]);
  }
}
