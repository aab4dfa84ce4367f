/**
 * Our internal body as `io.prometheus.write.v2.Request`. Deterministic: symbols are numbered in order of first use, so a
 * resend is byte-identical. Samples and histograms are copied as raw bytes. What 2.0 asks for and 1.0 does not is made
 * true here: samples and histograms of one series go out as two series, exemplars beside the samples of their series.
 */
import { ByteReader } from '../../bytes/reader.ts';
import { ByteWriter } from '../../bytes/writer.ts';
import { LAST_HISTOGRAM_FIELD, LAST_SAMPLE_FIELD, readSeriesMetadata } from './extensions.ts';
import { type Families, metadataByFamily, metadataOf, metricNameOf, type SeriesMetadata } from './metric-families.ts';
import { copyMessage } from './rewrite.ts';
import { SymbolWriter } from './v2-symbols.ts';
import { type WriteRequestVisitor, walkWriteRequest } from './walk.ts';

const SAMPLE_TAG = 0x12;
const EXEMPLAR_TAG = 0x1a;
const HISTOGRAM_TAG = 0x22;
const LABEL_TAG = 0x0a;
/** Labels of exemplars have neighbours of their own, behind those of any usual series. */
const EXEMPLAR_POSITION = 128;

export interface EncodeOptions {
  /** The body holds our extensions; otherwise unknown fields of a 1.0 sender with their numbers must not become them. */
  readonly extended: boolean;
}

/** Empty for a body without series: 2.0 has no place for metadata alone. */
export function encodeRemoteWrite2(body: Uint8Array, { extended }: EncodeOptions): Uint8Array<ArrayBuffer> {
  const families = metadataByFamily(body);
  const encoder = new Encoder(families, new Map(), extended);
  walkWriteRequest(body, encoder);
  if (!encoder.metLonely) return encoder.result();
  const again = new Encoder(families, lonelyExemplars(body), extended);
  walkWriteRequest(body, again);
  return again.result();
}

interface Range {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * Series without a sample, by their label block, as far as there is a series with samples and the same labels: a
 * Prometheus sends its exemplars so, and 2.0 wants them beside samples.
 */
function lonelyExemplars(body: Uint8Array): Map<string, Range[]> {
  const lonely = new Map<string, Range[]>();
  const hosted = new Map<string, Range[]>();
  walkWriteRequest(body, {
    series(bytes, _fieldStart, labelsStart, labelsEnd, fieldEnd, samples) {
      if (samples > 0 || labelsEnd === fieldEnd) return;
      const key = blockKey(bytes, labelsStart, labelsEnd);
      const range = { bytes, start: labelsEnd, end: fieldEnd };
      const others = lonely.get(key);
      if (others === undefined) lonely.set(key, [range]);
      else others.push(range);
    },
  });
  if (lonely.size === 0) return hosted;
  walkWriteRequest(body, {
    series(bytes, _fieldStart, labelsStart, labelsEnd, _fieldEnd, samples) {
      if (samples === 0) return;
      const key = blockKey(bytes, labelsStart, labelsEnd);
      const found = lonely.get(key);
      if (found !== undefined) hosted.set(key, found);
    },
  });
  return hosted;
}

function blockKey(bytes: Uint8Array, start: number, end: number): string {
  let key = '';
  for (let i = start; i < end; i++) key += String.fromCharCode(bytes[i]);
  return key;
}

class Encoder implements WriteRequestVisitor {
  readonly #families: Families;
  readonly #lonely: Map<string, Range[]>;
  readonly #extended: boolean;
  readonly #symbols = new SymbolWriter();
  readonly #out = new ByteWriter(4096);
  readonly #refs = new ByteWriter(64);
  readonly #samples = new ByteWriter(64);
  readonly #histograms = new ByteWriter(64);
  readonly #exemplars = new ByteWriter(64);
  readonly #exemplarRefs = new ByteWriter(16);
  readonly #metadata = new ByteWriter(16);
  readonly #message = new ByteWriter(64);
  /** Series of one family stand together. */
  #lastName: string | undefined;
  #lastMetadata: SeriesMetadata | undefined;
  /** A series without samples was met: others of its labels may be its host. */
  metLonely = false;

  constructor(families: Families, lonely: Map<string, Range[]>, extended: boolean) {
    this.#families = families;
    this.#lonely = lonely;
    this.#extended = extended;
  }

