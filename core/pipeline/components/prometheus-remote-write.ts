/** `prometheus.remote_write`: sends series to remote-write receivers, each endpoint through a durable queue of its own. */
import type { ComponentContext } from '../../alloy/component.ts';
import { ArgumentError, defineComponent, eachChecked } from '../../alloy/component.ts';
import { defaultArguments } from '../../alloy/decode.ts';
import type { Decoded } from '../../alloy/schema.ts';
import { block, blocks, body, optional, required, t, withDefault } from '../../alloy/schema.ts';
import type { Destination } from '../../delivery/destination.ts';
import type { Labels } from '../../labels/labels.ts';
import { LabelsBuilder } from '../../labels/labels.ts';
import type { RelabelRule } from '../../relabel/compile.ts';
import { applyRelabelRules } from '../../relabel/relabel.ts';
import { metricsCapsule } from '../capsules.ts';
import { checkHeaders, checkUrl, httpClientFields, resolveHttpClient } from '../http-client-blocks.ts';
import type { NodeStep, SeriesDestination } from '../nodes.ts';
import { compileRules, explainRules, ruleSchema } from '../rule-block.ts';
import { blockPath, joinPath, refuseUnsupported } from '../unsupported.ts';

import { endpointIds, NodeWriter, positive } from '../writer.ts';

const WITHOUT_EFFECT = 'Accepted and without effect';
const ONE_REQUEST =
  'one request at a time keeps the samples of a series in order, and a backlog goes in full requests.';

const queueSchema = body({
  capacity: withDefault(t.int, 10_000, { doc: `${WITHOUT_EFFECT}: samples wait on the disk, not in memory.` }),
  max_shards: withDefault(t.int, 50, { doc: `${WITHOUT_EFFECT}: ${ONE_REQUEST}` }),
  min_shards: withDefault(t.int, 1, { doc: `${WITHOUT_EFFECT}: ${ONE_REQUEST}` }),
  max_samples_per_send: withDefault(t.int, 2000, { doc: 'A request holds at most this many samples.' }),
  batch_send_deadline: withDefault(t.duration, 5000, { text: '5s', doc: 'How long a sample waits for others.' }),
  min_backoff: withDefault(t.duration, 30, { text: '30ms', doc: 'The shortest wait after a failure.' }),
  max_backoff: withDefault(t.duration, 5000, { text: '5s', doc: 'The longest wait after a failure.' }),
  retry_on_http_429: withDefault(t.bool, true, { doc: 'Send again after 429; otherwise the data is rejected.' }),
  sample_age_limit: withDefault(t.duration, 0, {
    text: '0s',
    doc: 'Drop what waited longer than this; 0s means never.',
  }),
});

const metadataSchema = body({
  send: withDefault(t.bool, true, { doc: 'Send metadata; with remote write 2.0 it is always sent.' }),
  send_interval: withDefault(t.duration, 60_000, {
    text: '1m',
    doc: 'How often scrapes send metadata; what is received with metadata is sent with it.',
  }),
  max_samples_per_send: withDefault(t.int, 2000, {
    doc: 'Accepted: metadata goes in the request of its series, and `queue_config` bounds that.',
  }),
});

const sigv4Schema = body({
  access_key: optional(t.string, { doc: 'AWS access key.' }),
  external_id: optional(t.string, { doc: 'External id for the role.' }),
  profile: optional(t.string, { doc: 'Profile of the AWS configuration.' }),
  region: optional(t.string, { doc: 'AWS region.' }),
  role_arn: optional(t.string, { doc: 'Role to take on.' }),
  secret_key: optional(t.secret, { doc: 'AWS secret key.' }),
  service_name: withDefault(t.string, 'aps', { doc: 'AWS service to sign for.' }),
  use_fips_sts_endpoint: withDefault(t.bool, false, { doc: 'Use the FIPS endpoint of STS.' }),
});

const azureSchema = body({
  cloud: withDefault(t.string, 'AzurePublic', { doc: 'The Azure cloud.' }),
  scope: withDefault(t.string, '', { doc: 'The scope of the token.' }),
  managed_identity: block(body({ client_id: required(t.string, { doc: 'Id of the identity.' }) }), {
    doc: 'Sign in by a managed identity.',
  }),
  oauth: block(
    body({
      client_id: required(t.string, { doc: 'Id of the application.' }),
      client_secret: required(t.secret, { doc: 'Secret of the application.' }),
      tenant_id: required(t.string, { doc: 'Tenant of the application.' }),
    }),
    { doc: 'Sign in by a client secret.' },
  ),
  sdk: block(body({ tenant_id: required(t.string, { doc: 'Tenant to sign in to.' }) }), {
    doc: 'Sign in by what the Azure SDK finds.',
  }),
  workload_identity: block(
    body({
      client_id: required(t.string, { doc: 'Id of the application.' }),
      tenant_id: required(t.string, { doc: 'Tenant of the application.' }),
      token_file_path: withDefault(t.string, '/var/run/secrets/azure/tokens/azure-identity-token', {
        doc: 'File of the token.',
      }),
    }),
    { doc: 'Sign in by a workload identity.' },
  ),
});

