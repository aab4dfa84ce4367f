/** An OTLP body as the spans of the window. */
import type { Labels } from '../../core/labels/labels.ts';
import { type DecodedAttribute, type DecodedSpan, decodeTraces } from '../../core/wire/otlp/traces.ts';
import type { HeldSpan } from './store.ts';

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const STATUSES = ['unset', 'ok', 'error'] as const;

export function heldSpans(body: Uint8Array): HeldSpan[] {
  return decodeTraces(body).flatMap(({ resource, spans }) => {
    const service = resource.find(({ key }) => key === 'service.name')?.value ?? '';
    return spans.map((span) => heldSpan(span, service));
  });
}

function heldSpan(span: DecodedSpan, service: string): HeldSpan {
  const { traceId, spanId, parentSpanId, name, startNs, endNs, statusMessage } = span;
  return {
    ...{ traceId, spanId, parentSpanId, name, startNs, endNs, statusMessage, service },
    kind: KINDS[span.kind] ?? `kind ${span.kind}`,
    status: STATUSES[span.statusCode] ?? 'unset',
    attributes: attributeLabels(span.attributes),
  };
}

function attributeLabels(attributes: readonly DecodedAttribute[]): Labels {
  return attributes.map(({ key, value }) => ({ name: key, value }));
}
