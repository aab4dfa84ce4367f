/** `loki.write`: sends log lines to Loki, each endpoint through a durable queue of its own. */
import type { Component, ComponentContext } from '../../alloy/component.ts';
import { ArgumentError, defineComponent } from '../../alloy/component.ts';
import type { Decoded } from '../../alloy/schema.ts';
import { block, blocks, body, optional, required, t, withDefault } from '../../alloy/schema.ts';
import type { Destination } from '../../delivery/destination.ts';
import { TENANT_LABEL } from '../../delivery/encode.ts';
import { headerProblem } from '../../delivery/headers.ts';
import type { Labels } from '../../labels/labels.ts';
import { LabelsBuilder } from '../../labels/labels.ts';
import { logsCapsule } from '../capsules.ts';
import { checkHeaders, checkUrl, httpClientFields, resolveHttpClient } from '../http-client-blocks.ts';
import type { LogsDestination } from '../nodes.ts';
import { graphChanged } from '../nodes.ts';
import type { LogsBatch } from '../signals.ts';
import { blockPath, joinPath, refuseUnsupported } from '../unsupported.ts';
import type { Writer } from '../writer.ts';
import { describeDestinations, endpointIds } from '../writer.ts';

const queueSchema = body({
  block_on_overflow: withDefault(t.bool, true, { doc: 'A full queue holds the sources back.' }),
  capacity: withDefault(t.size, 10 * 1024 * 1024, { text: '10MiB', doc: 'Bytes the queue may hold.' }),
  drain_timeout: withDefault(t.duration, 60_000, { text: '1m', doc: 'How long to empty the queue when stopping.' }),
  min_shards: withDefault(t.int, 1, { doc: 'Senders that work at once at least.' }),
});

const endpointSchema = body({
  url: required(t.string, { doc: 'Where to send, with path: https://loki/loki/api/v1/push.' }),
  name: optional(t.string, { doc: 'Names the queue of this endpoint; keep it when the order of endpoints changes.' }),
  batch_size: withDefault(t.size, 1024 * 1024, {
    text: '1MiB',
    doc: 'Send when this many bytes of lines are waiting.',
  }),
  batch_wait: withDefault(t.duration, 1000, { text: '1s', doc: 'How long a line waits for others.' }),
  headers: optional(t.map(t.string), { doc: 'Headers added to each request.' }),
  remote_timeout: withDefault(t.duration, 10_000, { text: '10s', doc: 'How long a request may take.' }),
  tenant_id: optional(t.string, { doc: 'Sent as X-Scope-OrgID, unless the entry carries a tenant of its own.' }),
  min_backoff_period: withDefault(t.duration, 500, { text: '500ms', doc: 'The shortest wait after a failure.' }),
  max_backoff_period: withDefault(t.duration, 300_000, { text: '5m', doc: 'The longest wait after a failure.' }),
  max_backoff_retries: withDefault(t.int, 10, {
    doc: 'Alloy drops a batch after this many attempts. Here nothing is dropped for that reason, so only the default is accepted.',
  }),
  retry_on_http_429: withDefault(t.bool, true, { doc: 'Send again after 429; otherwise the data is rejected.' }),
  ...httpClientFields,
  queue_config: block(queueSchema, { doc: 'The durable queue takes its place: only defaults are accepted.' }),
});

const walSchema = body({
  enabled: withDefault(t.bool, false, { doc: 'Keep a write-ahead log.' }),
  drain_timeout: withDefault(t.duration, 30_000, { text: '30s', doc: 'How long to empty the log when stopping.' }),
  max_read_frequency: withDefault(t.duration, 1000, {
    text: '1s',
    doc: 'The longest wait before the log is read again.',
  }),
  max_segment_age: withDefault(t.duration, 3_600_000, { text: '1h', doc: 'How old a part of the log may become.' }),
  min_read_frequency: withDefault(t.duration, 250, {
    text: '250ms',
    doc: 'The shortest wait before the log is read again.',
  }),
});

const schema = body({
  external_labels: optional(t.map(t.string), { doc: 'Added to each stream that has no such label.' }),
  max_streams: withDefault(t.int, 0, { doc: 'Limit of streams; 0 means none.' }),
  endpoint: blocks(endpointSchema, { doc: 'A Loki; each has a durable queue of its own.' }),
  wal: block(walSchema, { doc: 'Accepted with defaults: the durable queue takes the place of the WAL.' }),
});

