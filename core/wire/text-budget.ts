/**
 * How much text may be made of one body. What describes many records (a resource, the key of a map) is repeated for each
 * of them, so without a bound a few bytes could become gigabytes.
 */
import { OutcomeError } from '../outcome.ts';

export class TextBudget {
  readonly #max: number;
  #left: number;

  constructor(maxUnits: number) {
    this.#max = maxUnits;
    this.#left = maxUnits;
  }

  /** In UTF-16 units. Throws body_too_large when there was more. */
  spend(units: number): void {
    this.#left -= units;
    if (this.#left >= 0) return;
    const message = `the text that this body's records become is longer than the limit of ${this.#max} characters; send fewer records at once`;
    throw new OutcomeError('body_too_large', message);
  }
}

export const MAX_CONVERTED_TEXT = 48 * 1024 * 1024;
