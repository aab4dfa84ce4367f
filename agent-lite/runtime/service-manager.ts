/**
 * Tells systemd how the agent is, where it asks to be told (sd_notify(3)): that it is ready, is stopping, is alive. Its socket
 * takes datagrams, which Node cannot send to a path, so the program systemd-notify does. It is a child, so the unit needs
 * `NotifyAccess=all`. A failure is told and stops nothing.
 */
import { spawn } from 'node:child_process';
import type { Logger } from '../telemetry/logger.ts';
import type { Clock } from './clock.ts';

export interface ServiceManagerParts {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** systemd-notify waits until systemd has taken the message, but not for ever. */
const TIMEOUT_MS = 10_000;
/** One line of `systemctl status`. */
const MAX_STATUS_CHARACTERS = 200;

export class ServiceManager {
  readonly #parts: ServiceManagerParts;
  readonly #socket: string;
  readonly #watchdogMs: number;
  #failed = false;
  /** One message after the other, in order. */
  #sending: Promise<void> = Promise.resolve();

  private constructor(parts: ServiceManagerParts, socket: string, watchdogMs: number) {
    this.#parts = parts;
    this.#socket = socket;
    this.#watchdogMs = watchdogMs;
  }

  /** undefined where nobody asks. Takes the variables out of the environment: programs that we start must not answer. */
  static fromEnvironment(env: NodeJS.ProcessEnv, pid: number, parts: ServiceManagerParts): ServiceManager | undefined {
    const { NOTIFY_SOCKET: socket = '', WATCHDOG_USEC = '', WATCHDOG_PID = '' } = env;
    delete env.NOTIFY_SOCKET;
    delete env.WATCHDOG_USEC;
    delete env.WATCHDOG_PID;
    if (socket === '') return undefined;
    const isForUs = WATCHDOG_PID === '' || Number(WATCHDOG_PID) === pid;
    const watchdogMs = isForUs && /^\d+$/.test(WATCHDOG_USEC) ? Number(WATCHDOG_USEC) / 1000 : 0;
    return new ServiceManager(parts, socket, watchdogMs);
  }

  /** Everything has started. From here on systemd hears that the event loop turns, twice as often as it wants to. */
  async ready(status: string, stop: AbortSignal): Promise<void> {
    await this.#send('READY=1', statusText(status));
    if (this.#watchdogMs > 0) void this.#keepAlive(stop);
  }

  status(text: string): Promise<void> {
    return this.#send(statusText(text));
  }

  stopping(): Promise<void> {
    return this.#send('STOPPING=1', statusText('putting everything on the spools'));
  }

  async #keepAlive(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.#send('WATCHDOG=1');
      await this.#parts.clock.sleep(this.#watchdogMs / 2, stop);
    }
  }

  #send(...variables: string[]): Promise<void> {
    this.#sending = this.#sending.then(() => this.#notify(variables));
    return this.#sending;
  }

  async #notify(variables: readonly string[]): Promise<void> {
    const problem = await runNotify(this.#socket, variables);
    if (problem !== undefined && !this.#failed) {
      this.#parts.logger.error('systemd cannot be told how the agent is', {
        err: problem,
        message: variables.join(' '),
      });
    }
    this.#failed = problem !== undefined;
  }
}

/** What went wrong; undefined for nothing. */
function runNotify(socket: string, variables: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH ?? '', NOTIFY_SOCKET: socket };
    const child = spawn('systemd-notify', variables, { env, stdio: ['ignore', 'ignore', 'pipe'], timeout: TIMEOUT_MS });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-1000)));
    child.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ENOENT' ? 'systemd-notify is not installed or not on the PATH' : error.message),
    );
    child.once('close', (code, signal) => {
      if (code === 0) resolve(undefined);
      else resolve(complaint.trim() || `systemd-notify ended with ${code ?? signal}`);
    });
  });
}

function statusText(text: string): string {
  return `STATUS=${text.replaceAll(/\s+/g, ' ').slice(0, MAX_STATUS_CHARACTERS)}`;
}
