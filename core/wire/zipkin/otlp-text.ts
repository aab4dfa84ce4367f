/**
 * The texts in which the collector's Zipkin exporter hides what Zipkin has no fields for: links in tags
 * `otlp.link.0` = `traceId|spanId|traceState|{attributes}|dropped`, and events with attributes in annotations
 * `name|{attributes}|dropped`. A text that is not of that form exactly is the client's own and stays.
 */
import type { Attributes, SpanEvent, SpanLink } from '../otlp/traces-encode.ts';

const MAX_LINKS = 128;
const NO_ATTRIBUTES: Attributes = new Map();
const ENCODED_EVENT = /^([^|]*)\|(\{.*\})\|([0-9]{1,9})$/s;
const ENCODED_LINK = /^([0-9a-fA-F]{32})\|([0-9a-fA-F]{16})\|([^|]*)\|(\{.*\})\|([0-9]{1,9})$/s;

export function decodeEvent(timeNs: bigint, text: string): SpanEvent {
  const match = ENCODED_EVENT.exec(text);
  const attributes = match === null ? undefined : parseAttributes(match[2]);
  if (match === null || attributes === undefined) return { timeNs, name: text, attributes: NO_ATTRIBUTES };
  return { timeNs, name: match[1], attributes, droppedAttributes: Number(match[3]) };
}

export function takeLinks(attributes: Attributes): SpanLink[] {
  const links: SpanLink[] = [];
  for (let i = 0; i < MAX_LINKS; i++) {
    const key = `otlp.link.${i}`;
    const text = attributes.get(key);
    if (text === undefined) break;
    const link = decodeLink(String(text));
    if (link === undefined) continue;
    links.push(link);
    attributes.delete(key);
  }
  return links;
}

function decodeLink(text: string): SpanLink | undefined {
  const match = ENCODED_LINK.exec(text);
  const attributes = match === null ? undefined : parseAttributes(match[4]);
  if (match === null || attributes === undefined) return undefined;
  return {
    traceId: hexBytes(match[1]),
    spanId: hexBytes(match[2]),
    traceState: match[3],
    attributes,
    droppedAttributes: Number(match[5]),
  };
}

function parseAttributes(json: string): Attributes | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return undefined;
  }
  const attributes: Attributes = new Map();
  for (const [key, value] of Object.entries(parsed as object)) {
    if (typeof value === 'string' || typeof value === 'boolean') attributes.set(key, value);
    else if (typeof value === 'number') attributes.set(key, Number.isSafeInteger(value) ? BigInt(value) : value);
  }
  return attributes;
}

/** An even number of hex digits. */
export function hexBytes(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
