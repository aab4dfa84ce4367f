/** Zipkin v2 spans in protobuf (zipkin.proto, ListOfSpans), to OTLP, one span at a time. */
import { ByteReader, WIRE_BYTES } from '../../bytes/reader.ts';
import { checkMessageCount } from '../message-budget.ts';
import { checkMessage, type MessageShape } from '../message-shape.ts';
import { NO_ID, TracesBuilder } from '../otlp/traces-encode.ts';
import { SpanRejections, type TranslatedTraces } from '../span-translation.ts';
import { addZipkinSpan, type ZipkinEndpoint, type ZipkinKind, type ZipkinSpan } from './zipkin.ts';

const KINDS: readonly ZipkinKind[] = ['', 'client', 'server', 'producer', 'consumer'];
/** 2^63 ns in µs. */
const MAX_MICROS = 9_223_372_036_854_775n;

const endpointShape: MessageShape = { 1: 'string', 2: 'bytes', 3: 'bytes', 4: 'varint' };
const annotationShape: MessageShape = { 1: 'fixed64', 2: 'string' };
const tagShape: MessageShape = { 1: 'string', 2: 'string' };
const spanShape: MessageShape = {
  1: 'bytes',
  2: 'bytes',
  3: 'bytes',
  4: 'varint',
  5: 'string',
  6: 'fixed64',
  7: 'varint',
  8: { message: () => endpointShape },
  9: { message: () => endpointShape },
  10: { message: () => annotationShape },
  11: { message: () => tagShape },
  12: 'varint',
  13: 'varint',
};

export function zipkinProtobufToOtlp(bytes: Uint8Array): TranslatedTraces {
  checkMessageCount(bytes, { 1: { message: () => spanShape } });
  const reader = new ByteReader(bytes);
  const builder = new TracesBuilder();
  const rejections = new SpanRejections();
  for (let index = 0; !reader.done; ) {
    const tag = reader.tag();
    if (Math.floor(tag / 8) !== 1) {
      reader.skip(tag & 7);
      continue;
    }
    reader.expect(tag, WIRE_BYTES);
    const message = reader.message();
    checkMessage(new ByteReader(bytes, message.pos, message.end), spanShape);
    const { span, problem } = readSpan(message);
    if (problem === undefined) addZipkinSpan(builder, span);
    else rejections.add(`spans[${index}] has ${problem}`);
    index++;
  }
  return rejections.result(builder);
}

/** The structure has been checked. */
function readSpan(reader: ByteReader): { span: ZipkinSpan; problem: string | undefined } {
  const tags = new Map<string, string>();
  const annotations: { timeNs: bigint; value: string }[] = [];
  const span = {
    traceId: NO_ID as Uint8Array,
    id: NO_ID as Uint8Array,
    parentId: NO_ID as Uint8Array,
    name: '',
    kind: '' as ZipkinKind,
    startNs: undefined as bigint | undefined,
    durationNs: 0n,
    localEndpoint: undefined as ZipkinEndpoint | undefined,
    remoteEndpoint: undefined as ZipkinEndpoint | undefined,
    annotations,
    tags,
  };
  let inRange = true;
  const nanos = (micros: bigint): bigint => {
    if (micros > MAX_MICROS) inRange = false;
    return micros * 1000n;
  };
  eachField(reader, (field) => {
    switch (field) {
      case 1:
        span.traceId = padId(reader.bytes(), 16);
        return true;
      case 2:
        span.parentId = reader.bytes();
        return true;
      case 3:
        span.id = reader.bytes();
        return true;
      case 4:
        span.kind = KINDS[reader.varint()] ?? '';
        return true;
      case 5:
        span.name = reader.string();
        return true;
      case 6: {
        const startNs = nanos(reader.fixed64());
        span.startNs = startNs === 0n ? undefined : startNs;
        return true;
      }
      case 7:
        span.durationNs = nanos(reader.varint64());
        return true;
      case 8:
        span.localEndpoint = readEndpoint(reader.message());
        return true;
      case 9:
        span.remoteEndpoint = readEndpoint(reader.message());
        return true;
      case 10: {
        const { timeUs, text } = readAnnotation(reader.message());
        annotations.push({ timeNs: nanos(timeUs), value: text });
        return true;
      }
      case 11:
        readTag(reader.message(), tags);
        return true;
      default:
        return false;
    }
  });
  if (!inRange) return { span, problem: 'a time that is out of range' };
  return { span, problem: idProblem(span) };
}

function idProblem({ traceId, id, parentId }: Pick<ZipkinSpan, 'traceId' | 'id' | 'parentId'>): string | undefined {
  if (traceId.length !== 16 || isZero(traceId)) return 'a trace id that is not 8 or 16 bytes, or zero';
  if (id.length !== 8 || isZero(id)) return 'a span id that is not 8 bytes, or zero';
  return parentId.length === 0 || parentId.length === 8 ? undefined : 'a parent id that is not 8 bytes';
}

function readEndpoint(reader: ByteReader): ZipkinEndpoint {
  const endpoint = { serviceName: '', ipv4: '', ipv6: '', port: 0 };
  eachField(reader, (field) => {
    if (field === 1) endpoint.serviceName = reader.string();
    else if (field === 2) endpoint.ipv4 = formatIpv4(reader.bytes());
    else if (field === 3) endpoint.ipv6 = formatIpv6(reader.bytes());
    else if (field === 4) endpoint.port = reader.varint() & 0xffff;
    else return false;
    return true;
  });
  return endpoint;
}

function readAnnotation(reader: ByteReader): { timeUs: bigint; text: string } {
  const annotation = { timeUs: 0n, text: '' };
  eachField(reader, (field) => {
    if (field === 1) annotation.timeUs = reader.fixed64();
    else if (field === 2) annotation.text = reader.string();
    else return false;
    return true;
  });
  return annotation;
}

function readTag(reader: ByteReader, tags: Map<string, string>): void {
  let key = '';
  let value = '';
  eachField(reader, (field) => {
    if (field === 1) key = reader.string();
    else if (field === 2) value = reader.string();
    else return false;
    return true;
  });
  tags.set(key, value);
}

/** `read` returns false to have a field skipped. */
function eachField(reader: ByteReader, read: (field: number) => boolean): void {
  while (!reader.done) {
    const tag = reader.tag();
    if (!read(Math.floor(tag / 8))) reader.skip(tag & 7);
  }
}

/** Zipkin takes 8 or 16 bytes; OTLP wants 16. */
function padId(id: Uint8Array, bytes: number): Uint8Array {
  if (id.length !== bytes / 2) return id;
  const padded = new Uint8Array(bytes);
  padded.set(id, bytes / 2);
  return padded;
}

function isZero(id: Uint8Array): boolean {
  return id.every((byte) => byte === 0);
}

function formatIpv4(bytes: Uint8Array): string {
  return bytes.length === 4 ? bytes.join('.') : '';
}

/** RFC 5952: the first longest run of zeros, two groups at least, is "::". */
export function formatIpv6(bytes: Uint8Array): string {
  if (bytes.length !== 16) return '';
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] << 8) | bytes[2 * i + 1]).toString(16));
  let start = 0;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let run = i;
    while (run < 8 && groups[run] === '0') run++;
    if (run - i > length) [start, length] = [i, run - i];
  }
  if (length === 1) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}
