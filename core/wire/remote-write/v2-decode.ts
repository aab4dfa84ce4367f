/**
 * `io.prometheus.write.v2.Request` to our internal body, a 1.0 `WriteRequest` with extensions (remote-write/extensions.ts).
 * The structure is checked as strictly as that of 1.0; a series that is sound as protobuf and against the rules of the
 * protocol costs itself only. Samples are copied as raw bytes: their message is that of 1.0 with one field more. Linear
 * time; nothing is written that would make the body larger than the cap, however often one large symbol is used.
 */
import { ByteReader, WIRE_BYTES, WIRE_VARINT } from '../../bytes/reader.ts';
import { ByteWriter } from '../../bytes/writer.ts';
import { OutcomeError, type Reason } from '../../outcome.ts';
import { checkMessage, type MessageShape } from '../message-shape.ts';
import { LabelRefs, refProblem, type SeriesProblem, toRef } from './v2-refs.ts';
import { SymbolTable } from './v2-symbols.ts';
import { HISTOGRAM } from './walk.ts';

/** What a body or a part of it holds, in the units of the `Written` headers. */
export interface MetricCounts {
  /** Float samples alone. */
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
}

export interface RejectedSeriesOf2 extends MetricCounts {
  readonly reason: Reason;
  readonly series: number;
  /** What was wrong with the first of them. */
  readonly example: string;
}

/** Counts are of the body; what was rejected is not in it. */
export interface RemoteWrite2Body extends MetricCounts {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly rejections: readonly RejectedSeriesOf2[];
}

const SYMBOLS_FIELD = 4;
const TIMESERIES_FIELD = 5;

const SAMPLE: MessageShape = { 1: 'fixed64', 2: 'varint', 3: 'varint' };
const HISTOGRAM_2: MessageShape = { ...HISTOGRAM, 17: 'varint' };
const METADATA: MessageShape = { 1: 'varint', 3: 'varint', 4: 'varint' };

/** Throws OutcomeError for what is malformed as a whole, body_too_large for a body beyond `maxBytes`. */
export function decodeRemoteWrite2(bytes: Uint8Array, maxBytes: number): RemoteWrite2Body {
  const symbols = readSymbols(bytes);
  const decoder = new Decoder(bytes, symbols, maxBytes);
  forEachField(bytes, TIMESERIES_FIELD, (reader) => decoder.series(reader));
  return decoder.result();
}

/** Symbols may stand behind the series that use them, so they are collected first. */
function readSymbols(bytes: Uint8Array): SymbolTable {
  const symbols = new SymbolTable(bytes);
  forEachField(bytes, SYMBOLS_FIELD, ({ pos, end }) => symbols.add(pos, end));
  return symbols;
}

function forEachField(bytes: Uint8Array, field: number, take: (content: ByteReader) => void): void {
  const reader = new ByteReader(bytes);
  while (!reader.done) {
    const tag = reader.tag();
    if (Math.floor(tag / 8) !== field) reader.skip(tag & 7);
    else {
      reader.expect(tag, WIRE_BYTES);
      take(reader.message());
    }
  }
}

interface Tally {
  series: number;
  samples: number;
  histograms: number;
  exemplars: number;
  readonly example: string;
}

interface SeriesParts {
  samples: number;
  histograms: number;
  exemplars: number;
  type: number;
  helpRef: number;
  unitRef: number;
  hasMetadata: boolean;
}

class Decoder {
  readonly #symbols: SymbolTable;
  readonly #source: Uint8Array;
  readonly #maxBytes: number;
  readonly #out: ByteWriter;
  /** What follows the labels of the series at hand. */
  readonly #rest = new ByteWriter(256);
  readonly #message = new ByteWriter(256);
  readonly #labels: LabelRefs;
  readonly #exemplarLabels: LabelRefs;
  readonly #rejections = new Map<Reason, Tally>();
  readonly #counts = { samples: 0, histograms: 0, exemplars: 0 };
  #spentBytes = 0;
  #problem: SeriesProblem | undefined;
  #number = 0;

  constructor(source: Uint8Array, symbols: SymbolTable, maxBytes: number) {
    this.#source = source;
    this.#symbols = symbols;
    this.#maxBytes = maxBytes;
    this.#labels = new LabelRefs(symbols, source);
    this.#exemplarLabels = new LabelRefs(symbols, source);
    this.#out = new ByteWriter(Math.min(source.length * 2, maxBytes));
  }

