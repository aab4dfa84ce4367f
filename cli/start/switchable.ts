/**
 * A destination as a process that people stop and start on purpose, with a key here or with kill and a command in another
 * terminal. It is not started again by itself: watching the backlog grow is what it is for.
 */
import { assertPortFree, PortInUseError } from '../ports.ts';
import { type Child, type Children, type ChildSpec, describeEnd, lastLines } from './children.ts';
import { HOST } from './destinations.ts';
import { untilReady } from './flow.ts';
import type { Screen } from './screen.ts';

const READY_TIMEOUT_MS = 30_000;

export interface SwitchableOptions {
  readonly title: string;
  readonly port: number;
  readonly spec: ChildSpec;
  readonly readyUrl: string;
  /** How to start it by hand, for people who killed it. */
  readonly byHand: string;
  readonly key: string;
  readonly stopping: AbortSignal;
}

export class Switchable {
  readonly #options: SwitchableOptions;
  readonly #children: Children;
  readonly #screen: Screen;
  #child: Child | undefined;
  /** An end that somebody here asked for is no news. */
  #expected = false;
  #busy = false;

  constructor(options: SwitchableOptions, children: Children, screen: Screen) {
    this.#options = options;
    this.#children = children;
    this.#screen = screen;
  }

  get pid(): number | undefined {
    return this.#child?.running ? this.#child.pid : undefined;
  }

  async start(): Promise<void> {
    const { spec, readyUrl, title, stopping } = this.#options;
    this.#expected = false;
    const child = await this.#children.spawn(spec);
    this.#child = child;
    await untilReady(readyUrl, READY_TIMEOUT_MS, stopping, () =>
      child.running
        ? undefined
        : `${title} ended while it started; ${child.logFile} says:\n${lastLines(child.logFile)}`,
    );
    void child.exited.then((end) => {
      if (this.#expected || stopping.aborted) return;
      this.#screen.event(`${title} (pid ${child.pid}) ${describeEnd(end)}. ${this.#advice()}`, 'bad');
    });
  }

  async stop(): Promise<void> {
    this.#expected = true;
    await this.#child?.stop();
  }

  async toggle(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      await (this.pid === undefined ? this.#startAgain() : this.#stopOnPurpose());
    } catch (error) {
      this.#screen.event((error as Error).message, 'bad');
    } finally {
      this.#busy = false;
    }
  }

  async #stopOnPurpose(): Promise<void> {
    await this.stop();
    this.#screen.event(`${this.#options.title} is stopped. ${this.#advice()}`);
  }

  async #startAgain(): Promise<void> {
    const { port, title } = this.#options;
    try {
      await assertPortFree(HOST, port, '');
    } catch (error) {
      if (!(error instanceof PortInUseError)) throw error;
      throw new Error(`port ${port} is taken: ${title} seems to run already, started by hand`);
    }
    await this.start();
    this.#screen.event(`${title} runs again (pid ${this.pid})`);
  }

  #advice(): string {
    const { key, byHand } = this.#options;
    const ways = [
      ...(process.stdin.isTTY ? [`press ${key} here`] : []),
      ...(byHand.length < 80 ? [`run ${byHand}`] : []),
    ];
    return `The gateway keeps what it cannot deliver. To start it again: ${ways.join(' or ') || byHand}`;
  }
}
