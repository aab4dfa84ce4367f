/**
 * Writes an ExportTraceServiceRequest from spans of other formats (Zipkin, Jaeger). Spans are encoded as they come and
 * grouped by resource and scope at the end, so one span is all that exists as objects however large a body is.
 */
import { ByteWriter } from '../../bytes/writer.ts';

/** A bigint is an integer, a number a double. */
export type AttributeValue = string | boolean | bigint | number | Uint8Array;
/** Keys are unique in OTLP: of a key that is given twice the last value counts, as in the collector. */
export type Attributes = Map<string, AttributeValue>;

export interface SpanEvent {
  readonly timeNs: bigint;
  readonly name: string;
  readonly attributes: Attributes;
  readonly droppedAttributes?: number;
}

export interface SpanLink {
  /** 16 and 8 bytes. */
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly traceState?: string;
  readonly attributes: Attributes;
  readonly droppedAttributes?: number;
}

export interface Span {
  /** 16 bytes, and 8 of each span; no bytes for a root span's parent. */
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly parentSpanId: Uint8Array;
  readonly traceState: string;
  readonly name: string;
  readonly kind: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  readonly statusCode: number;
  readonly statusMessage: string;
}

export const SPAN_KIND = { unspecified: 0, internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;
export const STATUS_CODE = { unset: 0, ok: 1, error: 2 } as const;
export const NO_ID = new Uint8Array(0);

export interface Scope {
  readonly name: string;
  readonly version: string;
}

interface ScopeGroup {
  readonly scope: Scope;
  /** Start and end of each span in the builder's bytes, in turn. */
  readonly spans: number[];
}

interface ResourceGroup {
  readonly resource: Uint8Array;
  readonly scopes: Map<string, ScopeGroup>;
}

export class TracesBuilder {
  readonly #encoded = new ByteWriter(4096);
  readonly #span = new ByteWriter(1024);
  readonly #part = new ByteWriter(256);
  readonly #pair = new ByteWriter(256);
  readonly #value = new ByteWriter(256);
  readonly #groups = new Map<string, ResourceGroup>();
  #spans = 0;

  get spans(): number {
    return this.#spans;
  }

  /** `resourceKey` names the resource: attributes of a key that was seen before are not looked at. */
  add(resourceKey: string, resource: Attributes, scope: Scope, span: Span): void {
    let group = this.#groups.get(resourceKey);
    if (group === undefined) {
      group = { resource: this.#encodeResource(resource), scopes: new Map() };
      this.#groups.set(resourceKey, group);
    }
    const scopeKey = `${scope.name}\0${scope.version}`;
    let scoped = group.scopes.get(scopeKey);
    if (scoped === undefined) {
      scoped = { scope, spans: [] };
      group.scopes.set(scopeKey, scoped);
    }
    this.#writeSpan(span);
    const start = this.#encoded.length;
    this.#encoded.bytesField(2, this.#span.view());
    scoped.spans.push(start, this.#encoded.length);
    this.#spans++;
  }

  /** Resources and scopes in the order of their first span, spans of a scope in their order. */
  take(): Uint8Array<ArrayBuffer> {
    const encoded = this.#encoded.view();
    const out = new ByteWriter(encoded.length + 1024);
    const resourceSpans = new ByteWriter(1024);
    const scopeSpans = new ByteWriter(1024);
    for (const { resource, scopes } of this.#groups.values()) {
      resourceSpans.reset().bytesField(1, resource);
      for (const { scope, spans } of scopes.values()) {
        scopeSpans.reset();
        this.#writeScope(scopeSpans, scope);
        for (let i = 0; i < spans.length; i += 2) scopeSpans.bytes(encoded, spans[i], spans[i + 1]);
        resourceSpans.bytesField(2, scopeSpans.view());
      }
      out.bytesField(1, resourceSpans.view());
    }
    return out.take();
  }

  #encodeResource(attributes: Attributes): Uint8Array {
    const resource = new ByteWriter(256);
    this.#writeAttributes(resource, 1, attributes);
    return resource.take();
  }

  #writeScope(out: ByteWriter, { name, version }: Scope): void {
    if (name === '' && version === '') return;
    const scope = this.#part.reset();
    if (name !== '') scope.stringField(1, name);
    if (version !== '') scope.stringField(2, version);
    out.bytesField(1, scope.view());
  }

  #writeSpan(span: Span): void {
    const out = this.#span.reset().bytesField(1, span.traceId).bytesField(2, span.spanId);
    if (span.traceState !== '') out.stringField(3, span.traceState);
    if (span.parentSpanId.length > 0) out.bytesField(4, span.parentSpanId);
    out.stringField(5, span.name);
    if (span.kind !== 0) out.varintField(6, span.kind);
    out.tag(7, 1).fixed64(span.startNs).tag(8, 1).fixed64(span.endNs);
    this.#writeAttributes(out, 9, span.attributes);
    for (const event of span.events) {
      const part = this.#part.reset().tag(1, 1).fixed64(event.timeNs).stringField(2, event.name);
      this.#writeAttributes(part, 3, event.attributes);
      if (event.droppedAttributes) part.varintField(4, event.droppedAttributes);
      out.bytesField(11, part.view());
    }
    for (const link of span.links) {
      const part = this.#part.reset().bytesField(1, link.traceId).bytesField(2, link.spanId);
      if (link.traceState) part.stringField(3, link.traceState);
      this.#writeAttributes(part, 4, link.attributes);
      if (link.droppedAttributes) part.varintField(5, link.droppedAttributes);
      out.bytesField(13, part.view());
    }
    if (span.statusCode === STATUS_CODE.unset && span.statusMessage === '') return;
    const status = this.#part.reset();
    if (span.statusMessage !== '') status.stringField(2, span.statusMessage);
    if (span.statusCode !== STATUS_CODE.unset) status.varintField(3, span.statusCode);
    out.bytesField(15, status.view());
  }

  #writeAttributes(out: ByteWriter, field: number, attributes: Attributes): void {
    for (const [key, value] of attributes) {
      this.#writeValue(value);
      this.#pair.reset().stringField(1, key).bytesField(2, this.#value.view());
      out.bytesField(field, this.#pair.view());
    }
  }

  #writeValue(value: AttributeValue): void {
    const out = this.#value.reset();
    switch (typeof value) {
      case 'string':
        out.stringField(1, value);
        return;
      case 'boolean':
        out.varintField(2, value ? 1 : 0);
        return;
      case 'bigint':
        out.tag(3, 0).varint64(value);
        return;
      case 'number':
        out.tag(4, 1).double(value);
        return;
      default:
        out.bytesField(7, value);
    }
  }
}
