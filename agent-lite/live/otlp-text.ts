/** OTLP as live debugging shows it: the essence of what the Collector's detailed debug exporter writes. */
import type { OtlpBatch } from '../../core/pipeline/signals.ts';
import { decodeLogs, type OtlpLogRecord } from '../../core/wire/otlp/logs-decode.ts';
import { decodeMetrics, type OtlpMetric } from '../../core/wire/otlp/metrics-decode.ts';
import { decodeTraces } from '../../core/wire/otlp/traces.ts';
import { type OtlpAttribute, type OtlpScope, valueText } from '../../core/wire/otlp/values.ts';
import { rfc3339Nano, spansText } from './event-text.ts';

export function otlpText(batch: OtlpBatch): string {
  switch (batch.signal) {
    case 'traces':
      return spansText(decodeTraces(batch.body));
    case 'metrics':
      return decodeMetrics(batch.body)
        .flatMap(({ resource, scopes }, index) => [
          `ResourceMetrics #${index}`,
          ...attributeLines('Resource attributes:', resource),
          ...scopes.flatMap(({ scope, metrics }) => [scopeLine(scope), ...metrics.flatMap(metricLines)]),
        ])
        .join('\n');
    case 'logs':
      return decodeLogs(batch.body)
        .flatMap(({ resource, scopes }, index) => [
          `ResourceLog #${index}`,
          ...attributeLines('Resource attributes:', resource),
          ...scopes.flatMap(({ scope, records }) => [scopeLine(scope), ...records.flatMap(recordLines)]),
        ])
        .join('\n');
  }
}

function scopeLine({ name, version }: OtlpScope): string {
  return `InstrumentationScope ${name} ${version}`.trimEnd();
}

function metricLines({ name, description, unit, data }: OtlpMetric, index: number): string[] {
  const lines = [`Metric #${index}`, field('Name', name), field('Description', description), field('Unit', unit)];
  if (data.kind === 'none') return lines;
  lines.push(field('DataType', data.kind));
  data.points.forEach((point, i) => {
    lines.push(`DataPoint #${i}`, ...attributeLines('Data point attributes:', point.attributes));
    lines.push(field('Timestamp', rfc3339Nano(point.timeNs)));
    if ('value' in point) lines.push(field('Value', `${point.value}`));
    else lines.push(field('Count', `${point.count}`), field('Sum', `${point.sum ?? ''}`));
  });
  return lines;
}

function recordLines(record: OtlpLogRecord, index: number): string[] {
  return [
    `LogRecord #${index}`,
    field('Timestamp', rfc3339Nano(record.timeNs === 0n ? record.observedNs : record.timeNs)),
    field('SeverityText', record.severityText),
    field('SeverityNumber', `${record.severityNumber}`),
    field('Body', valueText(record.body)),
    ...attributeLines('Attributes:', record.attributes),
    field('Trace ID', record.traceId),
    field('Span ID', record.spanId),
  ];
}

function field(name: string, value: string): string {
  return `    ${name.padEnd(15)}: ${value}`.trimEnd();
}

function attributeLines(title: string, attributes: readonly OtlpAttribute[]): string[] {
  if (attributes.length === 0) return [];
  return [title, ...attributes.map(({ key, value }) => `     -> ${key}: ${valueText(value)}`)];
}
