import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** One port on loopback that can play dead. */
export class Listener {
  readonly #server = createServer({ highWaterMark: 256 * 1_024, requestTimeout: 0, keepAliveTimeout: 60_000 });
  readonly #sockets = new Set<Socket>();
  #offline = false;

  constructor() {
    this.#server.on('connection', (socket) => {
      if (this.#offline) return void socket.resetAndDestroy();
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      return undefined;
    });
  }

  get offline(): boolean {
    return this.#offline;
  }
  set offline(offline: boolean) {
    this.#offline = offline;
    if (offline) for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  answer(serve: (req: IncomingMessage, res: ServerResponse) => Promise<void>): void {
    this.#server.on('request', (req, res) => void serve(req, res));
  }

  /** Resolves with `127.0.0.1:<port>`. */
  async open(port: number): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject).listen(port, '127.0.0.1', resolve);
    await promise;
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends every connection, busy or not. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    for (const socket of this.#sockets) socket.destroy();
    await promise;
  }
}
