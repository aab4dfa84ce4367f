/**
 * Writes text exposition 0.0.4 into one buffer that is used again at every scrape. A family keeps the encoded beginning
 * of each of its series, so a steady scrape encodes only values.
 */

import { formatGoFloat } from '../../core/wire/go-float.ts';
import { quoteExpositionValue } from '../telemetry/exposition-text.ts';

export type FamilyType = 'counter' | 'gauge' | 'untyped';

/** Devices come and go (a container host makes interfaces all day), so what is kept per series is bounded. */
const MAX_SERIES_KEPT = 10_000;

export class Family {
  readonly name: string;
  readonly header: Uint8Array;
  readonly #labelNames: readonly string[];
  readonly #series = new Map<string, Uint8Array>();

  constructor(name: string, help: string, type: FamilyType, labelNames: readonly string[] = []) {
    this.name = name;
    const escapedHelp = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
    this.header = keep(`# HELP ${name} ${escapedHelp}\n# TYPE ${name} ${type}\n`);
    this.#labelNames = labelNames;
  }

  /** `name{a="b"} `, labels sorted by name as Prometheus' client library writes them. */
  prefix(values: readonly string[]): Uint8Array {
    const key = values.length === 1 ? values[0]! : values.join('\0');
    let prefix = this.#series.get(key);
    if (prefix === undefined) {
      prefix = keep(`${this.name}${this.#labels(values)} `);
      if (this.#series.size >= MAX_SERIES_KEPT) this.#series.clear();
      this.#series.set(key, prefix);
    }
    return prefix;
  }

  #labels(values: readonly string[]): string {
    if (values.length !== this.#labelNames.length) {
      throw new Error(`BUG: ${this.name} has ${this.#labelNames.length} labels, not ${values.length}`);
    }
    if (values.length === 0) return '';
    const pairs = this.#labelNames.map((name, i) => `${name}=${quoteExpositionValue(values[i]!)}`);
    return `{${pairs.sort().join(',')}}`;
  }
}

/** Small Buffers share slabs; an ArrayBuffer for each short text would cost more than the text. */
function keep(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

const LF = 10;
const FIRST_BUFFER_BYTES = 64 * 1024;
/** No number takes more, in any notation. */
const MAX_VALUE_BYTES = 32;

export class MetricText {
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES);
  #length = 0;
  #current: Family | undefined;
  readonly #finished = new Set<Family>();

  /** Starts a new text in the old buffer. */
  reset(): void {
    this.#length = 0;
    this.#current = undefined;
    this.#finished.clear();
  }

  /** All samples of a family must follow one another: the format allows its header only once. */
  sample(family: Family, value: number, ...labelValues: readonly string[]): void {
    if (family !== this.#current) this.#begin(family);
    this.#append(family.prefix(labelValues));
    this.#appendValue(value);
  }

  /** Lines that are exposition text already, whole families of their own. */
  raw(text: Uint8Array): void {
    this.#current = undefined;
    this.#append(text);
    if (text.length > 0 && text.at(-1) !== LF) this.#buffer[this.#length++] = LF;
  }

  /** A copy, because the buffer is written again at the next scrape. */
  take(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }

  #begin(family: Family): void {
    if (this.#finished.has(family)) throw new Error(`BUG: samples of ${family.name} do not follow one another`);
    this.#finished.add(family);
    this.#current = family;
    this.#append(family.header);
  }

  #append(bytes: Uint8Array): void {
    this.#reserve(bytes.length + MAX_VALUE_BYTES);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #appendValue(value: number): void {
    const text = formatGoFloat(value);
    for (let i = 0; i < text.length; i++) this.#buffer[this.#length++] = text.charCodeAt(i);
    this.#buffer[this.#length++] = LF;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + bytes));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}