const endpointSchema = body({
  url: required(t.string, { doc: 'Where to send, with path: https://mimir/api/v1/push.' }),
  name: optional(t.string, { doc: 'Names the queue of this endpoint; keep it when the order of endpoints changes.' }),
  headers: optional(t.map(t.string), { doc: 'Headers added to each request, e.g. X-Scope-OrgID.' }),
  remote_timeout: withDefault(t.duration, 30_000, { text: '30s', doc: 'How long a request may take.' }),
  protobuf_message: withDefault(
    t.oneOf('prometheus.WriteRequest', 'io.prometheus.write.v2.Request'),
    'prometheus.WriteRequest',
    { doc: 'The protobuf message: remote write 1.0 or 2.0. A receiver that cannot take 2.0 gets 1.0.' },
  ),
  round_robin_dns: withDefault(t.bool, false, { doc: 'Spread requests over all addresses of the host.' }),
  send_exemplars: withDefault(t.bool, true, { doc: 'Send exemplars.' }),
  send_native_histograms: withDefault(t.bool, false, {
    doc: 'Send native histograms; without it they are dropped for this endpoint.',
  }),
  ...httpClientFields,
  queue_config: block(queueSchema, { doc: 'Batching and retries.' }),
  metadata_config: block(metadataSchema, { doc: 'Metadata of metrics.' }),
  write_relabel_config: blocks(ruleSchema, { doc: 'Rules for this endpoint alone, applied last.' }),
  sigv4: block(sigv4Schema, { doc: 'Signatures of AWS.' }),
  azuread: block(azureSchema, { doc: 'Tokens of Microsoft Entra ID.' }),
  google_iam: block(body({ credentials_file: optional(t.string, { doc: 'File of the service account key.' }) }), {
    doc: 'Tokens of Google Cloud.',
  }),
});

const walSchema = body({
  truncate_frequency: withDefault(t.duration, 7_200_000, {
    text: '2h',
    doc: `${WITHOUT_EFFECT}: a segment of the spool is removed as soon as all of it is delivered.`,
  }),
  min_keepalive_time: withDefault(t.duration, 300_000, {
    text: '5m',
    doc: `${WITHOUT_EFFECT}: what is not delivered stays.`,
  }),
  max_keepalive_time: optional(t.duration, {
    doc: 'Where given, samples that waited longer are dropped. Where left out they are not, unlike in Alloy, which drops them after 8h.',
  }),
});

const schema = body({
  external_labels: optional(t.map(t.string), { doc: 'Added to each series that has no such label.' }),
  endpoint: blocks(endpointSchema, { doc: 'A receiver; each has a durable queue of its own.' }),
  wal: block(walSchema, { doc: 'The spool, or the outbox of a gateway, takes the place of the WAL.' }),
});

type Arguments = Decoded<typeof schema>;
type EndpointArguments = Decoded<typeof endpointSchema>;

/** A request is cut before it reaches this size, well below the 100 MiB that Mimir takes and a spool record's limit. */
const maxBatchBytes = 1024 * 1024;

class PrometheusRemoteWrite extends NodeWriter<Arguments, SeriesDestination> {
  readonly #context: ComponentContext;
  readonly #exports = { receiver: metricsCapsule(() => this.nodes) };

  constructor(context: ComponentContext, args: Arguments) {
    super();
    this.#context = context;
    this.update(args);
  }

