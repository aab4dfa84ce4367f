/**
 * `spillway.write`: sends every signal to a Spillway gateway in one stream of batches, through one spool. The receivers
 * share one destination, so metrics, logs, traces and profiles of the same moment leave in the same request.
 */
import { ArgumentError, type Component, type ComponentContext, defineComponent } from '../../core/alloy/component.ts';
import { block, body, type Decoded, optional, required, t, withDefault } from '../../core/alloy/schema.ts';
import { type Labels, LabelsBuilder } from '../../core/labels/labels.ts';
import { logsCapsule, metricsCapsule, otelCapsule, profilesCapsule } from '../../core/pipeline/capsules.ts';
import { checkUrl, httpClientFields, resolveHttpClient } from '../../core/pipeline/http-client-blocks.ts';
import {
  graphChanged,
  type LogsDestination,
  type OtlpDestination,
  type ProfilesDestination,
  type SeriesDestination,
} from '../../core/pipeline/nodes.ts';
import { mapProfileLabels, withLabels } from '../../core/pipeline/profile-labels.ts';
import type { LogStream } from '../../core/pipeline/signals.ts';
import { describeDestinations, type Writer } from '../../core/pipeline/writer.ts';
import type { HostContext } from '../context.ts';
import type { HostDestination } from '../push/host-destination.ts';
import { spoolDefaults } from '../spool/spool-types.ts';

const BATCH_PATH = '/api/v1/batch';

/**
 * Sections with metadata are remote write 2.0, which costs the gateway more than 1.0 does, and Mimir forgets metadata
 * that it has not seen for ten minutes.
 */
const METADATA_INTERVAL_MS = 5 * 60 * 1000;

const schema = body({
  url: required(t.string, { doc: 'The gateway: https://gateway.example. Without a path, /api/v1/batch is meant.' }),
  token: optional(t.secret, { doc: 'A token of the tenant with the scope agent, or with the scopes of what is sent.' }),
  external_labels: optional(t.map(t.string), { doc: 'Added to series, streams and profiles that do not have them.' }),
  batch_wait: withDefault(t.duration, 1000, {
    text: '1s',
    doc: 'How long data waits for more before it is put on the spool.',
  }),
  batch_max_size: withDefault(t.size, 1024 * 1024, {
    text: '1MiB',
    doc: 'Bytes, uncompressed, that are not held back.',
  }),
  timeout: withDefault(t.duration, 30_000, { text: '30s', doc: 'How long a request may take.' }),
  min_backoff: withDefault(t.duration, 500, { text: '500ms', doc: 'The shortest wait after a failure.' }),
  max_backoff: withDefault(t.duration, 60_000, { text: '1m', doc: 'The longest wait after a failure.' }),
  spool: block(
    body({
      max_size: withDefault(t.size, spoolDefaults.maxBytes, { text: '1GiB', doc: 'Bytes that may wait on the disk.' }),
      max_age: withDefault(t.duration, 0, { text: '0s', doc: 'Older data is dropped; 0s: no bound.' }),
      drop_oldest: withDefault(t.bool, false, {
        doc: 'When the spool is full, the oldest data makes room, of whatever signal. With false logs, traces and profiles wait at their source, and only metrics make room, for metrics.',
      }),
      sync_interval: withDefault(t.duration, 0, {
        text: '0s',
        doc: 'How long after it counts as stored data may be on its way to the disk: a power cut loses so much. 0s: not at all. Changes take effect with the next start.',
      }),
    }),
    { doc: 'Bounds of the spool, and what happens when it is full.' },
  ),
  ...httpClientFields,
});

type Arguments = Decoded<typeof schema>;

