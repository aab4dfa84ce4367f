/**
 * Reads the delimited protobuf exposition (`application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily;
 * encoding=delimited`), the one form that carries native histograms. The bytes are untrusted: each family is checked as a
 * whole before anything of it is told. Throws OutcomeError; then everything the sink was told must be thrown away.
 * Series come out as the text they would have in text form, so that both forms share caches and `seriesLabels`.
 */
import { ByteReader, malformed } from '../../bytes/reader.ts';
import { encodeUtf8 } from '../../bytes/utf8.ts';
import { ByteWriter } from '../../bytes/writer.ts';
import { formatOpenMetricsFloat } from '../go-float.ts';
import { checkMessage } from '../message-shape.ts';
import { type LabelRange, writeLabelsText, writeSeriesText } from '../series-text.ts';
import { isNativeHistogram, readClassicHistogram, remoteWriteHistogram } from './client-histogram.ts';
import {
  FAMILY,
  FAMILY_SHAPE,
  FAMILY_TYPES,
  METRIC,
  readLabel,
  readPair,
  readTimestampMs,
  readValue,
} from './client-model.ts';
import type { MetricType } from './exposition.ts';

export const PROTOBUF_EXPOSITION_CONTENT_TYPE =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';

export interface ProtobufExpositionSink {
  /** Comes before the samples of the family. Help and unit are empty where there are none. */
  family?(name: string, type: MetricType, help: string, unit: string): void;
  /** `series` is a view that is valid during the call. No timestamp: the scrape's own. */
  sample(series: Uint8Array, value: number, timestampMs: number | undefined): void;
  /**
   * A native histogram as a remote-write `Histogram` message without a timestamp. Without this handler the classic
   * buckets of such a histogram are told as samples.
   */
  histogram?(series: Uint8Array, histogram: Uint8Array, timestampMs: number | undefined): void;
  /** The classic buckets of a native histogram are wanted as well. */
  readonly classicToo?: boolean;
  /** An exemplar of the sample or histogram just told; `labels` is a text in braces, for `exemplarLabels`. */
  exemplar?(labels: Uint8Array, value: number, timestampMs: number | undefined): void;
}

