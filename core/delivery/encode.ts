/**
 * From a plan's output to the final bytes of a payload. What is made here is what is stored and sent, so a resend is
 * byte-identical. Compression by the platform (gzip) is passed in; snappy is our own.
 */
import { snappyEncode } from '../codec/snappy.ts';
import type { LogStream, LogsBatch, OtlpBatch } from '../pipeline/signals.ts';
import { countLines, countOtlp } from '../pipeline/signals.ts';
import { encodeLokiPush } from '../wire/loki/push.ts';
import { OTLP_PATHS } from '../wire/otlp/paths.ts';
import { stripExtensions } from '../wire/remote-write/extensions.ts';
import { type RewriteRules, rewriteWriteRequest, SERIES_FIELDS } from '../wire/remote-write/rewrite.ts';
import { REMOTE_WRITE_CONTENT_TYPE } from '../wire/remote-write/v1.ts';
import { encodeRemoteWrite2, REMOTE_WRITE_2_CONTENT_TYPE } from '../wire/remote-write/v2.ts';
import type { Destination, Payload } from './destination.ts';
import { headerProblem } from './headers.ts';

/** The label that carries the tenant of an entry through a pipeline, as in Promtail and Alloy. Never sent as a label. */
export const TENANT_LABEL = '__tenant_id__';

export type Compress = (bytes: Uint8Array) => Promise<Uint8Array>;

/** What the encoder must know of metrics: our internal form, a 1.0 `WriteRequest` (wire/remote-write/extensions.ts). */
export interface EncodableMetrics {
  /** Asked for only where `compressed` does not do: it may cost unpacking. */
  readonly body: Uint8Array;
  /** The body in snappy form, where that is at hand: it is sent as it is unless the destination wants another form. */
  readonly compressed?: Uint8Array | undefined;
  /** Float samples and native histograms. */
  readonly samples: number;
  /** How many of them are native histograms; left out where nobody has counted. */
  readonly histograms?: number;
  /** The body may hold our extensions, which only remote write 2.0 can carry. */
  readonly extended?: boolean;
}

/** In the version and with the content that the destination wants. Undefined where nothing is left to send. */
export function encodeMetricsPayload(destination: Destination, metrics: EncodableMetrics): Payload | undefined {
  const { samples, compressed, extended = false } = metrics;
  const version = versionFor(destination, extended);
  const unwanted = unwantedParts(destination, metrics);
  if (version === 1 && !extended && unwanted === undefined && compressed !== undefined) {
    return metricsPayload(destination, REMOTE_WRITE_CONTENT_TYPE, compressed, samples);
  }
  const { body: given } = metrics;
  const kept = unwanted === undefined ? { body: given, histogramsRemoved: 0 } : rewriteWriteRequest(given, unwanted);
  const items = samples - kept.histogramsRemoved;
  const body =
    version === 2 ? encodeRemoteWrite2(kept.body, { extended }) : extended ? stripExtensions(kept.body) : kept.body;
  if (body.length === 0) return undefined;
  const contentType = version === 2 ? REMOTE_WRITE_2_CONTENT_TYPE : REMOTE_WRITE_CONTENT_TYPE;
  const same = body === given ? compressed : undefined;
  return metricsPayload(destination, contentType, same ?? snappyEncode(body), items);
}

function metricsPayload(destination: Destination, contentType: string, body: Uint8Array, items: number): Payload {
  return { signal: 'metrics', contentType, contentEncoding: 'snappy', body, items, ...tenantOf(destination) };
}

/** Our own gateway takes both versions, so it gets 2.0 where only that loses nothing. */
function versionFor({ protocol, remoteWriteVersion = 1 }: Destination, extended: boolean): 1 | 2 {
  return protocol === 'spillway_batch' && extended ? 2 : remoteWriteVersion;
}

/** Undefined where the body, as far as is known, holds nothing that the destination does not want. */
function unwantedParts(
  { without = {} }: Destination,
  { histograms, extended }: EncodableMetrics,
): RewriteRules | undefined {
  const fields = new Set<number>();
  if (without.exemplars === true) fields.add(SERIES_FIELDS.exemplars);
  if (without.nativeHistograms === true && histograms !== 0) fields.add(SERIES_FIELDS.histograms);
  if (without.metadata === true && extended === true) fields.add(SERIES_FIELDS.metadata);
  const withoutMetadata = without.metadata === true;
  return fields.size === 0 && !withoutMetadata ? undefined : { without: fields, withoutMetadata };
}

/** An output of a metrics plan, of which the encoder needs this much. */
export interface MetricsOutput extends Omit<EncodableMetrics, 'extended'> {
  readonly destination: Destination;
  readonly unchanged: boolean;
}

