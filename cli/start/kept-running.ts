/** A process of ours that is started again when it ends by itself. Its state is on disk, so nothing is lost by that. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChildEnd, describeEnd } from './children.ts';
import type { Screen } from './screen.ts';

export interface Running {
  readonly pid: number;
  readonly exited: Promise<ChildEnd>;
  stop(): Promise<void>;
}

const MAX_RESTARTS = 5;
const RESTART_WINDOW_MS = 60_000;
const RESTART_DELAY_MS = 1_000;

export class KeptRunning {
  readonly #name: string;
  readonly #launch: () => Promise<Running>;
  readonly #screen: Screen;
  readonly #giveUp: (error: Error) => void;
  readonly #allStop: AbortSignal;
  #current: Running | undefined;
  #stopped = false;
  #restarting: Promise<void> = Promise.resolve();
  #restartsAtMs: number[] = [];

  /**
   * `launch` resolves when the process is ready. `giveUp` is called when it keeps ending. `allStop`: a signal to the whole
   * group ends the process before anybody calls `stop`.
   */
  constructor(
    name: string,
    launch: () => Promise<Running>,
    screen: Screen,
    giveUp: (error: Error) => void,
    allStop: AbortSignal,
  ) {
    this.#name = name;
    this.#launch = launch;
    this.#screen = screen;
    this.#giveUp = giveUp;
    this.#allStop = allStop;
  }

  get pid(): number {
    return this.#current?.pid ?? 0;
  }

  async start(): Promise<void> {
    this.#adopt(await this.#launch());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#restarting;
    await this.#current?.stop();
  }

  get #stopping(): boolean {
    return this.#stopped || this.#allStop.aborted;
  }

  #adopt(running: Running): void {
    this.#current = running;
    void running.exited.then((end) => {
      if (!this.#stopping) this.#restarting = this.#restart(running.pid, end);
    });
  }

  async #restart(pid: number, end: ChildEnd): Promise<void> {
    const nowMs = Date.now();
    this.#restartsAtMs = [...this.#restartsAtMs.filter((atMs) => nowMs - atMs < RESTART_WINDOW_MS), nowMs];
    const what = `the ${this.#name} (pid ${pid}) ${describeEnd(end)}`;
    if (this.#restartsAtMs.length > MAX_RESTARTS) {
      this.#giveUp(new Error(`${what}, for the ${this.#restartsAtMs.length}th time within a minute`));
      return;
    }
    this.#screen.event(`${what}; starting it again`, 'bad');
    await sleep(RESTART_DELAY_MS);
    if (this.#stopping) return;
    try {
      const running = await this.#launch();
      this.#adopt(running);
      if (!this.#stopping) this.#screen.event(`the ${this.#name} runs again (pid ${running.pid})`, 'good');
    } catch (error) {
      if (!this.#stopping) this.#giveUp(error as Error);
    }
  }
}