  update(args: Arguments): void {
    const keepaliveMs = args.wal?.max_keepalive_time ?? 0;
    const { componentId, regexLimits } = this.#context;
    const ids = endpointIds(componentId, args.endpoint);
    const external = Object.entries(args.external_labels ?? {});
    // Endpoints without rules of their own share one function, and with it one body; so do writers that change nothing.
    const applyExternal =
      external.length === 0 ? sendAsItIs : (labels: LabelsBuilder) => applyWriteRules(labels, external, []);
    this.replaceNodes(
      eachChecked(args.endpoint, (endpoint, index) => {
        const path = blockPath('', 'endpoint', index);
        const rules = compileRules(endpoint.write_relabel_config, regexLimits, 'write_relabel_config', path);
        return {
          kind: 'destination',
          componentId,
          destination: toDestination(this.#context, ids[index], endpoint, path, keepaliveMs),
          apply: rules.length === 0 ? applyExternal : (labels) => applyWriteRules(labels, external, rules),
          explain: (labels) => explainWriteRules(labels, external, rules, path),
        };
      }),
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
  path: string,
  keepaliveMs: number,
): Destination {
  refuseUnsupported(endpoint, endpointSchema, ['round_robin_dns', 'sigv4', 'azuread', 'google_iam'], path);
  return {
    id,
    componentId: context.componentId,
    signal: 'metrics',
    protocol: 'remote_write',
    url: checkUrl(endpoint.url, joinPath(path, 'url')),
    headers: checkHeaders(endpoint.headers, joinPath(path, 'headers')),
    ...contentPolicy(endpoint),
    ...resolveHttpClient(endpoint, path, context),
    timeoutMs: positive(endpoint.remote_timeout, joinPath(path, 'remote_timeout')),
    ...queuePolicy(endpoint.queue_config, keepaliveMs, joinPath(path, 'queue_config')),
  };
}

/** The version, and what of the data this endpoint is to get. */
function contentPolicy(
  endpoint: EndpointArguments,
): Pick<Destination, 'remoteWriteVersion' | 'without' | 'metadataIntervalMs'> {
  const version = endpoint.protobuf_message === 'io.prometheus.write.v2.Request' ? 2 : 1;
  const { send = true, send_interval = 60_000 } = endpoint.metadata_config ?? {};
  // Prometheus's own documentation of `protobuf_message`: with 2.0 metadata is always sent.
  const metadata = version === 2 || send;
  const without = {
    ...(metadata ? {} : { metadata: true }),
    ...(endpoint.send_exemplars ? {} : { exemplars: true }),
    ...(endpoint.send_native_histograms ? {} : { nativeHistograms: true }),
  };
  return {
    ...(version === 2 ? { remoteWriteVersion: version } : {}),
    ...(Object.keys(without).length === 0 ? {} : { without }),
    ...(metadata ? { metadataIntervalMs: version === 2 ? 0 : send_interval } : {}),
  };
}

function queuePolicy(
  queue: Decoded<typeof queueSchema> = defaultQueue,
  keepaliveMs: number,
  path: string,
): Pick<Destination, 'retry' | 'batch'> {
  if (queue.max_backoff < queue.min_backoff) {
    throw new ArgumentError(joinPath(path, 'max_backoff'), 'max_backoff must not be less than min_backoff');
  }
  return {
    retry: {
      minBackoffMs: queue.min_backoff,
      maxBackoffMs: queue.max_backoff,
      retryOnHttp429: queue.retry_on_http_429,
      maxAgeMs: shorterAge(queue.sample_age_limit, keepaliveMs),
    },
    batch: {
      maxItems: positive(queue.max_samples_per_send, joinPath(path, 'max_samples_per_send')),
      maxBytes: maxBatchBytes,
      maxWaitMs: queue.batch_send_deadline,
    },
  };
}

const defaultQueue = defaultArguments(queueSchema);

/** 0: no bound. */
function shorterAge(a: number, b: number): number {
  return a === 0 || b === 0 ? a + b : Math.min(a, b);
}

function sendAsItIs(labels: LabelsBuilder): boolean {
  return labels.size > 0;
}

/**
 * Prometheus's order: external labels (those of the series win), then rules. Labels that begin with `__` are sent:
 * `__replica__` is how Mimir tells the members of a highly available pair apart. Alloy's page says that they are removed,
 * but Alloy 1.18 sends them, as Prometheus does (storage/remote/queue_manager.go).
 */
function applyWriteRules(
  labels: LabelsBuilder,
  external: readonly (readonly [name: string, value: string])[],
  rules: readonly RelabelRule[],
): boolean {
  addExternal(labels, external);
  if (!applyRelabelRules(rules, labels)) return false;
  return labels.size > 0;
}

function addExternal(labels: LabelsBuilder, external: readonly (readonly [name: string, value: string])[]): void {
  for (const [name, value] of external) if (!labels.has(name)) labels.set(name, value);
}

function explainWriteRules(
  labels: Labels,
  external: readonly (readonly [name: string, value: string])[],
  rules: readonly RelabelRule[],
  path: string,
): readonly NodeStep[] {
  const builder = new LabelsBuilder(labels);
  addExternal(builder, external);
  const known = new Set(labels.map(({ name }) => name));
  const extended = builder.labels();
  const changes = extended
    .filter(({ name }) => !known.has(name))
    .map(({ name, value }) => ({ name, before: '', after: value }));
  const added = { path: 'external_labels', action: 'external_labels', changes, kept: true };
  return [...(changes.length > 0 ? [added] : []), ...explainRules(rules, extended, 'write_relabel_config', path)];
}

export const prometheusRemoteWrite = defineComponent({
  name: 'prometheus.remote_write',
  summary: 'Sends metrics to one or more receivers of Prometheus remote write, such as Mimir.',
  stability: 'generally-available',
  sides: ['host', 'edge'],
  schema,
  exports: { receiver: 'MetricsReceiver' },
  create: (context: ComponentContext, args) => new PrometheusRemoteWrite(context, args),
});
