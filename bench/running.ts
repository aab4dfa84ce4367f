/** Keeps what a table started, to stop all of it in the end, whatever went wrong in between. */
export interface Stoppable {
  stop(): Promise<void>;
}

export class Running {
  readonly #started: Stoppable[] = [];

  keep<T extends Stoppable>(started: T): T {
    this.#started.push(started);
    return started;
  }

  /** Last started, first stopped. */
  async stop(): Promise<void> {
    for (const started of this.#started.reverse()) await started.stop();
  }
}
