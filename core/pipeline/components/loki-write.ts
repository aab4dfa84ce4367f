/** `loki.write`: sends log lines to Loki, each endpoint through a durable queue of its own. */
import type { ComponentContext } from '../../alloy/component.ts';
import { ArgumentError, defineComponent, eachChecked } from '../../alloy/component.ts';
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
import type { LogsBatch } from '../signals.ts';
import { blockPath, joinPath, refuseUnsupported } from '../unsupported.ts';

import { endpointIds, endpointTiming, NodeWriter, positive } from '../writer.ts';

const WITHOUT_EFFECT = 'Accepted and without effect';

const queueSchema = body({
  block_on_overflow: withDefault(t.bool, true, {
    doc: 'A full queue holds the sources back; with false the oldest lines make room for new ones.',
  }),
  capacity: optional(t.size, {
    doc: 'Bytes of requests the spool may hold. Where left out 1GiB, for it is on the disk; Alloy has 10MiB in memory.',
  }),
  drain_timeout: optional(t.duration, {
    doc: 'How long to go on sending when the agent stops. Where left out 2s, for what is left is kept; Alloy has 1m.',
  }),
  min_shards: withDefault(t.int, 1, { doc: `${WITHOUT_EFFECT}: one request at a time keeps lines in order.` }),
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
  max_backoff_retries: optional(t.uint, {
    doc: 'Where given, a batch is given up after this many attempts; 0: never. Where left out never, unlike in Alloy, which drops it after 10.',
  }),
  retry_on_http_429: withDefault(t.bool, true, { doc: 'Send again after 429; otherwise the data is rejected.' }),
  ...httpClientFields,
  queue_config: block(queueSchema, { doc: 'The durable queue of this endpoint.' }),
});

const READ_AT_ONCE = 'what is written is sent at once.';

const walSchema = body({
  enabled: withDefault(t.bool, false, {
    doc: 'Lines are on the disk before they count as read either way; without it the other settings of this block have no effect.',
  }),
  drain_timeout: optional(t.duration, {
    doc: 'How long to go on sending when the agent stops. Where left out 2s, for what is left is kept; Alloy has 30s.',
  }),
  max_read_frequency: withDefault(t.duration, 1000, { text: '1s', doc: `${WITHOUT_EFFECT}: ${READ_AT_ONCE}` }),
  max_segment_age: optional(t.duration, {
    doc: 'Where given, lines that waited longer are dropped. Where left out they are not, unlike in Alloy, which drops them after 1h.',
  }),
  min_read_frequency: withDefault(t.duration, 250, { text: '250ms', doc: `${WITHOUT_EFFECT}: ${READ_AT_ONCE}` }),
});

const schema = body({
  external_labels: optional(t.map(t.string), { doc: 'Added to each stream that has no such label.' }),
  max_streams: withDefault(t.int, 0, { doc: 'Limit of streams; 0 means none.' }),
  endpoint: blocks(endpointSchema, { doc: 'A Loki; each has a durable queue of its own.' }),
  wal: block(walSchema, { doc: 'The spool, or the outbox of a gateway, takes the place of the WAL.' }),
});

type Arguments = Decoded<typeof schema>;
type EndpointArguments = Decoded<typeof endpointSchema>;

/** Loki has no limit of lines in a request; this bounds the objects that a batch makes. */
const maxBatchLines = 10_000;

class LokiWrite extends NodeWriter<Arguments, LogsDestination> {
  readonly #context: ComponentContext;
  readonly #exports = { receiver: logsCapsule(() => this.nodes) };

  constructor(context: ComponentContext, args: Arguments) {
    super();
    this.#context = context;
    this.update(args);
  }

  update(args: Arguments): void {
    refuseUnsupported(args, schema, ['max_streams']);
    const { componentId } = this.#context;
    const ids = endpointIds(componentId, args.endpoint);
    const external = Object.entries(args.external_labels ?? {});
    this.replaceNodes(
      eachChecked(args.endpoint, (endpoint, index) => ({
        kind: 'destination',
        componentId,
        destination: toDestination(this.#context, ids[index], endpoint, args.wal, blockPath('', 'endpoint', index)),
        transform: (batch) => finishLabels(batch, external),
      })),
    );
  }

  exports() {
    return this.#exports;
  }
}

function toDestination(
  context: ComponentContext,
  id: string,
  endpoint: EndpointArguments,
  wal: Decoded<typeof walSchema> | undefined,
  path: string,
): Destination {
  const { timeoutMs, retry } = endpointTiming(endpoint, path);
  positive(endpoint.batch_size, joinPath(path, 'batch_size'));
  const tenantId = endpoint.tenant_id ?? '';
  if (headerProblem('X-Scope-OrgID', tenantId) !== undefined) {
    throw new ArgumentError(joinPath(path, 'tenant_id'), 'the tenant holds a character that a header cannot carry');
  }
  return {
    id,
    componentId: context.componentId,
    signal: 'logs',
    protocol: 'loki_push',
    url: checkUrl(endpoint.url, joinPath(path, 'url')),
    headers: checkHeaders(endpoint.headers, joinPath(path, 'headers')),
    ...resolveHttpClient(endpoint, path, context),
    timeoutMs,
    retry: {
      ...retry,
      maxAgeMs: wal?.enabled === true ? (wal.max_segment_age ?? 0) : 0,
      ...(endpoint.max_backoff_retries ? { maxAttempts: endpoint.max_backoff_retries } : {}),
    },
    batch: { maxItems: maxBatchLines, maxBytes: endpoint.batch_size, maxWaitMs: endpoint.batch_wait },
    ...queuePolicy(endpoint.queue_config, wal, joinPath(path, 'queue_config')),
    ...(tenantId === '' ? {} : { tenantId }),
  };
}

function queuePolicy(
  queue: Decoded<typeof queueSchema> | undefined,
  wal: Decoded<typeof walSchema> | undefined,
  path: string,
): Pick<Destination, 'queue'> {
  if (queue?.capacity !== undefined && queue.capacity <= 0) {
    throw new ArgumentError(joinPath(path, 'capacity'), 'must be greater than 0');
  }
  const drainTimeoutMs = wal?.enabled === true ? wal.drain_timeout : queue?.drain_timeout;
  const policy = {
    ...(queue?.capacity === undefined ? {} : { maxBytes: queue.capacity }),
    ...(queue?.block_on_overflow === false ? { whenFull: 'drop_oldest' as const } : {}),
    ...(drainTimeoutMs === undefined ? {} : { drainTimeoutMs }),
  };
  return Object.keys(policy).length === 0 ? {} : { queue: policy };
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
  create: (context: ComponentContext, args) => new LokiWrite(context, args),
});
