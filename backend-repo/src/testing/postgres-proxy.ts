import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export type Trouble = 'refused' | 'hanging';

/** A TCP proxy in front of Postgres, so that a test can take the database away from one app and give it back. */
export class PostgresProxy {
  readonly #target: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #hanging = false;

  /** @param target port of the real server, on this machine */
  constructor(target: number) {
    this.#target = target;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** @returns the port to connect to */
  async start(): Promise<number> {
    await this.#listen(0);
    return this.port;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /**
   * `refused`: every connection breaks and nobody listens. `hanging`: connections stand, new ones too, and nothing comes back on any of
   * them, as when a network drops packets or a machine freezes.
   */
  async takeAway(trouble: Trouble): Promise<() => Promise<void>> {
    if (trouble === 'hanging') {
      this.#hanging = true;
      for (const socket of this.#sockets) socket.unpipe().pause();
      // Connections from before stay dead; only new ones reach the server that is back.
      return async () => void (this.#hanging = false);
    }
    const { port } = this;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#destroyAll();
    await closed;
    return () => this.#listen(port);
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#destroyAll();
    await closed;
  }

  #accept(socket: Socket): void {
    this.#follow(socket);
    if (this.#hanging) return;
    const server = connect(this.#target, '127.0.0.1');
    this.#follow(server);
    socket.pipe(server).pipe(socket);
    for (const [one, other] of [[socket, server], [server, socket]] as const) one.once('close', () => other.destroy());
  }

  #follow(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  async #listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  #destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
