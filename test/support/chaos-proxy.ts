/**
 * A TCP proxy that does what networks do: refuses, resets in the middle, delays, trickles, swallows, closes one half.
 * Each new connection takes the next fault of the script; when the script is empty, the standing fault. Faults count bytes,
 * not HTTP messages, so the same proxy stands before a gateway, a destination or anything else.
 */
import { createServer, type Server, Socket } from 'node:net';

export type Direction = 'request' | 'response';

export type Fault =
  | { readonly kind: 'none' }
  /** Accepted and reset at once; `close()` is what refuses a connection. */
  | { readonly kind: 'reset_at_once' }
  /** A reset (RST) once so many bytes have passed in that direction; those bytes still arrive. */
  | { readonly kind: 'reset'; readonly direction: Direction; readonly afterBytes: number }
  /** An orderly end (FIN) of the answer after so many bytes: a cut body, or no answer at all with 0. */
  | { readonly kind: 'cut_response'; readonly afterBytes: number }
  | { readonly kind: 'delay_response'; readonly ms: number }
  /** One byte of the answer each `everyMs`: a slow loris. */
  | { readonly kind: 'trickle_response'; readonly everyMs: number }
  /** The request is swallowed and nothing ever comes back. */
  | { readonly kind: 'black_hole' };

const NONE: Fault = { kind: 'none' };

export class ChaosProxy {
  /** Consumed one a connection, before `standing` applies. */
  readonly script: Fault[] = [];
  standing: Fault = NONE;
  connections = 0;
  readonly #targetPort: number;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #server: Server;
  #port = 0;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#connect(client));
  }

  static async start(target: string): Promise<ChaosProxy> {
    const proxy = new ChaosProxy(Number(new URL(target).port));
    await proxy.listen();
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Also after `close()`: on the same port. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, '127.0.0.1', () => resolve());
    });
    this.#port = (this.#server.address() as { port: number }).port;
  }

  /** From now on connections are refused, and those that exist are reset. */
  async close(): Promise<void> {
    this.resetAll();
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers.clear();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  resetAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #connect(client: Socket): void {
    this.connections++;
    this.#keep(client);
    const fault = this.script.shift() ?? this.standing;
    if (fault.kind === 'reset_at_once') {
      client.resetAndDestroy();
      return;
    }
    if (fault.kind === 'black_hole') {
      client.resume();
      return;
    }
    const target = this.#keep(new Socket({ allowHalfOpen: true }));
    target.connect(this.#targetPort, '127.0.0.1');
    const resetBoth = () => {
      client.resetAndDestroy();
      target.resetAndDestroy();
    };
    client.on('close', () => target.destroy());
    target.on('error', resetBoth);
    this.#pump(client, target, fault, 'request', resetBoth);
    this.#pump(target, client, fault, 'response', resetBoth);
  }

  #pump(from: Socket, to: Socket, fault: Fault, direction: Direction, resetBoth: () => void): void {
    let passed = 0;
    let last: Promise<void> = Promise.resolve();
    from.on('data', (chunk: Buffer) => {
      last = last
        .then(() => this.#pass(chunk, to, fault, direction, passed, resetBoth))
        .then((bytes) => {
          passed += bytes;
        });
    });
    from.on('end', () => {
      last = last.then(() => {
        to.end();
      });
    });
  }

  /** How many bytes of the chunk went on. */
  async #pass(
    chunk: Buffer,
    to: Socket,
    fault: Fault,
    direction: Direction,
    passed: number,
    resetBoth: () => void,
  ): Promise<number> {
    if (to.destroyed) return 0;
    if (fault.kind === 'reset' && fault.direction === direction && passed + chunk.length >= fault.afterBytes) {
      const rest = chunk.subarray(0, Math.max(0, fault.afterBytes - passed));
      if (rest.length > 0) await write(to, rest);
      resetBoth();
      return rest.length;
    }
    if (direction === 'response') {
      if (fault.kind === 'cut_response' && passed + chunk.length >= fault.afterBytes) {
        to.end(chunk.subarray(0, Math.max(0, fault.afterBytes - passed)));
        return chunk.length;
      }
      if (fault.kind === 'delay_response') await this.#sleep(fault.ms);
      if (fault.kind === 'trickle_response') return this.#trickle(chunk, to, fault.everyMs);
    }
    await write(to, chunk);
    return chunk.length;
  }

  async #trickle(chunk: Buffer, to: Socket, everyMs: number): Promise<number> {
    for (let at = 0; at < chunk.length && !to.destroyed; at++) {
      await write(to, chunk.subarray(at, at + 1));
      await this.#sleep(everyMs);
    }
    return chunk.length;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, ms);
      this.#timers.add(timer);
    });
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    // A reset that the test asked for is not the test's failure.
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    return socket;
  }
}

/** Resolves also when the peer is gone: there is nobody left to wait for. */
function write(to: Socket, chunk: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (to.destroyed || to.writableEnded) resolve();
    else to.write(chunk, () => resolve());
  });
}
