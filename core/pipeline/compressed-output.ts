/**
 * The body for one destination, made in its compressed form. What a series' labels become and how they differ from those
 * of the series before is the same in every push, so the snappy elements for it are kept and used again: nobody hashes and
 * compares bytes to find out anew. A body that comes out as it went in is not made at all.
 */

import { keepShape } from '../bytes/kept-shape.ts';
import { snappyDecode } from '../codec/snappy-decode.ts';
import { lastLiteralBytes, MAX_DELTA_BYTES, snappyDelta } from '../codec/snappy-delta.ts';
import { snappyMaxEncodedLength } from '../codec/snappy-encode.ts';
import { SnappyWriter } from '../codec/snappy-writer.ts';
import { varintLength } from '../wire/label-block.ts';
import {
  commonSampleBytes,
  SERIES_TAG,
  TIMESTAMP_BYTES,
  VALUE_SAMPLE_BYTES,
  ZERO_SAMPLE_BYTES,
} from '../wire/remote-write/walk.ts';
import type { OutputContent, SeriesBytes, SeriesOutput } from './metrics-output.ts';
import { UnchangedRun } from './metrics-output.ts';
import { type MemoEntry, SeriesMemo } from './series-memo.ts';
import type { SeriesVerdict } from './series-verdict.ts';

/** The elements for a series' field up to the value of its only sample, or its timestamp where it has no value. */
export interface SeriesLink {
  readonly group: number;
  /** Which series must stand before it (MemoEntry.id); 0: it may stand anywhere. */
  readonly previous: number;
  /** Sizes of both samples: whether there is a value, in the series before and in this one. */
  readonly previousSampleBytes: number;
  readonly sampleBytes: number;
  readonly view: DataView;
  readonly offset: number;
  readonly bytes: number;
  /** Of the literal at their end. */
  readonly literalBytes: number;
  /** How much text the elements stand for. */
  readonly textBytes: number;
  /** Of the whole field, sample included: the distance to the same place of the series before. */
  readonly fieldBytes: number;
  readonly next: SeriesLink | undefined;
}

/** What a link weighs in memory beside its elements. */
const linkBytes = 150;

const valueBytes = 8;
const zeroSampleHead = [0x12, 7];
const valueSampleHead = [0x12, 16, 0x09];
const maxLabelBytes = MAX_DELTA_BYTES / 2 - 64;

export class CompressedOutput implements SeriesOutput {
  readonly #body: Uint8Array;
  readonly #view: DataView;
  readonly #group: number;
  readonly #memo: SeriesMemo<SeriesVerdict>;
  readonly #unchanged = new UnchangedRun();
  #writer: SnappyWriter | undefined;
  /** Set while the series before is one that the next may refer to. */
  #previous: MemoEntry<SeriesVerdict> | undefined;
  #previousLabels: Uint8Array = noBytes;
  #previousStart = 0;
  #previousEnd = 0;
  #previousSampleBytes = 0;
  /** Where the value and the timestamp of the sample before stand in the body. */
  #previousValue = 0;
  #previousTime = 0;
  series = 0;
  samples = 0;
  histograms = 0;

  /** `changes`: the last body came out changed, so this one probably does too, and is written from its first series on. */
  constructor(body: Uint8Array, view: DataView, group: number, memo: SeriesMemo<SeriesVerdict>, changes: boolean) {
    this.#body = body;
    this.#memo = memo;
    this.#view = view;
    this.#group = group;
    if (changes) this.#writer = new SnappyWriter();
  }

