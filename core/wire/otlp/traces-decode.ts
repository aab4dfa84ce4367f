/** An ExportTraceServiceRequest as objects: for the receiver's page and for tests, never in the pipeline. */
import { ByteReader } from '../../bytes/reader.ts';
import { checkMessage } from '../message-shape.ts';
import { shapeOf } from './schema.ts';
import { tracesRequest } from './schema-traces.ts';

export interface DecodedAttribute {
  readonly key: string;
  /** As text: a string as it is, everything else as JSON would write it, bytes in hex. */
  readonly value: string;
}

export interface DecodedSpan {
  /** Ids in lower-case hex; a root span's parent is empty. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: readonly DecodedAttribute[];
  readonly events: number;
  readonly links: number;
  /** 0 unset, 1 ok, 2 error. */
  readonly statusCode: number;
  readonly statusMessage: string;
}

/** The spans of one scope of one resource. */
export interface DecodedSpans {
  readonly resource: readonly DecodedAttribute[];
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly spans: readonly DecodedSpan[];
}

export function decodeTraces(body: Uint8Array): DecodedSpans[] {
  checkMessage(new ByteReader(body), shapeOf(tracesRequest));
  const decoded: DecodedSpans[] = [];
  eachField(new ByteReader(body), {
    1: (request) => {
      const resourceSpans = request.message();
      const resource: DecodedAttribute[] = [];
      const scopes: ByteReader[] = [];
      eachField(resourceSpans, {
        1: (r) => eachField(r.message(), { 1: (attribute) => resource.push(decodeAttribute(attribute.message())) }),
        2: (r) => scopes.push(r.message()),
      });
      for (const scope of scopes) decoded.push(decodeScope(scope, resource));
    },
  });
  return decoded;
}

type FieldReaders = Readonly<Record<number, (reader: ByteReader) => unknown>>;

/** The body has been checked as a whole, so a known field has the right wire type. */
function eachField(reader: ByteReader, fields: FieldReaders): void {
  while (!reader.done) {
    const tag = reader.tag();
    const read = fields[Math.floor(tag / 8)];
    if (read === undefined) reader.skip(tag & 7);
    else read(reader);
  }
}

function decodeScope(reader: ByteReader, resource: readonly DecodedAttribute[]): DecodedSpans {
  let scopeName = '';
  let scopeVersion = '';
  const spans: DecodedSpan[] = [];
  eachField(reader, {
    1: (scope) =>
      eachField(scope.message(), {
        1: (r) => (scopeName = r.string()),
        2: (r) => (scopeVersion = r.string()),
      }),
    2: (span) => spans.push(decodeSpan(span.message())),
  });
  return { resource, scopeName, scopeVersion, spans };
}

function decodeSpan(reader: ByteReader): DecodedSpan {
  const attributes: DecodedAttribute[] = [];
  const span = {
    traceId: '',
    spanId: '',
    parentSpanId: '',
    name: '',
    kind: 0,
    startNs: 0n,
    endNs: 0n,
    attributes,
    events: 0,
    links: 0,
    statusCode: 0,
    statusMessage: '',
  };
  eachField(reader, {
    1: (r) => (span.traceId = hex(r.bytes())),
    2: (r) => (span.spanId = hex(r.bytes())),
    4: (r) => (span.parentSpanId = hex(r.bytes())),
    5: (r) => (span.name = r.string()),
    6: (r) => (span.kind = r.varint()),
    7: (r) => (span.startNs = r.fixed64()),
    8: (r) => (span.endNs = r.fixed64()),
    9: (r) => attributes.push(decodeAttribute(r.message())),
    11: (r) => {
      r.bytes();
      span.events++;
    },
    13: (r) => {
      r.bytes();
      span.links++;
    },
    15: (r) =>
      eachField(r.message(), {
        2: (status) => (span.statusMessage = status.string()),
        3: (status) => (span.statusCode = status.varint()),
      }),
  });
  return span;
}

function decodeAttribute(reader: ByteReader): DecodedAttribute {
  let key = '';
  let value = '';
  eachField(reader, {
    1: (r) => (key = r.string()),
    2: (r) => {
      const decoded = decodeValue(r.message());
      value = typeof decoded === 'object' ? JSON.stringify(decoded) : String(decoded);
    },
  });
  return { key, value };
}

type PlainValue = string | number | boolean | null | PlainValue[] | { [key: string]: PlainValue };

function decodeValue(reader: ByteReader): PlainValue {
  let value: PlainValue = null;
  eachField(reader, {
    1: (r) => (value = r.string()),
    2: (r) => (value = r.varint() !== 0),
    3: (r) => (value = plainInteger(r.int64())),
    4: (r) => (value = r.double()),
    5: (r) => (value = decodeList(r.message())),
    6: (r) => (value = decodeMap(r.message())),
    7: (r) => (value = hex(r.bytes())),
  });
  return value;
}

/** JSON has no 64-bit integers: what a number cannot hold becomes text. */
function plainInteger(value: bigint): PlainValue {
  return BigInt(Number(value)) === value ? Number(value) : value.toString();
}

function decodeList(reader: ByteReader): PlainValue[] {
  const values: PlainValue[] = [];
  eachField(reader, { 1: (r) => values.push(decodeValue(r.message())) });
  return values;
}

function decodeMap(reader: ByteReader): { [key: string]: PlainValue } {
  const entries: [string, PlainValue][] = [];
  eachField(reader, {
    1: (r) => {
      let key = '';
      let value: PlainValue = null;
      eachField(r.message(), { 1: (k) => (key = k.string()), 2: (v) => (value = decodeValue(v.message())) });
      entries.push([key, value]);
    },
  });
  return Object.fromEntries(entries);
}

function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