  result(): RemoteWrite2Body {
    const rejections = [...this.#rejections].map(([reason, tally]) => ({ reason, ...tally }));
    return { body: this.#out.take(), ...this.#counts, rejections };
  }

  series(reader: ByteReader): void {
    const parts = this.#read(reader);
    const { samples, histograms, exemplars } = parts;
    if (samples > 0 && histograms > 0) {
      this.#problem ??= { reason: 'mixed_samples_and_histograms', explanation: 'has both samples and histograms' };
    }
    // Exemplars and metadata alone pass: Prometheus itself sends exemplars in series of their own.
    if (samples + histograms + exemplars === 0 && !parts.hasMetadata) {
      this.#problem ??= { reason: 'series_without_samples', explanation: 'has neither samples nor histograms' };
    }
    this.#problem ??= this.#labels.problem('labels_refs');
    if (parts.hasMetadata) this.#addMetadata(parts);
    if (this.#problem === undefined) this.#write(parts);
    else this.#reject(this.#problem, parts);
    this.#number++;
  }

  /** Checks all of the series and writes everything but its labels to `#rest`. */
  #read(reader: ByteReader): SeriesParts {
    const parts = { samples: 0, histograms: 0, exemplars: 0, type: 0, helpRef: 0, unitRef: 0, hasMetadata: false };
    this.#rest.reset();
    this.#labels.clear();
    this.#problem = undefined;
    while (!reader.done) {
      const tag = reader.tag();
      const field = Math.floor(tag / 8);
      if (field === 1) {
        this.#labels.read(reader, tag);
        continue;
      }
      if (field > 5) {
        reader.skip(tag & 7);
        continue;
      }
      reader.expect(tag, WIRE_BYTES);
      const message = reader.message();
      if (field === 2) {
        parts.samples++;
        this.#copy(0x12, message, SAMPLE);
      } else if (field === 3) {
        parts.histograms++;
        this.#copy(0x22, message, HISTOGRAM_2);
      } else if (field === 4) {
        parts.exemplars++;
        this.#addExemplar(message);
      } else {
        readMetadata(message, parts);
      }
    }
    return parts;
  }

  #copy(tag: number, message: ByteReader, shape: MessageShape): void {
    const { pos, end } = message;
    checkMessage(message, shape);
    this.#reserve(end - pos);
    this.#rest
      .byte(tag)
      .varint(end - pos)
      .bytes(this.#source, pos, end);
  }

  #addExemplar(reader: ByteReader): void {
    const refs = this.#exemplarLabels;
    refs.clear();
    const rest = this.#message.reset();
    while (!reader.done) {
      const start = reader.pos;
      const tag = reader.tag();
      const field = Math.floor(tag / 8);
      if (field === 1) refs.read(reader, tag);
      else {
        if (field === 2) reader.expect(tag, 1);
        if (field === 3) reader.expect(tag, WIRE_VARINT);
        reader.skip(tag & 7);
        if (field <= 3) rest.bytes(this.#source, start, reader.pos);
      }
    }
    this.#problem ??= refs.problem('labels_refs of an exemplar');
    if (this.#problem !== undefined) return;
    const size = refs.size();
    this.#reserve(size);
    this.#rest.byte(0x1a).varint(size + rest.length);
    refs.write(this.#rest);
    this.#rest.bytes(rest.view());
  }

  #addMetadata({ type, helpRef, unitRef }: SeriesParts): void {
    this.#problem ??= this.#textProblem(helpRef, 'help_ref') ?? this.#textProblem(unitRef, 'unit_ref');
    if (this.#problem !== undefined) return;
    const message = this.#message.reset();
    if (type !== 0) message.varintField(1, type);
    this.#addText(message, 3, helpRef);
    this.#addText(message, 4, unitRef);
    this.#rest.byte(0x2a).varint(message.length).bytes(message.view());
  }

  #addText(message: ByteWriter, field: number, ref: number): void {
    const size = this.#lengthOf(ref);
    if (size === 0) return;
    this.#reserve(size);
    message.bytesField(field, this.#source, this.#symbols.start(ref), this.#symbols.end(ref));
  }

  #write(parts: SeriesParts): void {
    const labels = this.#labels;
    const labelsSize = labels.size();
    this.#reserve(labelsSize);
    // Senders must sort; one that does not is helped, as with 1.0.
    labels.sort();
    this.#out.byte(0x0a).varint(labelsSize + this.#rest.length);
    labels.write(this.#out);
    this.#out.bytes(this.#rest.view());
    this.#counts.samples += parts.samples;
    this.#counts.histograms += parts.histograms;
    this.#counts.exemplars += parts.exemplars;
  }

  /** 0 stands for no text even where a sender left the table out. */
  #textProblem(ref: number, what: string): SeriesProblem | undefined {
    return ref === 0 ? undefined : refProblem(this.#symbols, ref, what);
  }

  #lengthOf(ref: number): number {
    return this.#symbols.size === 0 ? 0 : this.#symbols.length(ref);
  }

  #reject({ reason, explanation }: SeriesProblem, { samples, histograms, exemplars }: SeriesParts): void {
    const example = `timeseries[${this.#number}] ${explanation}`;
    const tally = this.#rejections.get(reason) ?? { series: 0, samples: 0, histograms: 0, exemplars: 0, example };
    tally.series++;
    tally.samples += samples;
    tally.histograms += histograms;
    tally.exemplars += exemplars;
    this.#rejections.set(reason, tally);
  }

  /** Counts what is written for a series that is refused in the end as well: it costs the same time. */
  #reserve(bytes: number): void {
    this.#spentBytes += bytes;
    if (this.#spentBytes <= this.#maxBytes) return;
    throw new OutcomeError(
      'body_too_large',
      `the body is larger than ${this.#maxBytes} bytes with its symbols in place`,
    );
  }
}

/** Given several times, the last value of each field holds: protobuf merges messages. */
function readMetadata(reader: ByteReader, parts: SeriesParts): void {
  const { pos, end, source } = reader;
  checkMessage(reader, METADATA);
  const fields = new ByteReader(source, pos, end);
  while (!fields.done) {
    const tag = fields.tag();
    if (tag === 0x08) parts.type = fields.varint();
    else if (tag === 0x18) parts.helpRef = toRef(fields.varint());
    else if (tag === 0x20) parts.unitRef = toRef(fields.varint());
    else fields.skip(tag & 7);
  }
  // Go senders write the message even where it is empty.
  parts.hasMetadata = parts.type !== 0 || parts.helpRef !== 0 || parts.unitRef !== 0;
}
