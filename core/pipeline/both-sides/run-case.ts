/** Runs a case of the suite through the real controller, the plans and the encoders, and writes what came out as text. */
import type { Component, ComponentContext, Side } from '../../alloy/component.ts';
import { Controller } from '../../alloy/controller.ts';
import type { Capsule } from '../../alloy/values.ts';
import { crc32c } from '../../bytes/crc32c.ts';
import { snappyDecode } from '../../codec/snappy.ts';
import type { Destination, Payload } from '../../delivery/destination.ts';
import { encodeLogsPayloads, encodeMetricsOutputs, encodeOtlpPayload } from '../../delivery/encode.ts';
import { encodeProfilesPayloads } from '../../delivery/encode-profiles.ts';
import { buildRequest } from '../../delivery/request.ts';
import { formatLabels, type Labels, labelsFromRecord } from '../../labels/labels.ts';
import { decodeLokiPush } from '../../wire/loki/push.ts';
import { decodeTraces, otlpTracesJsonToProtobuf } from '../../wire/otlp/traces.ts';
import { decodePyroscopeIngest } from '../../wire/pyroscope/ingest.ts';
import { decodePyroscopePush, encodeRawSample, PYROSCOPE_PUSH_PATH } from '../../wire/pyroscope/push.ts';
import { decodeWriteRequest, encodeLabelBlock, sampleValue, WriteRequestBuilder } from '../../wire/remote-write/v1.ts';
import { entryOf, NO_ENTRY, type PipelineEntry } from '../components/spillway-receive.ts';
import { runLogsPlan } from '../logs-plan.ts';
import { MetricsPlan } from '../metrics-plan.ts';
import type { OtelConsumer } from '../nodes.ts';
import { runProfilesPlan } from '../profiles-plan.ts';
import { sharedRegistry } from '../registry.ts';
import type { LogStream, ProfileSeries } from '../signals.ts';
import { runTracesPlan } from '../traces-plan.ts';
import type { BothSidesCase, LineInput } from './case.ts';
import { otlpLogs, otlpMetrics } from './run-otlp.ts';

/** 2026-01-02T00:00:00Z. */
export const CASE_TIME_MS = 1_767_312_000_000;
const NANOS = 1_000_000n;
const MAX_BYTES = 1 << 20;

/** What came out, in order: what each destination gets, then what was dropped; or the mistakes of the configuration. */
export async function runCase(one: BothSidesCase, side: Side): Promise<string[]> {
  const controller = new Controller<ComponentContext>({
    registry: sharedRegistry,
    side,
    createContext: (componentId, exportsChanged) => ({ componentId, exportsChanged }),
    stdlib: { env: () => undefined, constants: {} },
  });
  const { ok, diagnostics } = controller.load([{ filename: 'case.alloy', text: one.config }]);
  if (!ok) return diagnostics.map(({ severity, message }) => `${severity}: ${message}`);
  const entry = entryPoint(controller.component(one.enter)?.component);
  const out = 'lines' in one.input ? logs(one, one.input.lines, entry) : [];
  if ('series' in one.input) out.push(...metrics(one, one.input.series, entry));
  if ('profiles' in one.input) out.push(...profiles(one, one.input.profiles, entry));
  if ('otlpMetrics' in one.input) out.push(...(await otlpMetrics(one, one.input.otlpMetrics, entry)));
  if ('otlpLogs' in one.input) out.push(...(await otlpLogs(one, one.input.otlpLogs, entry)));
  if ('spans' in one.input) out.push(...(await traces(one, one.input.spans, entry)));
  return out;
}

function entryPoint(component: Component<unknown> | undefined): PipelineEntry {
  if (component === undefined) throw new Error('the case enters at a component that is not there');
  const own = entryOf(component);
  if (own !== undefined) return own;
  const { receiver, input } = component.exports();
  const value = ((receiver ?? input) as Capsule<unknown>).value as { signal: string };
  if (value.signal !== 'otel') return { ...NO_ENTRY, [value.signal]: [value] } as PipelineEntry;
  const consumers = [value as OtelConsumer];
  return { ...NO_ENTRY, traces: consumers, otlpMetrics: consumers, otlpLogs: consumers };
}

function logs(one: BothSidesCase, lines: readonly LineInput[], entry: PipelineEntry): string[] {
  const nowNs = BigInt(CASE_TIME_MS) * NANOS;
  const streams = lines.map(({ line, labels = { job: 'app' }, metadata = {}, atMs = 0 }): LogStream => {
    const timestampNs = BigInt(CASE_TIME_MS + atMs) * NANOS;
    return { labels: labelsFromRecord(labels), entries: [{ timestampNs, line, metadata: labelsFromRecord(metadata) }] };
  });
  const first = runLogsPlan(entry.logs, { signal: 'logs', streams, marks: [] }, nowNs);
  // What stages hold back comes when it is due.
  const { flushAtNs } = first;
  const rest = { signal: 'logs', streams: [], marks: [] } as const;
  const runs = flushAtNs === undefined ? [first] : [first, runLogsPlan(entry.logs, rest, flushAtNs)];
  const written = runs.flatMap(({ outputs }) =>
    outputs.flatMap(({ destination, batch }) =>
      encodeLogsPayloads(destination, batch).flatMap((payload) => [
        ...request(one, destination, payload),
        ...decodeLokiPush(snappyDecode(payload.body, MAX_BYTES)).flatMap((stream) => streamText(stream, payload)),
      ]),
    ),
  );
  const dropped = runs.flatMap(({ drops }) => drops.map(({ lines, reason }) => `dropped: ${lines} ${reason}`));
  return [...written, ...dropped];
}