export function isProtobufExposition(contentType: string | null | undefined): boolean {
  const [mediaType = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  if (mediaType.trim() !== 'application/vnd.google.protobuf') return false;
  const values = new Map(
    parameters.map((parameter) => parameter.split('=').map((part) => part.trim()) as [string, string]),
  );
  return values.get('proto') === 'io.prometheus.client.metricfamily' && values.get('encoding') === 'delimited';
}

export function parseProtobufExposition(bytes: Uint8Array, sink: ProtobufExpositionSink): void {
  const reader = new ByteReader(bytes);
  const state = new FamilyReader(sink);
  while (!reader.done) {
    const { source, pos, end } = reader.message();
    checkMessage(new ByteReader(source, pos, end), FAMILY_SHAPE);
    state.read(new ByteReader(source, pos, end));
  }
}

const NO_LABELS: readonly LabelRange[] = [];

class FamilyReader {
  readonly #sink: ProtobufExpositionSink;
  readonly #text = new ByteWriter(256);
  readonly #exemplar = new ByteWriter(128);
  #name = '';
  /** Encoded, by suffix. */
  readonly #names = new Map<string, Uint8Array>();
  #type: MetricType = 'counter';
  #labels: readonly LabelRange[] = NO_LABELS;
  #timestampMs: number | undefined;

  constructor(sink: ProtobufExpositionSink) {
    this.#sink = sink;
  }

  read(family: ByteReader): void {
    let name = '';
    let help = '';
    let unit = '';
    let type = 0;
    const metrics: ByteReader[] = [];
    while (!family.done) {
      const tag = family.tag();
      const field = Math.floor(tag / 8);
      if (field === FAMILY.name) name = family.string();
      else if (field === FAMILY.help) help = family.string();
      else if (field === FAMILY.unit) unit = family.string();
      else if (field === FAMILY.type) type = family.varint();
      else if (field === FAMILY.metric) metrics.push(family.message());
      else family.skip(tag & 7);
    }
    if (name === '') throw malformed(family.pos, 'a metric family has no name');
    const known = FAMILY_TYPES[type];
    if (known === undefined) throw malformed(family.pos, `family ${JSON.stringify(name)} has the unknown type ${type}`);
    this.#name = name;
    this.#names.clear();
    this.#type = known;
    this.#sink.family?.(name, known, help, unit);
    for (const metric of metrics) this.#metric(metric);
  }

  #metric(metric: ByteReader): void {
    const labels: LabelRange[] = [];
    let value: ByteReader | undefined;
    let kind = 0;
    this.#timestampMs = undefined;
    while (!metric.done) {
      const tag = metric.tag();
      const field = Math.floor(tag / 8);
      if (field === METRIC.label) labels.push(readLabel(metric.message()));
      else if (field === METRIC.timestampMs) this.#timestampMs = Number(metric.int64()) || undefined;
      else if (field >= METRIC.gauge && field <= METRIC.histogram) {
        kind = field;
        value = metric.message();
      } else metric.skip(tag & 7);
    }
    this.#labels = labels;
    const wanted = KINDS[this.#type];
    if (value === undefined || kind !== wanted) {
      throw malformed(metric.pos, `a metric of a family of type ${this.#type} holds no value of that type`);
    }
    if (kind === METRIC.summary) this.#summary(value);
    else if (kind === METRIC.histogram) this.#histogram(value);
    else if (kind === METRIC.counter) this.#counter(value);
    else this.#sample('', readValue(value));
  }

  #counter(reader: ByteReader): void {
    let value = 0;
    let exemplar: ByteReader | undefined;
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 0x09) value = reader.double();
      else if (tag === 0x12) exemplar = reader.message();
      else reader.skip(tag & 7);
    }
    this.#sample('', value);
    if (exemplar !== undefined) this.#tellExemplar(exemplar, false);
  }

  #summary(reader: ByteReader): void {
    let count = 0;
    let sum = 0;
    const quantiles: (readonly [quantile: number, value: number])[] = [];
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 0x08) count = reader.varint();
      else if (tag === 0x11) sum = reader.double();
      else if (tag === 0x1a) quantiles.push(readPair(reader.message()));
      else reader.skip(tag & 7);
    }
    this.#sample('_count', count);
    this.#sample('_sum', sum);
    for (const [quantile, value] of quantiles) {
      this.#sample('', value, { name: 'quantile', value: formatOpenMetricsFloat(quantile) });
    }
  }

  #histogram(reader: ByteReader): void {
    const { source, pos, end } = reader;
    const native = this.#sink.histogram !== undefined && isNativeHistogram(new ByteReader(source, pos, end));
    const classic = readClassicHistogram(new ByteReader(source, pos, end));
    if (native) {
      this.#writeText('', undefined);
      const message = remoteWriteHistogram(new ByteReader(source, pos, end), this.#type === 'gaugehistogram');
      this.#sink.histogram?.(this.#text.view(), message, this.#timestampMs);
      // Those of the buckets only count with a time of their own: that of the scrape says nothing about them.
      const own =
        classic.exemplars.length > 0 ? classic.exemplars : classic.buckets.flatMap(({ exemplar }) => exemplar ?? []);
      for (const exemplar of own) this.#tellExemplar(exemplar, true);
      // One without classic buckets has no classic form, as in Prometheus.
      if (this.#sink.classicToo !== true || classic.buckets.length === 0) return;
    }
    this.#sample('_count', classic.count);
    this.#sample('_sum', classic.sum);
    for (const { upperBound, count, exemplar } of classic.buckets) {
      this.#sample('_bucket', count, { name: 'le', value: formatOpenMetricsFloat(upperBound) });
      if (exemplar !== undefined) this.#tellExemplar(exemplar, false);
    }
    if (!classic.buckets.some(({ upperBound }) => upperBound === Number.POSITIVE_INFINITY)) {
      this.#sample('_bucket', classic.count, { name: 'le', value: '+Inf' });
    }
  }

  #sample(suffix: string, value: number, last?: { readonly name: string; readonly value: string }): void {
    this.#writeText(suffix, last);
    this.#sink.sample(this.#text.view(), value, this.#timestampMs);
  }

  #writeText(suffix: string, last: { readonly name: string; readonly value: string } | undefined): void {
    let name = this.#names.get(suffix);
    if (name === undefined) this.#names.set(suffix, (name = encodeUtf8(this.#name + suffix)));
    writeSeriesText(this.#text.reset(), name, this.#labels, last);
  }

  #tellExemplar(reader: ByteReader, needsTime: boolean): void {
    if (this.#sink.exemplar === undefined) return;
    const labels: LabelRange[] = [];
    let value = 0;
    let timestampMs: number | undefined;
    const exemplar = new ByteReader(reader.source, reader.pos, reader.end);
    while (!exemplar.done) {
      const tag = exemplar.tag();
      if (tag === 0x0a) labels.push(readLabel(exemplar.message()));
      else if (tag === 0x11) value = exemplar.double();
      else if (tag === 0x1a) timestampMs = readTimestampMs(exemplar.message());
      else exemplar.skip(tag & 7);
    }
    if (needsTime && timestampMs === undefined) return;
    writeLabelsText(this.#exemplar.reset(), labels);
    this.#sink.exemplar(this.#exemplar.view(), value, timestampMs);
  }
}

const KINDS: Readonly<Record<MetricType, number>> = {
  counter: METRIC.counter,
  gauge: METRIC.gauge,
  summary: METRIC.summary,
  unknown: METRIC.untyped,
  histogram: METRIC.histogram,
  gaugehistogram: METRIC.histogram,
  info: METRIC.gauge,
  stateset: METRIC.gauge,
};
