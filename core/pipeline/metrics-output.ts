/**
 * The body for one destination. Runs of series that go out as they came are copied as one range, and when the one range
 * is the whole body nothing is copied at all.
 */
import { ByteWriter } from '../bytes/writer.ts';
import { SERIES_TAG } from '../wire/remote-write-walk.ts';

export class MetricsOutput {
  readonly #body: Uint8Array;
  #writer: ByteWriter | undefined;
  #runStart = 0;
  #runEnd = 0;
  series = 0;
  samples = 0;

  constructor(body: Uint8Array) {
    this.#body = body;
  }

  /** Bytes of the original body, unchanged. */
  copy(start: number, end: number): void {
    if (start !== this.#runEnd) {
      this.#flush();
      this.#runStart = start;
    }
    this.#runEnd = end;
  }

  /** A TimeSeries of these labels and of what follows the labels in `bytes`. */
  write(
    labels: Uint8Array,
    labelsStart: number,
    labelsEnd: number,
    bytes: Uint8Array,
    restStart: number,
    end: number,
  ): void {
    this.#flush();
    const size = labelsEnd - labelsStart + (end - restStart);
    this.#open().byte(SERIES_TAG).varint(size).bytes(labels, labelsStart, labelsEnd).bytes(bytes, restStart, end);
  }

  finish(): { readonly body: Uint8Array; readonly unchanged: boolean } {
    const unchanged = this.#writer === undefined && this.#runStart === 0 && this.#runEnd === this.#body.length;
    if (unchanged) return { body: this.#body, unchanged };
    this.#flush();
    return { body: this.#open().view(), unchanged };
  }

  #flush(): void {
    if (this.#runEnd > this.#runStart) this.#open().bytes(this.#body, this.#runStart, this.#runEnd);
    this.#runStart = this.#runEnd;
  }

  #open(): ByteWriter {
    // Rules shorten labels as often as they lengthen them, so the original's size is a good guess.
    this.#writer ??= new ByteWriter(this.#body.length + 256);
    return this.#writer;
  }
}