  result(): Uint8Array<ArrayBuffer> {
    if (this.#out.length === 0) return new Uint8Array(0);
    const symbols = this.#symbols.view();
    const whole = new Uint8Array(symbols.length + this.#out.length);
    whole.set(symbols);
    whole.set(this.#out.view(), symbols.length);
    return whole;
  }

  series(
    bytes: Uint8Array,
    _fieldStart: number,
    labelsStart: number,
    labelsEnd: number,
    fieldEnd: number,
    samples: number,
  ): void {
    if (samples === 0) this.metLonely = true;
    this.#samples.reset();
    this.#histograms.reset();
    this.#exemplars.reset();
    this.#metadata.reset();
    this.#writeRefs(new ByteReader(bytes, labelsStart, labelsEnd));
    this.#writeContent(new ByteReader(bytes, labelsEnd, fieldEnd));
    // Exemplars alone are no series: Prometheus answers 400 to a request that holds some, after writing the rest.
    if (this.#samples.length + this.#histograms.length === 0) return;
    if (this.#lonely.size > 0) this.#takeLonely(blockKey(bytes, labelsStart, labelsEnd));
    const metadata = this.#metadataOf(bytes, labelsStart, labelsEnd, fieldEnd);
    if (metadata !== undefined) this.#writeMetadata(metadata);
    if (this.#samples.length > 0) {
      this.#write(this.#samples, this.#exemplars);
      this.#exemplars.reset();
    }
    if (this.#histograms.length > 0) this.#write(this.#histograms, this.#exemplars);
  }

  #write(values: ByteWriter, exemplars: ByteWriter): void {
    const refs = this.#refs.view();
    this.#message.reset().bytesField(1, refs).bytes(values.view()).bytes(exemplars.view());
    if (this.#metadata.length > 0) this.#message.bytesField(5, this.#metadata.view());
    this.#out.bytesField(5, this.#message.view());
  }

  #writeContent(reader: ByteReader): void {
    const kind = this.#extended ? 'extended' : 'plain';
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === SAMPLE_TAG) copyMessage(this.#samples, tag, reader.message(), LAST_SAMPLE_FIELD[kind]);
      else if (tag === HISTOGRAM_TAG) copyMessage(this.#histograms, 0x1a, reader.message(), LAST_HISTOGRAM_FIELD[kind]);
      else if (tag === EXEMPLAR_TAG) this.#writeExemplar(reader.message());
      else reader.skip(tag & 7);
    }
  }

  /** The first series of these labels that has samples takes them along. */
  #takeLonely(key: string): void {
    const found = this.#lonely.get(key);
    for (const { bytes, start, end } of found?.splice(0) ?? []) this.#writeContent(new ByteReader(bytes, start, end));
  }

  #writeExemplar(reader: ByteReader): void {
    const refs = this.#exemplarRefs.reset();
    const message = this.#message.reset();
    let position = EXEMPLAR_POSITION;
    while (!reader.done) {
      const start = reader.pos;
      const tag = reader.tag();
      if (tag === LABEL_TAG) {
        this.#writeLabel(refs, reader, position++);
        continue;
      }
      reader.skip(tag & 7);
      if (tag >= 0x10 && tag < 0x20) message.bytes(reader.source, start, reader.pos);
    }
    if (refs.length > 0) message.bytesField(1, refs.view());
    this.#exemplars.bytesField(4, message.view());
  }

  #writeRefs(labels: ByteReader): void {
    const refs = this.#refs.reset();
    for (let position = 0; !labels.done; position++) {
      labels.tag();
      this.#writeLabel(refs, labels, position);
    }
  }

  #writeLabel(refs: ByteWriter, reader: ByteReader, position: number): void {
    const size = reader.size();
    reader.pos += size;
    this.#symbols.writeLabel(refs, reader.source, reader.pos - size, reader.pos, position);
  }

  #metadataOf(bytes: Uint8Array, labelsStart: number, labelsEnd: number, end: number): SeriesMetadata | undefined {
    const own = this.#extended ? readSeriesMetadata(bytes, labelsEnd, end) : undefined;
    if (own !== undefined || this.#families.size === 0) return own;
    const name = metricNameOf(bytes, labelsStart, labelsEnd);
    if (name !== this.#lastName) {
      this.#lastName = name;
      this.#lastMetadata = metadataOf(this.#families, name);
    }
    return this.#lastMetadata;
  }

  #writeMetadata({ type, help, unit }: SeriesMetadata): void {
    const out = this.#metadata.reset();
    if (type !== 0) out.varintField(1, type);
    if (help !== '') out.varintField(3, this.#symbols.internText(help));
    if (unit !== '') out.varintField(4, this.#symbols.internText(unit));
  }
}