type Arguments = Decoded<typeof schema>;
type EndpointArguments = Decoded<typeof endpointSchema>;

/** Loki has no limit of lines in a request; this bounds the objects that a batch makes. */
const maxBatchLines = 10_000;

class LokiWrite implements Component<Arguments>, Writer {
  readonly #componentId: string;
  readonly #exports = { receiver: logsCapsule(() => this.#nodes) };
  #nodes: readonly LogsDestination[] = [];

  constructor(componentId: string, args: Arguments) {
    this.#componentId = componentId;
    this.update(args);
  }

  update(args: Arguments): void {
    refuseUnsupported(args, schema, ['max_streams']);
    if (args.wal !== undefined) refuseUnsupported(args.wal, walSchema, Object.keys(walSchema), 'wal');
    const ids = endpointIds(this.#componentId, args.endpoint);
    const external = Object.entries(args.external_labels ?? {});
    this.#nodes = args.endpoint.map((endpoint, index) => ({
      kind: 'destination',
      componentId: this.#componentId,
      destination: toDestination(this.#componentId, ids[index], endpoint, blockPath('', 'endpoint', index)),
      transform: (batch) => finishLabels(batch, external),
    }));
    graphChanged();
  }

  exports() {
    return this.#exports;
  }

  destinations(): readonly Destination[] {
    return this.#nodes.map((node) => node.destination);
  }

  debugInfo() {
    return { endpoints: describeDestinations(this.destinations()) };
  }
}

function toDestination(componentId: string, id: string, endpoint: EndpointArguments, path: string): Destination {
  refuseUnsupported(endpoint, endpointSchema, ['max_backoff_retries'], path);
  if (endpoint.queue_config !== undefined) {
    refuseUnsupported(endpoint.queue_config, queueSchema, Object.keys(queueSchema), joinPath(path, 'queue_config'));
  }
  if (endpoint.max_backoff_period < endpoint.min_backoff_period) {
    throw new ArgumentError(
      joinPath(path, 'max_backoff_period'),
      'max_backoff_period must not be less than min_backoff_period',
    );
  }
  for (const name of ['batch_size', 'remote_timeout'] as const) {
    if (endpoint[name] <= 0) throw new ArgumentError(joinPath(path, name), 'must be greater than 0');
  }
  const tenantId = endpoint.tenant_id ?? '';
  if (headerProblem('X-Scope-OrgID', tenantId) !== undefined) {
    throw new ArgumentError(joinPath(path, 'tenant_id'), 'the tenant holds a character that a header cannot carry');
  }
  return {
    id,
    componentId,
    signal: 'logs',
    protocol: 'loki_push',
    url: checkUrl(endpoint.url, joinPath(path, 'url')),
    headers: checkHeaders(endpoint.headers, joinPath(path, 'headers')),
    ...resolveHttpClient(endpoint, path),
    timeoutMs: endpoint.remote_timeout,
    retry: {
      minBackoffMs: endpoint.min_backoff_period,
      maxBackoffMs: endpoint.max_backoff_period,
      retryOnHttp429: endpoint.retry_on_http_429,
      maxAgeMs: 0,
    },
    batch: { maxItems: maxBatchLines, maxBytes: endpoint.batch_size, maxWaitMs: endpoint.batch_wait },
    ...(tenantId === '' ? {} : { tenantId }),
  };
}

/** Labels that begin with `__` are never sent. The tenant stays for the encoder, which makes a header of it. */
function finishLabels(batch: LogsBatch, external: readonly (readonly [string, string])[]): LogsBatch {
  return { ...batch, streams: batch.streams.map((stream) => ({ ...stream, labels: finish(stream.labels, external) })) };
}

function finish(labels: Labels, external: readonly (readonly [string, string])[]): Labels {
  const isInternal = (name: string) => name.startsWith('__') && name !== TENANT_LABEL;
  if (external.length === 0 && !labels.some(({ name }) => isInternal(name))) return labels;
  const builder = new LabelsBuilder(labels);
  for (const [name, value] of external) if (!builder.has(name)) builder.set(name, value);
  for (const name of builder.names()) if (isInternal(name)) builder.delete(name);
  return builder.labels();
}

export const lokiWrite = defineComponent({
  name: 'loki.write',
  summary: 'Sends log lines to one or more Lokis.',
  stability: 'generally-available',
  sides: ['host', 'edge'],
  schema,
  exports: { receiver: 'LogsReceiver' },
  create: (context: ComponentContext, args) => new LokiWrite(context.componentId, args),
});
