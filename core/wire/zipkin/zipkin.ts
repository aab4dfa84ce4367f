/**
 * A Zipkin v2 span to OTLP, by the mapping of the OpenTelemetry collector's Zipkin translator: service name and resource
 * attributes among the tags make the resource, endpoints become net.* and peer.service, annotations events. Differences,
 * on purpose: spans are grouped by all resource attributes and not by service name alone; a tag `error` of any text is
 * an error, as Zipkin defines it; an annotation that only looks like an encoded event is kept as it is.
 */
import {
  type Attributes,
  NO_ID,
  type Scope,
  SPAN_KIND,
  type SpanEvent,
  STATUS_CODE,
  type TracesBuilder,
} from '../otlp/traces-encode.ts';
import { takeText } from '../span-translation.ts';
import { decodeEvent, takeLinks } from './otlp-text.ts';
import { isResourceAttribute } from './resource.ts';

export interface ZipkinEndpoint {
  readonly serviceName: string;
  readonly ipv4: string;
  readonly ipv6: string;
  /** 0 for none. */
  readonly port: number;
}

export interface ZipkinSpan {
  /** 16 bytes, and 8 of each span; no bytes for a root span's parent. */
  readonly traceId: Uint8Array;
  readonly id: Uint8Array;
  readonly parentId: Uint8Array;
  readonly name: string;
  readonly kind: ZipkinKind;
  /** Undefined where the client knows only the duration. */
  readonly startNs: bigint | undefined;
  readonly durationNs: bigint;
  readonly localEndpoint: ZipkinEndpoint | undefined;
  readonly remoteEndpoint: ZipkinEndpoint | undefined;
  readonly annotations: readonly { readonly timeNs: bigint; readonly value: string }[];
  readonly tags: ReadonlyMap<string, string>;
}

export type ZipkinKind = 'client' | 'server' | 'producer' | 'consumer' | '';

/** Says what the name of the service was taken from, where it is not `service.name`. */
const SERVICE_NAME_SOURCE = 'otlp.service.name.source';
const NO_START = 'otel.zipkin.absentField.startTime';

export function addZipkinSpan(builder: TracesBuilder, span: ZipkinSpan): void {
  const attributes: Attributes = new Map(span.tags);
  const resource = takeResource(attributes, span.localEndpoint?.serviceName ?? '');
  const scope = takeScope(attributes);
  const traceState = takeText(attributes, 'w3c.tracestate') ?? '';
  const kind = takeKind(attributes, span.kind);
  const status = takeStatus(attributes);
  const links = takeLinks(attributes);
  addEndpoints(attributes, span);
  if (span.startNs === undefined) attributes.set(NO_START, true);
  const startNs = span.startNs ?? 0n;
  builder.add(JSON.stringify([...resource]), resource, scope, {
    traceId: span.traceId,
    spanId: span.id,
    parentSpanId: sameId(span.parentId, span.id) ? NO_ID : span.parentId,
    traceState,
    name: span.name,
    kind,
    startNs,
    endNs: startNs + span.durationNs,
    attributes,
    events: span.annotations.map(({ timeNs, value }): SpanEvent => decodeEvent(timeNs, value)),
    links,
    statusCode: status.code,
    statusMessage: status.message,
  });
}

function takeResource(attributes: Attributes, serviceName: string): Attributes {
  const resource: Attributes = new Map();
  const source = takeText(attributes, SERVICE_NAME_SOURCE);
  if (serviceName !== '') resource.set(source || 'service.name', serviceName);
  for (const [key, value] of attributes) {
    if (!isResourceAttribute(key)) continue;
    resource.set(key, value);
    attributes.delete(key);
  }
  return resource;
}

function takeScope(attributes: Attributes): Scope {
  const name = takeText(attributes, 'otel.library.name') ?? takeText(attributes, 'otel.scope.name') ?? '';
  if (name === '') return { name, version: '' };
  const version = takeText(attributes, 'otel.library.version') ?? takeText(attributes, 'otel.scope.version') ?? '';
  return { name, version };
}

function takeKind(attributes: Attributes, kind: ZipkinKind): number {
  if (kind !== '') return SPAN_KIND[kind];
  return takeText(attributes, 'span.kind') === 'internal' ? SPAN_KIND.internal : SPAN_KIND.unspecified;
}

function takeStatus(attributes: Attributes): { code: number; message: string } {
  const coded = takeText(attributes, 'otel.status_code')
    ?.replace(/^STATUS_CODE_/, '')
    .toUpperCase();
  const description = coded === undefined ? undefined : takeText(attributes, 'otel.status_description');
  const error = attributes.get('error');
  if (error !== undefined && error !== 'false') {
    // Any other text stays an attribute besides: Tempo's users look for it there.
    if (error === 'true') attributes.delete('error');
    const message = description ?? (error === 'true' ? '' : String(error));
    return { code: STATUS_CODE.error, message };
  }
  const code = coded === 'OK' ? STATUS_CODE.ok : coded === 'ERROR' ? STATUS_CODE.error : STATUS_CODE.unset;
  return { code, message: description ?? '' };
}

function addEndpoints(attributes: Attributes, { localEndpoint: local, remoteEndpoint: remote }: ZipkinSpan): void {
  if (local !== undefined) addAddress(attributes, 'net.host', local);
  if (remote === undefined) return;
  if (remote.serviceName !== '') insert(attributes, 'peer.service', remote.serviceName);
  addAddress(attributes, 'net.peer', remote);
}

function addAddress(attributes: Attributes, prefix: string, { ipv4, ipv6, port }: ZipkinEndpoint): void {
  const ip = ipv6 || ipv4;
  if (ip !== '') insert(attributes, `${prefix}.ip`, ip);
  if (port > 0) attributes.set(`${prefix}.port`, BigInt(port));
}

/** A tag of the same name is the client's own word and stays. */
function insert(attributes: Attributes, key: string, value: string): void {
  if (!attributes.has(key)) attributes.set(key, value);
}

function sameId(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