export interface EncodedOutput {
  readonly destination: Destination;
  readonly payload: Payload;
}

/** Of the body that entered the plan. */
export interface EnteredAs {
  /** The snappy form in which it came, if it came so: what is unchanged is forwarded as it came. */
  readonly received?: Uint8Array | undefined;
  readonly extended?: boolean | undefined;
}

/**
 * Payloads for the outputs of one run of a plan, in their order. Destinations that get the same body in the same form
 * share its bytes.
 */
export function encodeMetricsOutputs(
  outputs: readonly MetricsOutput[],
  { received, extended = false }: EnteredAs = {},
): EncodedOutput[] {
  const encoded = new Map<Uint8Array, Map<string, Payload | undefined>>();
  return outputs.flatMap((output) => {
    const { destination, unchanged } = output;
    const compressed = output.compressed ?? (unchanged ? received : undefined);
    const identity = compressed ?? output.body;
    let forms = encoded.get(identity);
    if (forms === undefined) encoded.set(identity, (forms = new Map()));
    const form = formKey(destination);
    if (!forms.has(form)) forms.set(form, encodeOutput(output, compressed, extended));
    const payload = forms.get(form);
    if (payload === undefined) return [];
    const { tenantId: _, ...shared } = payload;
    return [{ destination, payload: { ...shared, ...tenantOf(destination) } }];
  });
}

/** Not a copy of the output: that would ask for its body. */
function encodeOutput(
  output: MetricsOutput,
  compressed: Uint8Array | undefined,
  extended: boolean,
): Payload | undefined {
  const { destination, samples, histograms } = output;
  return encodeMetricsPayload(destination, {
    get body() {
      return output.body;
    },
    compressed,
    samples,
    extended,
    ...(histograms === undefined ? {} : { histograms }),
  });
}

function formKey({ protocol, remoteWriteVersion, without = {} }: Destination): string {
  const { exemplars = false, nativeHistograms = false, metadata = false } = without;
  return `${protocol === 'spillway_batch'} ${remoteWriteVersion ?? 1} ${exemplars} ${nativeHistograms} ${metadata}`;
}

/** One payload for each tenant among the streams, in order of first appearance. None for a batch without lines. */
export function encodeLogsPayloads(destination: Destination, batch: LogsBatch): Payload[] {
  const byTenant = new Map<string, LogStream[]>();
  for (const stream of batch.streams) {
    if (stream.entries.length === 0) continue;
    const tenant = tenantOfStream(stream) ?? destination.tenantId ?? '';
    const labels = stream.labels.filter((label) => !label.name.startsWith('__'));
    const streams = byTenant.get(tenant);
    if (streams === undefined) byTenant.set(tenant, [{ ...stream, labels }]);
    else streams.push({ ...stream, labels });
  }
  return [...byTenant].map(([tenant, streams]) => ({
    signal: 'logs',
    contentType: 'application/x-protobuf',
    // Loki takes snappy for granted with this content type; "snappy" as Content-Encoding is only a marker to it.
    contentEncoding: '',
    body: snappyEncode(encodeLokiPush(streams)),
    items: countLines({ signal: 'logs', streams, marks: [] }),
    ...(tenant === '' ? {} : { tenantId: tenant }),
  }));
}

/** None where a header cannot carry it, as with `stage.tenant`: a request that cannot be made would be tried for ever. */
function tenantOfStream({ labels }: LogStream): string | undefined {
  const tenant = labels.find((label) => label.name === TENANT_LABEL)?.value;
  return tenant === undefined || headerProblem('X-Scope-OrgID', tenant) !== undefined ? undefined : tenant;
}

/**
 * OTLP of any signal. `received` is the body in the gzip form in which a client sent it: where nothing changed it is
 * forwarded as it came. The path of metrics and logs tells their payloads from those of Prometheus and Loki.
 */
export async function encodeOtlpPayload(
  destination: Destination,
  batch: OtlpBatch,
  gzip?: Compress,
  received?: Uint8Array,
): Promise<Payload> {
  const compress = destination.compression === 'gzip' ? gzip : undefined;
  return {
    signal: batch.signal,
    contentType: 'application/x-protobuf',
    contentEncoding: compress === undefined ? '' : 'gzip',
    body: compress === undefined ? batch.body : (received ?? (await compress(batch.body))),
    items: countOtlp(batch),
    ...tenantOf(destination),
    ...(batch.signal === 'traces' ? {} : { path: OTLP_PATHS[batch.signal] }),
  };
}

function tenantOf(destination: Destination): { tenantId?: string } {
  return destination.tenantId === undefined ? {} : { tenantId: destination.tenantId };
}
