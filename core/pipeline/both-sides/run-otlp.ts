/** The part of the suite that enters as OTLP: metrics and logs, passed on as they are or converted. */
import { snappyDecode } from '../../codec/snappy.ts';
import type { Destination } from '../../delivery/destination.ts';
import { encodeLogsPayloads, encodeMetricsOutputs, encodeOtlpPayload } from '../../delivery/encode.ts';
import { buildRequest } from '../../delivery/request.ts';
import { formatLabels } from '../../labels/labels.ts';
import { decodeLokiPush } from '../../wire/loki/push.ts';
import { countLogRecords, otlpLogsJsonToProtobuf } from '../../wire/otlp/logs.ts';
import { decodeLogs } from '../../wire/otlp/logs-decode.ts';
import { countDataPoints, otlpMetricsJsonToProtobuf } from '../../wire/otlp/metrics.ts';
import { decodeMetrics } from '../../wire/otlp/metrics-decode.ts';
import { valueText } from '../../wire/otlp/values.ts';
import { decodeWriteRequest, sampleValue } from '../../wire/remote-write/v1.ts';
import type { PipelineEntry } from '../components/spillway-receive.ts';
import { MetricsPlan } from '../metrics-plan.ts';
import { runOtlpLogsPlan } from '../otlp-logs-plan.ts';
import { runOtlpMetricsPlan } from '../otlp-metrics-plan.ts';
import type { OtlpBatch } from '../signals.ts';
import type { BothSidesCase } from './case.ts';

const MAX_BYTES = 1 << 20;
const NOW_NS = 1_767_312_000_000n * 1_000_000n;
const RESOURCE = {
  attributes: [
    { key: 'service.name', value: { stringValue: 'shop' } },
    { key: 'host.name', value: { stringValue: 'h1' } },
  ],
};
const SCOPE = { name: 'lib', version: '1.0' };

export async function otlpMetrics(
  one: BothSidesCase,
  metrics: readonly object[],
  entry: PipelineEntry,
): Promise<string[]> {
  const json = { resourceMetrics: [{ resource: RESOURCE, scopeMetrics: [{ scope: SCOPE, metrics }] }] };
  const body = otlpMetricsJsonToProtobuf(JSON.stringify(json));
  const batch = { signal: 'metrics', encoding: 'otlp', body, dataPoints: countDataPoints(body) } as const;
  const plan = runOtlpMetricsPlan(entry.otlpMetrics, batch, NOW_NS, (conversion) => {
    return new MetricsPlan(() => conversion.next(), { maxMemoBytes: 100_000, validate: true });
  });
  const out = await passedOn(one, plan.outputs, (passed) =>
    decodeMetrics(passed).flatMap(({ scopes }) =>
      scopes.flatMap((scope) => scope.metrics.map(({ name }) => `metric ${name}`)),
    ),
  );
  for (const { extended, result } of plan.converted) {
    for (const { payload } of encodeMetricsOutputs(result.outputs, { extended })) {
      const { series, metadata } = decodeWriteRequest(snappyDecode(payload.body, MAX_BYTES));
      for (const { labels, samples, histograms } of series) {
        const values = [...samples.map((sample) => `${sampleValue(sample)}`), ...histograms.map(() => 'histogram')];
        out.push(`${formatLabels(labels)} ${values.join(' ')}`);
      }
      for (const { family, type, unit } of metadata) out.push(`metadata ${family} ${type} ${unit}`.trimEnd());
    }
  }
  return [...out, ...ends(plan)];
}

export async function otlpLogs(
  one: BothSidesCase,
  logRecords: readonly object[],
  entry: PipelineEntry,
): Promise<string[]> {
  const json = { resourceLogs: [{ resource: RESOURCE, scopeLogs: [{ scope: SCOPE, logRecords }] }] };
  const body = otlpLogsJsonToProtobuf(JSON.stringify(json));
  const batch = { signal: 'logs', encoding: 'otlp', body, records: countLogRecords(body) } as const;
  const plan = runOtlpLogsPlan(entry.otlpLogs, batch, NOW_NS);
  const out = await passedOn(one, plan.outputs, (passed) =>
    decodeLogs(passed).flatMap(({ scopes }) =>
      scopes.flatMap(({ records }) => records.map((record) => `record ${valueText(record.body)}`)),
    ),
  );
  for (const { destination, batch: lines } of plan.converted.flatMap(({ result }) => result.outputs)) {
    for (const payload of encodeLogsPayloads(destination, lines)) {
      for (const { labels, entries } of decodeLokiPush(snappyDecode(payload.body, MAX_BYTES))) {
        for (const { line, metadata } of entries) {
          out.push(`${formatLabels(labels)} ${line}${metadata.length === 0 ? '' : ` ${formatLabels(metadata)}`}`);
        }
      }
    }
  }
  return [...out, ...ends(plan)];
}

async function passedOn(
  one: BothSidesCase,
  outputs: readonly { readonly destination: Destination; readonly batch: OtlpBatch }[],
  itemsOf: (body: Uint8Array) => string[],
): Promise<string[]> {
  const out: string[] = [];
  for (const { destination, batch } of outputs) {
    const payload = await encodeOtlpPayload(destination, batch);
    const { url, headers } = buildRequest(destination, payload, { attempt: 0, userAgent: 'test' });
    const own = headers.filter(([name]) => name !== 'User-Agent').map(([name, value]) => `${name}: ${value}`);
    if (one.requests === true) out.push(`POST ${url}`, ...own, `${payload.items} items`);
    out.push(...itemsOf(payload.body));
  }
  return out;
}

function ends(plan: {
  readonly dropped: number;
  readonly rejected: readonly { readonly reason: string; readonly items: number }[];
}): string[] {
  const dropped = plan.dropped === 0 ? [] : [`dropped: ${plan.dropped}`];
  return [...dropped, ...plan.rejected.map(({ items, reason }) => `rejected: ${items} ${reason}`)];
}
