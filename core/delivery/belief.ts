/**
 * What somebody elsewhere believes about a backlog, and how that is corrected: one message after the other, each saying what
 * is true when its turn comes, so that the last word is the truth whatever the order in which things happened.
 */

export interface Correction<By = undefined> {
  readonly active: boolean;
  /** False where it is only said again. */
  readonly isNews: boolean;
  readonly by?: By | undefined;
}

interface Options<By> {
  readonly always?: boolean;
  readonly by?: By;
}

export class Belief<By = undefined> {
  readonly #tell: (correction: Correction<By>) => Promise<void>;
  /** Undefined where the last message may or may not have arrived. */
  #believed: boolean | undefined;
  #turn: Promise<void> = Promise.resolve();
  /** Has not begun yet. */
  #next: Promise<void> | undefined;
  #nextAlways = false;

  /** `tell` throws where it does not know that the message arrived. */
  constructor(believed: boolean, tell: (correction: Correction<By>) => Promise<void>) {
    this.#believed = believed;
    this.#tell = tell;
  }

  get believed(): boolean | undefined {
    return this.#believed;
  }

  /**
   * Never throws. `by` goes with the message. `always`: even where it is believed already. While a message is under way, all
   * who ask wait for the same next one.
   */
  correct(isActive: () => boolean, { always = false, by }: Options<By> = {}): Promise<void> {
    if (this.#next !== undefined) {
      this.#nextAlways ||= always;
      return this.#next;
    }
    this.#nextAlways = always;
    this.#next = this.#turn.then(() => {
      this.#next = undefined;
      return this.#correctNow(isActive(), this.#nextAlways, by);
    });
    this.#turn = this.#next;
    return this.#next;
  }

  async #correctNow(active: boolean, always: boolean, by: By | undefined): Promise<void> {
    const isNews = this.#believed !== active;
    if (!isNews && !always) return;
    this.#believed = undefined;
    try {
      await this.#tell({ active, isNews, by });
      this.#believed = active;
    } catch {
      // The next correction says it again.
    }
  }
}