class SpillwayWrite implements Component<Arguments>, Writer {
  readonly #context: ComponentContext;
  readonly #exports = {
    metrics_receiver: metricsCapsule(() => this.#series),
    logs_receiver: logsCapsule(() => this.#logs),
    input: otelCapsule({ metrics: () => this.#otlp, logs: () => this.#otlp, traces: () => this.#otlp }),
    traces_input: otelCapsule({ traces: () => this.#otlp }),
    profiles_receiver: profilesCapsule(() => this.#profiles),
  };
  #destination: HostDestination;
  #external: readonly (readonly [string, string])[] = [];
  #series: readonly SeriesDestination[] = [];
  #logs: readonly LogsDestination[] = [];
  #otlp: readonly OtlpDestination[] = [];
  #profiles: readonly ProfilesDestination[] = [];

  constructor(context: ComponentContext, args: Arguments) {
    this.#context = context;
    this.#destination = toDestination(context, args);
    this.update(args);
  }

  update(args: Arguments): void {
    this.#destination = toDestination(this.#context, args);
    this.#external = Object.entries(args.external_labels ?? {});
    const node = {
      kind: 'destination',
      componentId: this.#context.componentId,
      destination: this.#destination,
    } as const;
    this.#series = [{ ...node, apply: (labels) => this.#finishSeries(labels) }];
    this.#logs = [
      { ...node, transform: (batch) => ({ ...batch, streams: batch.streams.map((stream) => this.#finish(stream)) }) },
    ];
    this.#otlp = [node];
    this.#profiles = [
      { ...node, transform: (batch) => mapProfileLabels(batch, (labels) => withMissing(labels, this.#external)) },
    ];
    graphChanged();
  }

  exports() {
    return this.#exports;
  }

  destinations(): readonly HostDestination[] {
    return [this.#destination];
  }

  debugInfo() {
    return { endpoints: describeDestinations(this.destinations()) };
  }

  #finishSeries(labels: LabelsBuilder): boolean {
    addMissing(labels, this.#external);
    return true;
  }

  #finish(stream: LogStream): LogStream {
    if (this.#external.length === 0 && !stream.labels.some(({ name }) => name.startsWith('__'))) return stream;
    const labels = new LabelsBuilder(stream.labels);
    addMissing(labels, this.#external);
    for (const name of labels.names()) if (name.startsWith('__')) labels.delete(name);
    return { ...stream, labels: labels.labels() };
  }
}

function addMissing(labels: LabelsBuilder, external: readonly (readonly [string, string])[]): void {
  for (const [name, value] of external) if (!labels.has(name)) labels.set(name, value);
}

/** The same labels where none is missing. */
function withMissing(labels: Labels, external: readonly (readonly [string, string])[]): Labels {
  const missing = external.filter(([wanted]) => !labels.some(({ name }) => name === wanted));
  return withLabels(labels, missing);
}

function toDestination(context: ComponentContext, args: Arguments): HostDestination {
  if (args.token !== undefined && (args.bearer_token ?? args.basic_auth ?? args.authorization) !== undefined) {
    throw new ArgumentError('token', 'give either token or one of bearer_token, basic_auth, authorization');
  }
  for (const name of ['batch_wait', 'batch_max_size', 'timeout', 'min_backoff'] as const) {
    if (args[name] <= 0) throw new ArgumentError(name, 'must be greater than 0');
  }
  if (args.max_backoff < args.min_backoff) throw new ArgumentError('max_backoff', 'must not be less than min_backoff');
  if (args.spool !== undefined && args.spool.max_size <= 0)
    throw new ArgumentError('spool.max_size', 'must be greater than 0');
  const url = new URL(checkUrl(args.url, 'url'));
  if (url.pathname === '/') url.pathname = BATCH_PATH;
  const client = resolveHttpClient({ ...args, bearer_token: args.bearer_token ?? args.token }, '', context);
  return {
    id: context.componentId,
    componentId: context.componentId,
    signal: 'metrics',
    protocol: 'spillway_batch',
    url: url.href,
    headers: {},
    metadataIntervalMs: METADATA_INTERVAL_MS,
    ...client,
    timeoutMs: args.timeout,
    retry: { minBackoffMs: args.min_backoff, maxBackoffMs: args.max_backoff, retryOnHttp429: true, maxAgeMs: 0 },
    batch: { maxItems: 10_000, maxBytes: args.batch_max_size, maxWaitMs: args.batch_wait },
    ...spoolPolicy(args.spool),
  };
}

function spoolPolicy(spool: Arguments['spool']): Pick<HostDestination, 'queue' | 'syncIntervalMs'> {
  if (spool === undefined) return {};
  return {
    queue: {
      maxBytes: spool.max_size,
      ...(spool.max_age > 0 ? { maxAgeMs: spool.max_age } : {}),
      ...(spool.drop_oldest ? { whenFull: 'drop_oldest' } : {}),
    },
    syncIntervalMs: spool.sync_interval,
  };
}

export const spillwayWrite = defineComponent<typeof schema, HostContext>({
  name: 'spillway.write',
  summary: 'Sends metrics, logs, traces and profiles to a Spillway gateway.',
  stability: 'generally-available',
  sides: ['host'],
  schema,
  exports: {
    metrics_receiver: 'MetricsReceiver',
    logs_receiver: 'LogsReceiver',
    input: 'Consumer',
    traces_input: 'Consumer',
    profiles_receiver: 'ProfilesReceiver',
  },
  create: (context, args) => new SpillwayWrite(context, args),
});
