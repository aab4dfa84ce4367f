/**
 * The TYPE, HELP and UNIT that a target tells about its metric families, each encoded once as the `metadata` field of a
 * series (remote write 2.0 with texts in place of references). A target repeats them at every scrape: they are compared
 * as bytes, so a steady scrape decodes and allocates nothing here.
 */
import { rangeEqual } from '../../core/bytes/equal.ts';
import { encodeUtf8 } from '../../core/bytes/utf8.ts';
import { ByteWriter } from '../../core/bytes/writer.ts';
import { helpText, type MetricType, metadataName } from '../../core/wire/exposition/exposition.ts';
import { METRIC_TYPES } from '../../core/wire/remote-write/v1.ts';

const NO_BYTES = new Uint8Array(0);
const METADATA_TAG = 0x2a;

export class Family {
  readonly name: string;
  readonly nameBytes: Uint8Array;
  /** Never changes once it is known, so that what `has` said once stays true. */
  type: MetricType | undefined;
  /** As they stand in the exposition. */
  help: Uint8Array = NO_BYTES;
  unit: Uint8Array = NO_BYTES;
  format: 'text' | 'openmetrics' | 'protobuf' = 'text';
  /** The whole field, undefined after a change. */
  field: Uint8Array | undefined;
  place = 0;
  seenIn = 0;

  constructor(name: string, nameBytes: Uint8Array) {
    this.name = name;
    this.nameBytes = nameBytes;
  }

  /** Prometheus' rule for which series a family has (scrape.go, isSeriesPartOfFamily). */
  has(metricName: string): boolean {
    switch (this.type) {
      case 'counter':
        return without(metricName, COUNTER) === without(this.name, COUNTER);
      case 'info':
        return without(metricName, INFO) === without(this.name, INFO);
      case 'histogram':
        return without(metricName, HISTOGRAM) === this.name;
      case 'gaugehistogram':
        return without(metricName, GAUGE_HISTOGRAM) === this.name;
      case 'summary':
        return without(metricName, SUMMARY) === this.name;
      default:
        return metricName === this.name;
    }
  }

  metadata(): Uint8Array {
    this.field ??= encodeField(this);
    return this.field;
  }
}

const COUNTER = ['_total'];
const INFO = ['_info'];
const HISTOGRAM = ['_bucket', '_sum', '_count'];
// Text has _gsum and _gcount; what protobuf has as one message comes out with _sum and _count.
const GAUGE_HISTOGRAM = ['_bucket', '_gsum', '_gcount', '_sum', '_count'];
const SUMMARY = ['_sum', '_count'];

function without(name: string, suffixes: readonly string[]): string {
  for (const suffix of suffixes) if (name.endsWith(suffix)) return name.slice(0, -suffix.length);
  return name;
}

export class Families {
  readonly #byName = new Map<string, Family>();
  #order: Family[] = [];
  #nextOrder: Family[] = [];
  #scrape = 0;
  /** The family whose metadata was told last: the series that follow may be its. */
  latest: Family | undefined;

  begin(): void {
    this.#scrape++;
    this.#nextOrder = [];
    this.latest = undefined;
  }

  /** Those that the target no longer tells about are forgotten. */
  commit(): void {
    for (const family of this.#order) if (family.seenIn !== this.#scrape) this.#byName.delete(family.name);
    this.#order = this.#nextOrder;
  }

  type(bytes: Uint8Array, nameStart: number, nameEnd: number, type: MetricType): void {
    let family = this.#enter(bytes, nameStart, nameEnd);
    if (family.type === type) return;
    if (family.type !== undefined) family = this.#replace(family);
    family.type = type;
    family.field = undefined;
  }

  help(
    bytes: Uint8Array,
    name: readonly [start: number, end: number],
    start: number,
    end: number,
    format: 'text' | 'openmetrics',
  ): void {
    const family = this.#enter(bytes, ...name);
    if (equal(family.help, bytes, start, end)) return;
    family.help = bytes.slice(start, end);
    family.format = format;
    family.field = undefined;
  }

  unit(bytes: Uint8Array, nameStart: number, nameEnd: number, start: number, end: number): void {
    const family = this.#enter(bytes, nameStart, nameEnd);
    if (equal(family.unit, bytes, start, end)) return;
    family.unit = bytes.slice(start, end);
    family.field = undefined;
  }

  /** All at once, from a form that has texts. */
  tell(name: string, type: MetricType, help: string, unit: string): void {
    let family = this.#byName.get(name) ?? this.#add(name, encodeUtf8(name));
    if (family.type !== undefined && family.type !== type) family = this.#replace(family);
    this.#see(family);
    const told = { help: encodeUtf8(help), unit: encodeUtf8(unit) };
    const same =
      equal(family.help, told.help, 0, told.help.length) && equal(family.unit, told.unit, 0, told.unit.length);
    if (same && family.type === type && family.format === 'protobuf') return;
    Object.assign(family, { ...told, type, format: 'protobuf', field: undefined });
  }

  #enter(bytes: Uint8Array, start: number, end: number): Family {
    const { latest } = this;
    if (latest !== undefined && equal(latest.nameBytes, bytes, start, end)) return latest;
    const expected = this.#order[latest === undefined ? 0 : latest.place + 1];
    if (expected !== undefined && equal(expected.nameBytes, bytes, start, end)) {
      this.#see(expected);
      return expected;
    }
    const name = metadataName(bytes, start, end);
    const family = this.#byName.get(name) ?? this.#add(name, bytes.slice(start, end));
    this.#see(family);
    return family;
  }

  #add(name: string, nameBytes: Uint8Array): Family {
    const family = new Family(name, nameBytes);
    this.#byName.set(name, family);
    return family;
  }

  /** A type that changed makes another family. */
  #replace(family: Family): Family {
    const { help, unit, format, place, seenIn } = family;
    const next = Object.assign(this.#add(family.name, family.nameBytes), { help, unit, format, place, seenIn });
    if (this.#nextOrder[place] === family) this.#nextOrder[place] = next;
    this.latest = next;
    return next;
  }

  #see(family: Family): void {
    this.latest = family;
    if (family.seenIn === this.#scrape) return;
    family.seenIn = this.#scrape;
    family.place = this.#nextOrder.length;
    this.#nextOrder.push(family);
  }
}

function equal(kept: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  return kept.length === end - start && rangeEqual(bytes, start, kept, 0, kept.length);
}

const message = new ByteWriter(256);

/** The `metadata` field of a series. */
export function encodeField({
  type,
  help,
  unit,
  format,
}: Pick<Family, 'type' | 'help' | 'unit' | 'format'>): Uint8Array {
  message.reset().varintField(1, METRIC_TYPES.indexOf(type ?? 'unknown'));
  if (help.length > 0) {
    if (format === 'protobuf') message.bytesField(3, help);
    else message.stringField(3, helpText(help, 0, help.length, format));
  }
  if (unit.length > 0) message.bytesField(4, unit);
  return new ByteWriter(message.length + 4).byte(METADATA_TAG).varint(message.length).bytes(message.view()).take();
}
