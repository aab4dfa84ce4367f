/**
 * Keeps the HTTP server of a receiving component listening where its arguments say: moves when they change, tries again
 * when the address is taken, and gives requests that are under way a moment when it ends.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HostContext } from '../context.ts';
import { formatListenAddress, parseListenAddress } from '../runtime/listen-address.ts';

const LISTEN_RETRY_MS = 5000;
const LAST_REQUESTS_MS = 1000;

export class HttpListener {
  readonly #context: Pick<HostContext, 'logger' | 'clock'>;
  readonly #what: string;
  #changed = new AbortController();
  #listening = '';
  #problem = '';

  /** `what` stands behind "listening for". */
  constructor(context: Pick<HostContext, 'logger' | 'clock'>, what: string) {
    this.#context = context;
    this.#what = what;
  }

  /** Where it listens, with the real port where port 0 was asked for; '' while it does not. */
  get address(): string {
    return this.#listening;
  }

  health() {
    if (this.#problem === '') return { state: 'healthy', message: '' } as const;
    return { state: 'unhealthy', message: this.#problem } as const;
  }

  /** `endpoint()` or what the server is made of changed: begin anew. */
  restart(): void {
    this.#changed.abort();
  }

  /** Until `stop`. An endpoint of undefined: nothing is to be listened to for now. */
  async run(stop: AbortSignal, endpoint: () => string | undefined, createServer: () => Server): Promise<void> {
    while (!stop.aborted) {
      this.#changed = new AbortController();
      const until = AbortSignal.any([stop, this.#changed.signal]);
      const address = endpoint();
      if (address === undefined) await aborted(until);
      else await this.#listen(address, createServer(), until);
    }
  }

  async #listen(endpoint: string, server: Server, until: AbortSignal): Promise<void> {
    const { logger, clock } = this.#context;
    try {
      this.#listening = await listen(server, endpoint);
      this.#problem = '';
      logger.info(`listening for ${this.#what}`, { address: this.#listening });
      await aborted(until);
    } catch (error) {
      this.#problem = `cannot listen on ${endpoint}: ${(error as Error).message}`;
      logger.error(this.#problem);
      await clock.sleep(LISTEN_RETRY_MS, until);
    } finally {
      this.#listening = '';
      await close(server);
    }
  }
}

function listen(server: Server, endpoint: string): Promise<string> {
  const address = parseListenAddress(endpoint);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => {
      server.removeListener('error', reject);
      const bound = server.address() as AddressInfo;
      resolve(formatListenAddress({ host: bound.address, port: bound.port }));
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    // A sender that is in the middle of a request gets a moment for it, and no more.
    setTimeout(() => server.closeAllConnections(), LAST_REQUESTS_MS).unref();
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
