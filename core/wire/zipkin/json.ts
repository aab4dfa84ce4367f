/** Zipkin v2 spans in JSON, to OTLP. A span that is not right is left out and counted; the others are taken. */
import { OutcomeError } from '../../outcome.ts';
import { NO_ID, TracesBuilder } from '../otlp/traces-encode.ts';
import { SpanRejections, type TranslatedTraces } from '../span-translation.ts';
import { hexBytes } from './otlp-text.ts';
import { addZipkinSpan, type ZipkinEndpoint, type ZipkinKind, type ZipkinSpan } from './zipkin.ts';

/** What a number holds exactly, in the year 2255; in ns it fits into OTLP's 64 bits. */
const MAX_MICROS = Number.MAX_SAFE_INTEGER;

export function zipkinJsonToOtlp(text: string): TranslatedTraces {
  const body = parse(text);
  if (!Array.isArray(body)) throw malformedJson('it is not an array of spans');
  const builder = new TracesBuilder();
  const rejections = new SpanRejections();
  body.forEach((item: unknown, index) => {
    try {
      addZipkinSpan(builder, readSpan(item));
    } catch (error) {
      if (!(error instanceof SpanProblem)) throw error;
      rejections.add(`[${index}]${error.message}`);
    }
  });
  return rejections.result(builder);
}

/** The message goes on behind the index of the span. Not an Error: a stack for each of many spans takes seconds. */
class SpanProblem {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformedJson(error instanceof Error ? error.message : 'it is not JSON');
  }
}

type JsonObject = Readonly<Record<string, unknown>>;

function readSpan(item: unknown): ZipkinSpan {
  const span = asObject(item, '');
  if (span.binaryAnnotations !== undefined) throw new SpanProblem(' is a span of Zipkin v1, send v2');
  const timestamp = readMicros(span.timestamp, '.timestamp');
  return {
    traceId: readId(span.traceId, 16, '.traceId'),
    id: readId(span.id, 8, '.id'),
    parentId: isAbsent(span.parentId) ? NO_ID : readId(span.parentId, 8, '.parentId'),
    name: readText(span.name, '.name'),
    kind: readKind(span.kind),
    startNs: timestamp === 0n ? undefined : timestamp,
    durationNs: readMicros(span.duration, '.duration'),
    localEndpoint: readEndpoint(span.localEndpoint, '.localEndpoint'),
    remoteEndpoint: readEndpoint(span.remoteEndpoint, '.remoteEndpoint'),
    annotations: asArray(span.annotations, '.annotations').map((annotation, i) => {
      const path = `.annotations[${i}]`;
      const { timestamp: at, value } = asObject(annotation, path);
      return { timeNs: readMicros(at, `${path}.timestamp`), value: readText(value, `${path}.value`) };
    }),
    tags: readTags(span.tags),
  };
}

/** Hex without leading zeros is what some clients write: it is padded, as Zipkin does. */
function readId(value: unknown, bytes: number, path: string): Uint8Array {
  if (typeof value !== 'string' || value === '' || value.length > 2 * bytes || !/^[0-9a-fA-F]+$/.test(value)) {
    throw new SpanProblem(`${path} is not 1 to ${2 * bytes} hex digits`);
  }
  if (/^0+$/.test(value)) throw new SpanProblem(`${path} is zero`);
  return hexBytes(value.padStart(2 * bytes, '0'));
}

/** A fraction of a microsecond is taken: OpenTelemetry's exporter writes them. */
function readMicros(value: unknown, path: string): bigint {
  if (isAbsent(value)) return 0n;
  if (typeof value !== 'number' || !(value >= 0 && value <= MAX_MICROS)) {
    throw new SpanProblem(`${path} is not a number of microseconds`);
  }
  const whole = Math.floor(value);
  return BigInt(whole) * 1000n + BigInt(Math.floor((value - whole) * 1000));
}

function readKind(value: unknown): ZipkinKind {
  switch (value) {
    case 'CLIENT':
      return 'client';
    case 'SERVER':
      return 'server';
    case 'PRODUCER':
      return 'producer';
    case 'CONSUMER':
      return 'consumer';
    default:
      return '';
  }
}

function readEndpoint(value: unknown, path: string): ZipkinEndpoint | undefined {
  if (isAbsent(value)) return undefined;
  const { serviceName, ipv4, ipv6, port = 0 } = asObject(value, path);
  if (!isAbsent(port) && !(Number.isInteger(port) && (port as number) >= 0 && (port as number) <= 65535)) {
    throw new SpanProblem(`${path}.port is not a port`);
  }
  return {
    serviceName: readText(serviceName, `${path}.serviceName`),
    ipv4: readText(ipv4, `${path}.ipv4`),
    ipv6: readText(ipv6, `${path}.ipv6`),
    port: Number(port ?? 0),
  };
}

/** Values are texts; Zipkin's own server takes numbers and booleans for their text. */
function readTags(value: unknown): Map<string, string> {
  const tags = new Map<string, string>();
  if (isAbsent(value)) return tags;
  for (const [key, tag] of Object.entries(asObject(value, '.tags'))) {
    if (typeof tag === 'object') throw new SpanProblem(`.tags[${JSON.stringify(key.slice(0, 50))}] is not a text`);
    tags.set(key, String(tag));
  }
  return tags;
}

function readText(value: unknown, path: string): string {
  if (isAbsent(value)) return '';
  if (typeof value !== 'string') throw new SpanProblem(`${path} is not a text`);
  return value;
}

function asObject(value: unknown, path: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SpanProblem(`${path} is not an object`);
  }
  return value as JsonObject;
}

function asArray(value: unknown, path: string): readonly unknown[] {
  if (isAbsent(value)) return [];
  if (!Array.isArray(value)) throw new SpanProblem(`${path} is not an array`);
  return value;
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function malformedJson(problem: string): OutcomeError {
  return new OutcomeError('malformed_json', `the body is not a list of Zipkin v2 spans: ${problem}`);
}