  raw(start: number, end: number): void {
    if (!this.#unchanged.extend(start, end)) this.#open();
    this.#writer?.text(this.#body, start, end);
    this.#previous = undefined;
  }

  keep(entry: MemoEntry<SeriesVerdict> | undefined, series: SeriesBytes): void {
    const { bytes, fieldStart, labelsStart, labelsEnd, fieldEnd } = series;
    if (bytes !== this.#body) this.#unchanged.end();
    if (bytes !== this.#body || !this.#unchanged.extend(fieldStart, fieldEnd)) this.#open();
    if (this.#writer !== undefined) this.#write(this.#writer, entry, bytes, labelsStart, labelsEnd, series);
  }

  rewrite(entry: MemoEntry<SeriesVerdict> | undefined, labels: Uint8Array, series: SeriesBytes): void {
    this.#unchanged.end();
    this.#write(this.#open(), entry, labels, 0, labels.length, series);
  }

  finish(): OutputContent {
    const body = this.#body;
    if (this.#unchanged.covers(body)) {
      this.#writer?.discard();
      return { body, unchanged: true };
    }
    return new CompressedContent(this.#open().finish());
  }

  /** What was passed over as unchanged so far is written now. */
  #open(): SnappyWriter {
    if (this.#writer === undefined) {
      this.#writer = new SnappyWriter();
      this.#writer.text(this.#body, 0, this.#unchanged.length);
    }
    return this.#writer;
  }

  #write(
    writer: SnappyWriter,
    entry: MemoEntry<SeriesVerdict> | undefined,
    labels: Uint8Array,
    labelsStart: number,
    labelsEnd: number,
    series: SeriesBytes,
  ): void {
    const view = this.#view;
    const { fieldEnd } = series;
    const sampleBytes = commonSampleBytes(view, series.labelsEnd, fieldEnd);
    if (
      sampleBytes === 0 ||
      entry === undefined ||
      series.bytes !== this.#body ||
      labelsEnd - labelsStart > maxLabelBytes
    ) {
      this.#writeUncommon(writer, labels, labelsStart, labelsEnd, series);
      return;
    }
    const link = this.#linkOf(entry, sampleBytes) ?? this.#connect(entry, labels, labelsStart, labelsEnd, sampleBytes);
    writer.elements(link.view, link.offset, link.bytes, link.textBytes);
    const time = fieldEnd - TIMESTAMP_BYTES;
    const sameTime =
      this.#previous !== undefined &&
      view.getInt32(time, true) === view.getInt32(this.#previousTime, true) &&
      view.getInt32(time + 3, true) === view.getInt32(this.#previousTime + 3, true);
    if (sampleBytes === VALUE_SAMPLE_BYTES) {
      const value = time - valueBytes;
      const sameValue =
        this.#previousSampleBytes === VALUE_SAMPLE_BYTES &&
        view.getBigInt64(value, true) === view.getBigInt64(this.#previousValue, true);
      this.#previousValue = value;
      if (sameTime && sameValue) {
        writer.copy(link.fieldBytes, valueBytes + TIMESTAMP_BYTES);
      } else {
        writer.word(view, value, link.literalBytes);
        if (sameTime) writer.copy(link.fieldBytes, TIMESTAMP_BYTES);
        else writer.literal(this.#body, time, TIMESTAMP_BYTES);
      }
    } else if (sameTime) writer.copy(link.fieldBytes, TIMESTAMP_BYTES);
    else writer.literal(this.#body, time, TIMESTAMP_BYTES);
    this.#previousTime = time;
    this.#previous = entry;
    this.#previousLabels = labels;
    this.#previousStart = labelsStart;
    this.#previousEnd = labelsEnd;
    this.#previousSampleBytes = sampleBytes;
  }

  #linkOf(entry: MemoEntry<SeriesVerdict>, sampleBytes: number): SeriesLink | undefined {
    let link = entry.links;
    while (link !== undefined && link.group !== this.#group) link = link.next;
    if (link === undefined || link.sampleBytes !== sampleBytes) return undefined;
    if (this.#previous === undefined) return link.previous === 0 ? link : undefined;
    const follows = link.previous === this.#previous.id && link.previousSampleBytes === this.#previousSampleBytes;
    return follows ? link : undefined;
  }

  #connect(
    entry: MemoEntry<SeriesVerdict>,
    labels: Uint8Array,
    start: number,
    end: number,
    sampleBytes: number,
  ): SeriesLink {
    const previousBytes = this.#previousSampleBytes;
    let gapStart = 0;
    let targetStart = 0;
    if (this.#previous !== undefined) {
      gapStart = putFieldHead(this.#previousLabels, this.#previousStart, this.#previousEnd, previousBytes, 0);
      targetStart = gapStart + variableBytes(previousBytes);
    }
    const targetEnd = putFieldHead(labels, start, end, sampleBytes, targetStart);
    const bytes = snappyDelta(window, gapStart, targetStart, targetEnd, elements, 0);
    const kept = arena.keep(elements, bytes);
    const textBytes = targetEnd - targetStart;
    const others = withoutGroup(entry.links, this.#group);
    if (others === entry.links) this.#memo.grow(entry, linkBytes + bytes);
    const link: SeriesLink = {
      group: this.#group,
      previous: this.#previous === undefined ? 0 : this.#previous.id,
      previousSampleBytes: previousBytes,
      sampleBytes,
      view: kept.view,
      offset: kept.offset,
      bytes,
      literalBytes: lastLiteralBytes,
      textBytes,
      fieldBytes: textBytes + variableBytes(sampleBytes),
      next: others,
    };
    entry.links = link;
    return link;
  }

  /** Several samples, histograms, exemplars, timestamps of another length, or a series that nobody remembers. */
  #writeUncommon(
    writer: SnappyWriter,
    labels: Uint8Array,
    labelsStart: number,
    labelsEnd: number,
    { bytes, labelsEnd: restStart, fieldEnd }: SeriesBytes,
  ): void {
    const size = labelsEnd - labelsStart + fieldEnd - restStart;
    const headBytes = 1 + varintLength(size);
    const field = new Uint8Array(headBytes + size);
    putHead(field, 0, size);
    field.set(labels.subarray(labelsStart, labelsEnd), headBytes);
    field.set(bytes.subarray(restStart, fieldEnd), headBytes + labelsEnd - labelsStart);
    writer.text(field);
    this.#previous = undefined;
  }
}

/** Whoever needs the plain body after all, for another version of the protocol, gets it unpacked. */
class CompressedContent implements OutputContent {
  readonly compressed: Uint8Array;
  readonly unchanged = false;
  #body: Uint8Array | undefined;

  constructor(compressed: Uint8Array) {
    this.compressed = compressed;
  }

  get body(): Uint8Array {
    this.#body ??= snappyDecode(this.compressed, Number.POSITIVE_INFINITY);
    return this.#body;
  }
}

const noBytes = new Uint8Array(0);
/** Two fields up to the values of their samples: used within one call only. */
const window = new Uint8Array(MAX_DELTA_BYTES);
const elements = new Uint8Array(snappyMaxEncodedLength(MAX_DELTA_BYTES));

/** What of a sample no link can know. */
function variableBytes(sampleBytes: number): number {
  return sampleBytes === ZERO_SAMPLE_BYTES ? TIMESTAMP_BYTES : valueBytes + TIMESTAMP_BYTES;
}

/** Writes a TimeSeries field with one sample into `window`, up to what is variable. */
function putFieldHead(labels: Uint8Array, start: number, end: number, sampleBytes: number, at: number): number {
  let to = putHead(window, at, end - start + sampleBytes);
  for (let i = start; i < end; i++) window[to++] = labels[i];
  const head = sampleBytes === ZERO_SAMPLE_BYTES ? zeroSampleHead : valueSampleHead;
  for (const byte of head) window[to++] = byte;
  return to;
}

function putHead(target: Uint8Array, at: number, size: number): number {
  let to = at;
  target[to++] = SERIES_TAG;
  let rest = size;
  for (; rest > 0x7f; rest >>>= 7) target[to++] = (rest & 0x7f) | 0x80;
  target[to++] = rest;
  return to;
}

/** The same object where the group has no link. */
function withoutGroup(links: SeriesLink | undefined, group: number): SeriesLink | undefined {
  if (links === undefined) return undefined;
  if (links.group === group) return links.next;
  const next = withoutGroup(links.next, group);
  return next === links.next ? links : { ...links, next };
}

/** Many short texts in few buffers; a buffer goes when the last link into it does. */
class Arena {
  #chunk = new Uint8Array(0);
  #view = new DataView(this.#chunk.buffer);
  #used = 0;

  keep(source: Uint8Array, bytes: number): { readonly view: DataView; readonly offset: number } {
    // Readers read whole words.
    if (this.#used + bytes + 8 > this.#chunk.length) {
      this.#chunk = new Uint8Array(Math.max(chunkBytes, bytes + 8));
      this.#view = new DataView(this.#chunk.buffer);
      this.#used = 0;
    }
    const offset = this.#used;
    this.#chunk.set(source.subarray(0, bytes), offset);
    this.#used += bytes;
    return { view: this.#view, offset };
  }
}

const chunkBytes = 32 * 1024;
const arena = new Arena();

keepShape(new CompressedOutput(noBytes, new DataView(noBytes.buffer), 0, new SeriesMemo<SeriesVerdict>(0), false));
keepShape(new CompressedContent(noBytes));