function streamText({ labels, entries }: LogStream, { tenantId }: Payload): string[] {
  return entries.map(({ line, metadata, timestampNs }) => {
    const offsetNs = timestampNs - BigInt(CASE_TIME_MS) * NANOS;
    const more = [
      ...(metadata.length === 0 ? [] : [formatLabels(metadata)]),
      ...(offsetNs === 0n ? [] : [`@${offsetNs}ns`]),
      ...(tenantId === undefined ? [] : [`tenant=${tenantId}`]),
    ];
    return [formatLabels(labels), JSON.stringify(line), ...more].join(' ');
  });
}

function metrics(
  one: BothSidesCase,
  series: readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[],
  entry: PipelineEntry,
): string[] {
  const builder = new WriteRequestBuilder();
  for (const [labels, value] of series) {
    builder.addSample(encodeLabelBlock(labelsFromRecord(labels)), value, CASE_TIME_MS);
  }
  const plan = new MetricsPlan(() => entry.metrics, { maxMemoBytes: 100_000, validate: true });
  const { outputs, drops, rejected } = plan.run({ body: builder.take() });
  const written = encodeMetricsOutputs(outputs, {}).flatMap(({ destination, payload }) => [
    ...request(one, destination, payload),
    ...decodeWriteRequest(snappyDecode(payload.body, MAX_BYTES)).series.map(({ labels, samples }) => {
      return `${seriesText(labels)} ${samples.map((sample) => sampleValue(sample)).join(' ')}`;
    }),
  ]);
  return [
    ...written,
    ...drops.map(({ samples, reason }) => `dropped: ${samples} ${reason}`),
    ...rejected.map(({ samples, reason }) => `rejected: ${samples} ${reason}`),
  ];
}

function seriesText(labels: Labels): string {
  return formatLabels(labels);
}

async function traces(one: BothSidesCase, names: readonly string[], entry: PipelineEntry): Promise<string[]> {
  const spans = names.map((name, i) => {
    const spanId = `00000000000000${(i + 16).toString(16)}`;
    return { traceId: '0af7651916cd43dd8448eb211c80319c', spanId, name, startTimeUnixNano: '1', endTimeUnixNano: '2' };
  });
  const body = otlpTracesJsonToProtobuf(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
  const batch = { signal: 'traces', body, spans: spans.length } as const;
  const { outputs, drops } = runTracesPlan(entry.traces, batch, BigInt(CASE_TIME_MS) * NANOS);
  const out: string[] = [];
  for (const { destination, batch } of outputs) {
    const payload = await encodeOtlpPayload(destination, batch);
    out.push(...request(one, destination, payload));
    out.push(...decodeTraces(payload.body).flatMap((resource) => resource.spans.map(({ name }) => `span ${name}`)));
  }
  return [...out, ...drops.map(({ spans, reason }) => `dropped: ${spans} ${reason}`)];
}

function profiles(
  one: BothSidesCase,
  inputs: readonly (Readonly<Record<string, string>> | string)[],
  entry: PipelineEntry,
): string[] {
  const series = inputs.map((input, i): ProfileSeries => {
    const bytes = new Uint8Array([1, 2, i]);
    if (typeof input === 'string') return decodePyroscopeIngest(input, 'text/plain', bytes);
    return { labels: labelsFromRecord(input), content: { kind: 'push', samples: [encodeRawSample(bytes, '')] } };
  });
  const { outputs, drops } = runProfilesPlan(entry.profiles, { signal: 'profiles', series });
  const written = outputs.flatMap(({ destination, batch }) =>
    encodeProfilesPayloads(batch).flatMap((payload) => [
      ...request(one, destination, payload),
      ...(payload.path === PYROSCOPE_PUSH_PATH
        ? decodePyroscopePush(payload.body).map(({ labels, content }) => {
            return `${formatLabels(labels)} ${content.samples.length} profiles`;
          })
        : [`${payload.path} ${payload.contentType}`]),
    ]),
  );
  return [...written, ...drops.map(({ profiles, reason }) => `dropped: ${profiles} ${reason}`)];
}

/** The request line and headers, and a checksum of the exact bytes: both runtimes must send the same. */
function request(one: BothSidesCase, destination: Destination, payload: Payload): string[] {
  if (one.requests !== true) return [];
  const { method, url, headers, body } = buildRequest(destination, payload, { attempt: 0, userAgent: 'case' });
  const checksum = crc32c(body).toString(16).padStart(8, '0');
  return [
    `${method} ${url}`,
    ...headers.filter(([name]) => name !== 'User-Agent').map(([name, value]) => `${name}: ${value}`),
    `${payload.items} items, ${body.length} bytes, crc32c ${checksum}`,
  ];
}
