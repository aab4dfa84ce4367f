/**
 * From a plan's output to the final bytes of a payload. What is made here is what is stored and sent, so a resend is
 * byte-identical. Compression by the platform (gzip) is passed in; snappy is our own.
 */
import { snappyEncode } from '../codec/snappy.ts';
import type { LogStream, LogsBatch, TracesBatch } from '../pipeline/signals.ts';
import { countLines } from '../pipeline/signals.ts';
import { encodeLokiPush } from '../wire/loki-push.ts';
import type { Destination, Payload } from './destination.ts';

/** The label that carries the tenant of an entry through a pipeline, as in Promtail and Alloy. Never sent as a label. */
export const TENANT_LABEL = '__tenant_id__';

export type Compress = (bytes: Uint8Array) => Promise<Uint8Array>;

/** `compressed` is the body as a client sent it, where the plan changed nothing: it is forwarded as it came. */
export function encodeMetricsPayload(
  destination: Destination,
  body: Uint8Array,
  samples: number,
  compressed?: Uint8Array,
): Payload {
  return {
    signal: 'metrics',
    contentType: 'application/x-protobuf',
    contentEncoding: 'snappy',
    body: compressed ?? snappyEncode(body),
    items: samples,
    ...tenantOf(destination),
  };
}

/** An output of a metrics plan, of which the encoder needs this much. */
export interface MetricsOutput {
  readonly destination: Destination;
  readonly body: Uint8Array;
  readonly samples: number;
  readonly unchanged: boolean;
}

/**
 * Payloads for the outputs of one run of a plan, in their order. Each distinct body is compressed once, however many
 * destinations get it; `received` is the snappy form in which the unchanged body came, if it came so.
 */
export function encodeMetricsOutputs(
  outputs: readonly MetricsOutput[],
  received?: Uint8Array,
): readonly { readonly destination: Destination; readonly payload: Payload }[] {
  const compressed = new Map<Uint8Array, Uint8Array>();
  return outputs.map(({ destination, body, samples, unchanged }) => {
    const bytes = (unchanged ? received : undefined) ?? compressed.get(body) ?? snappyEncode(body);
    compressed.set(body, bytes);
    return { destination, payload: encodeMetricsPayload(destination, body, samples, bytes) };
  });
}

/** One payload for each tenant among the streams, in order of first appearance. None for a batch without lines. */
export function encodeLogsPayloads(destination: Destination, batch: LogsBatch): Payload[] {
  const byTenant = new Map<string, LogStream[]>();
  for (const stream of batch.streams) {
    if (stream.entries.length === 0) continue;
    const tenant = stream.labels.find((label) => label.name === TENANT_LABEL)?.value ?? destination.tenantId ?? '';
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

export async function encodeTracesPayload(
  destination: Destination,
  batch: TracesBatch,
  gzip?: Compress,
): Promise<Payload> {
  const compress = destination.compression === 'gzip' ? gzip : undefined;
  return {
    signal: 'traces',
    contentType: 'application/x-protobuf',
    contentEncoding: compress === undefined ? '' : 'gzip',
    body: compress === undefined ? batch.body : await compress(batch.body),
    items: batch.spans,
    ...tenantOf(destination),
  };
}

function tenantOf(destination: Destination): { tenantId?: string } {
  return destination.tenantId === undefined ? {} : { tenantId: destination.tenantId };
}
