/** What passes a component as text, in the words of Alloy's live debugging, which people grep and compare. */
import { formatFloat } from '../../core/alloy/stdlib/format-float.ts';
import { formatLabels, type Labels } from '../../core/labels/labels.ts';
import type { LogEntry, LogStream, LogsBatch, ProfileSeries, ProfilesBatch } from '../../core/pipeline/signals.ts';
import type { DecodedAttribute, DecodedSpan, DecodedSpans } from '../../core/wire/otlp/traces.ts';
import { type DecodedSeries, sampleValue } from '../../core/wire/remote-write/v1.ts';

export function sampleTexts(labels: Labels, { samples, histograms, exemplars }: DecodedSeries): string[] {
  const shown = formatLabels(labels);
  return [
    ...samples.map(
      (sample) => `sample: ts=${sample.timestampMs}, labels=${shown}, value=${goFloat(sampleValue(sample))}`,
    ),
    ...histograms.map((bytes) => `histogram: labels=${shown}, ${bytes.length} bytes`),
    ...exemplars.map(
      (exemplar) =>
        `exemplar: ts=${exemplar.timestampMs}, labels=${shown}, exemplar_labels=${formatLabels(exemplar.labels)}, value=${goFloat(exemplar.value)}`,
    ),
  ];
}

/** Go's `%f`. */
export function goFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return sign + formatFloat(Math.abs(value), 'f', 6);
}

/** Of a component that changes labels: both sets; without labels the series is dropped. */
export function relabelText(before: Labels, after: Labels | undefined): string {
  return `${formatLabels(before)} => ${formatLabels(after ?? [])}`;
}

/** Lines on one side of a component. */
export function* lineTexts(side: '[IN]' | '[OUT]', { streams }: LogsBatch): Generator<string> {
  for (const { labels, entries } of streams) {
    const shown = formatLabels(labels);
    for (const entry of entries) yield lineText(side, entry, shown);
  }
}

function lineText(side: string, { timestampNs, line, metadata }: LogEntry, labels: string): string {
  const extra = JSON.stringify(Object.fromEntries(metadata.map(({ name, value }) => [name, value])));
  return `${side}: timestamp: ${rfc3339Nano(timestampNs)}, entry: ${line}, labels: ${labels}, structured_metadata: ${extra}`;
}

/** Of `loki.relabel`, which hands on the lines of a stream as they are, under other labels or not at all. */
export function* relabelledLines(before: LogsBatch, after: LogsBatch): Generator<string> {
  const kept = new Map<LogStream['entries'], Labels>(after.streams.map(({ entries, labels }) => [entries, labels]));
  for (const { labels, entries } of before.streams) {
    const result = kept.get(entries);
    const shown = result === undefined ? '<dropped>' : formatLabels(result);
    for (const { line } of entries) yield `entry: ${line}, labels: ${formatLabels(labels)} => ${shown}`;
  }
}

/** As Go writes a time in UTC: fractions without zeros at their end. */
export function rfc3339Nano(ns: bigint): string {
  const fraction = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = new Date(Number((ns - fraction) / 1_000_000n)).toISOString().slice(0, 19);
  const digits = fraction === 0n ? '' : `.${fraction.toString().padStart(9, '0').replace(/0+$/, '')}`;
  return `${seconds}${digits}Z`;
}

/** One line a series: profiles themselves are binary. */
export function* profileTexts({ series }: ProfilesBatch): Generator<string> {
  for (const { labels, content } of series) {
    const shown = formatLabels(labels);
    if (content.kind === 'ingest')
      yield `ingest: labels=${shown}, ${content.contentType}, ${content.body.length} bytes`;
    else yield `push: labels=${shown}, ${content.samples.length} profiles`;
  }
}

/** Of `pyroscope.relabel`: the labels of each series before and after; without labels it is dropped. */
export function* relabelledProfiles(before: ProfilesBatch, after: ProfilesBatch): Generator<string> {
  const kept = new Map<ProfileSeries['content'], Labels>(after.series.map(({ content, labels }) => [content, labels]));
  for (const { labels, content } of before.series) yield relabelText(labels, kept.get(content));
}

/** Targets as Go prints a list of them. */
export function targetsText(targets: readonly Readonly<Record<string, string>>[]): string {
  const one = (target: Readonly<Record<string, string>>) =>
    `{${Object.keys(target)
      .sort()
      .map((name) => `${JSON.stringify(name)}=${JSON.stringify(target[name])}`)
      .join(', ')}}`;
  return `[${targets.map(one).join(' ')}]`;
}

const SPAN_KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];
const STATUS_CODES = ['Unset', 'Ok', 'Error'];

/** As the OpenTelemetry collector's detailed debug exporter writes spans. */
export function spansText(decoded: readonly DecodedSpans[]): string {
  return decoded.map(resourceText).join('\n');
}

function resourceText({ resource, scopeName, scopeVersion, spans }: DecodedSpans, index: number): string {
  const scope = `InstrumentationScope ${scopeName} ${scopeVersion}`.trimEnd();
  return [
    `ResourceSpans #${index}`,
    ...attributeLines('Resource attributes:', resource),
    'ScopeSpans #0',
    scope,
    ...spans.flatMap(spanLines),
  ].join('\n');
}

function spanLines(span: DecodedSpan, index: number): string[] {
  const field = (name: string, value: string) => `    ${name.padEnd(15)}: ${value}`.trimEnd();
  return [
    `Span #${index}`,
    field('Trace ID', span.traceId),
    field('Parent ID', span.parentSpanId),
    field('ID', span.spanId),
    field('Name', span.name),
    field('Kind', SPAN_KINDS[span.kind] ?? `${span.kind}`),
    field('Start time', rfc3339Nano(span.startNs)),
    field('End time', rfc3339Nano(span.endNs)),
    field('Status code', STATUS_CODES[span.statusCode] ?? `${span.statusCode}`),
    field('Status message', span.statusMessage),
    ...attributeLines('Attributes:', span.attributes),
  ];
}

function attributeLines(title: string, attributes: readonly DecodedAttribute[]): string[] {
  return attributes.length === 0 ? [] : [title, ...attributes.map(({ key, value }) => `     -> ${key}: ${value}`)];
}
