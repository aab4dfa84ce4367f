/**
 * `pyroscope.write`: sends profiles to Pyroscope, each endpoint through a durable queue of its own. What came to `/ingest`
 * goes to `/ingest`, in the format it came in; what was pushed is pushed.
 */
import type { ComponentContext } from '../../alloy/component.ts';
import { defineComponent, eachChecked } from '../../alloy/component.ts';
import type { Decoded } from '../../alloy/schema.ts';
import { block, blocks, body, optional, required, t, withDefault } from '../../alloy/schema.ts';
import type { Destination } from '../../delivery/destination.ts';
import type { Labels } from '../../labels/labels.ts';
import { METRIC_NAME_LABEL } from '../../labels/labels.ts';
import { profilesCapsule } from '../capsules.ts';
import { checkHeaders, checkUrl, httpClientFields, resolveHttpClient } from '../http-client-blocks.ts';
import type { ProfilesDestination } from '../nodes.ts';
import { mapProfileLabels, withLabels } from '../profile-labels.ts';
import type { ProfileSeries } from '../signals.ts';
import { blockPath, joinPath, refuseUnsupported } from '../unsupported.ts';

import { endpointIds, endpointTiming, NodeWriter } from '../writer.ts';

const endpointSchema = body({
  url: required(t.string, {
    doc: 'The Pyroscope: https://pyroscope.example. /ingest or /push.v1.PusherService/Push is appended to its path.',
  }),
  name: optional(t.string, { doc: 'Names the queue of this endpoint; keep it when the order of endpoints changes.' }),
  remote_timeout: withDefault(t.duration, 10_000, { text: '10s', doc: 'How long a request may take.' }),
  debug_info_upload_timeout: withDefault(t.duration, 120_000, {
    text: '2m',
    doc: 'How long an upload of debug information may take; there are none here.',
  }),
  headers: optional(t.map(t.string), { doc: 'Headers added to each request: {"X-Scope-OrgID" = "team-a"}.' }),
  min_backoff_period: withDefault(t.duration, 500, { text: '500ms', doc: 'The shortest wait after a failure.' }),
  max_backoff_period: withDefault(t.duration, 300_000, { text: '5m', doc: 'The longest wait after a failure.' }),
  max_backoff_retries: withDefault(t.int, 10, {
    doc: 'Alloy drops a profile after this many attempts. Here nothing is dropped for that reason, so only the default is accepted.',
  }),
  retry_on_http_429: withDefault(t.bool, true, { doc: 'Send again after 429; otherwise the profile is rejected.' }),
  ...httpClientFields,
});

const tracingSchema = body({
  jaeger_propagator: withDefault(t.bool, true, { doc: "A header of Alloy's own traces; there are none here." }),
  trace_context_propagator: withDefault(t.bool, true, { doc: "A header of Alloy's own traces; there are none here." }),
});

const schema = body({
  external_labels: optional(t.map(t.string), { doc: 'Set on each profile, in place of labels of the same names.' }),
  endpoint: blocks(endpointSchema, { doc: 'A Pyroscope; each has a durable queue of its own.' }),
  tracing: block(tracingSchema, { doc: "Headers of Alloy's own traces; accepted and without effect here." }),
});

type Arguments = Decoded<typeof schema>;
type EndpointArguments = Decoded<typeof endpointSchema>;

const SERVICE_NAME_LABEL = 'service_name';
/** Of the labels that begin with `__`, those that Pyroscope gives a meaning. */
const SENT_INTERNAL_LABELS: ReadonlySet<string> = new Set([METRIC_NAME_LABEL, '__delta__']);

/** A push goes on as it came, so nothing is collected; this bounds what one request may be. */
const maxBatchProfiles = 10_000;
const maxBatchBytes = 4 * 1024 * 1024;

class PyroscopeWrite extends NodeWriter<Arguments, ProfilesDestination> {
  readonly #context: ComponentContext;
  readonly #exports = { receiver: profilesCapsule(() => this.nodes) };

  constructor(context: ComponentContext, args: Arguments) {
    super();
    this.#context = context;
    this.update(args);
  }

  update(args: Arguments): void {
    const { componentId } = this.#context;
    const ids = endpointIds(componentId, args.endpoint);
    const external = Object.entries(args.external_labels ?? {});
    this.replaceNodes(
      eachChecked(args.endpoint, (endpoint, index) => ({
        kind: 'destination',
        componentId,
        destination: toDestination(this.#context, ids[index], endpoint, blockPath('', 'endpoint', index)),
        transform: (batch) => mapProfileLabels(batch, (labels, series) => finish(labels, series, external)),
      })),
    );
  }

  exports() {
    return this.#exports;
  }
}

/** As Alloy: pushed series lose their internal labels; an ingested profile goes by the name of its service. */
function finish(labels: Labels, { content }: ProfileSeries, external: readonly (readonly [string, string])[]): Labels {
  if (content.kind === 'push') return withLabels(withoutInternal(labels), external);
  const service = labels.find(({ name }) => name === SERVICE_NAME_LABEL)?.value;
  const named = service === undefined ? labels : withLabels(labels, [[METRIC_NAME_LABEL, service]]);
  return withLabels(named, external);
}

function withoutInternal(labels: Labels): Labels {
  const isSent = ({ name }: { readonly name: string }) => !name.startsWith('__') || SENT_INTERNAL_LABELS.has(name);
  return labels.every(isSent) ? labels : labels.filter(isSent);
}

function toDestination(context: ComponentContext, id: string, endpoint: EndpointArguments, path: string): Destination {
  const withoutEffect = ['max_backoff_retries', 'debug_info_upload_timeout'];
  refuseUnsupported(endpoint, endpointSchema, withoutEffect, path);
  return {
    id,
    componentId: context.componentId,
    signal: 'profiles',
    protocol: 'pyroscope',
    url: checkUrl(endpoint.url, joinPath(path, 'url')),
    headers: checkHeaders(endpoint.headers, joinPath(path, 'headers')),
    ...resolveHttpClient(endpoint, path, context),
    ...endpointTiming(endpoint, path),
    batch: { maxItems: maxBatchProfiles, maxBytes: maxBatchBytes, maxWaitMs: 0 },
  };
}

export const pyroscopeWrite = defineComponent({
  name: 'pyroscope.write',
  summary: 'Sends profiles to one or more Pyroscopes.',
  stability: 'generally-available',
  sides: ['host', 'edge'],
  schema,
  exports: { receiver: 'ProfilesReceiver' },
  create: (context: ComponentContext, args) => new PyroscopeWrite(context, args),
});
