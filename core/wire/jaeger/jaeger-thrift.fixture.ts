/// <reference path="./thrift-npm.d.ts" />
/** Jaeger batches written by Apache Thrift's own library for Node, for tests. */
import Int64 from 'node-int64';
import { type Protocol, TBinaryProtocol, TBufferedTransport, TCompactProtocol } from 'thrift';
import { THRIFT } from './thrift.ts';

export interface JaegerTag {
  readonly key: string;
  /** Bytes must be a Buffer: the library asks for one. */
  readonly value: string | number | boolean | bigint | Uint8Array;
}

export interface JaegerReference {
  readonly type: number;
  readonly traceIdLow: bigint;
  readonly traceIdHigh: bigint;
  readonly spanId: bigint;
}

export interface JaegerSpan {
  readonly traceIdLow: bigint;
  readonly traceIdHigh: bigint;
  readonly spanId: bigint;
  readonly parentSpanId: bigint;
  readonly operationName: string;
  readonly references?: readonly JaegerReference[];
  readonly startTime: bigint;
  readonly duration: bigint;
  readonly tags?: readonly JaegerTag[];
  readonly logs?: readonly { readonly timestamp: bigint; readonly fields: readonly JaegerTag[] }[];
}

export interface JaegerBatch {
  readonly serviceName: string;
  readonly tags?: readonly JaegerTag[];
  readonly spans: readonly JaegerSpan[];
}

export type ThriftProtocol = 'binary' | 'compact';

/** What `write` says, in bytes. */
export function writeThrift(protocol: ThriftProtocol, write: (out: Protocol) => void): Uint8Array {
  let bytes = new Uint8Array();
  const transport = new TBufferedTransport(undefined, (written) => {
    bytes = new Uint8Array(written);
  });
  write(protocol === 'binary' ? new TBinaryProtocol(transport) : new TCompactProtocol(transport));
  transport.flush();
  return bytes;
}

type Field = readonly [id: number, type: number, write: (out: Protocol) => void];

export function struct(out: Protocol, fields: readonly (Field | undefined)[]): void {
  out.writeStructBegin('');
  for (const field of fields) {
    if (field === undefined) continue;
    out.writeFieldBegin('', field[1], field[0]);
    field[2](out);
    out.writeFieldEnd();
  }
  out.writeFieldStop();
  out.writeStructEnd();
}

export function int64(value: bigint): Int64 {
  const bits = BigInt.asUintN(64, value);
  return new Int64(Number(bits >> 32n), Number(bits & 0xffffffffn));
}

const i32 = (id: number, value: number): Field => [id, THRIFT.i32, (out) => out.writeI32(value)];
const i64 = (id: number, value: bigint): Field => [id, THRIFT.i64, (out) => out.writeI64(int64(value))];
const text = (id: number, value: string): Field => [id, THRIFT.binary, (out) => out.writeString(value)];

function list<T>(id: number, items: readonly T[], write: (out: Protocol, item: T) => void): Field {
  return [
    id,
    THRIFT.list,
    (out) => {
      out.writeListBegin(THRIFT.struct, items.length);
      for (const item of items) write(out, item);
      out.writeListEnd();
    },
  ];
}

export function jaegerBatch(batch: JaegerBatch, protocol: ThriftProtocol = 'binary'): Uint8Array {
  return writeThrift(protocol, (out) =>
    struct(out, [
      [1, THRIFT.struct, () => struct(out, [text(1, batch.serviceName), batch.tags && list(2, batch.tags, writeTag)])],
      list(2, batch.spans, writeSpan),
    ]),
  );
}

function writeSpan(out: Protocol, span: JaegerSpan): void {
  struct(out, [
    i64(1, span.traceIdLow),
    i64(2, span.traceIdHigh),
    i64(3, span.spanId),
    i64(4, span.parentSpanId),
    text(5, span.operationName),
    span.references && list(6, span.references, writeReference),
    i32(7, 1),
    i64(8, span.startTime),
    i64(9, span.duration),
    span.tags && list(10, span.tags, writeTag),
    span.logs && list(11, span.logs, (_, log) => struct(out, [i64(1, log.timestamp), list(2, log.fields, writeTag)])),
  ]);
}

function writeReference(out: Protocol, reference: JaegerReference): void {
  struct(out, [
    i32(1, reference.type),
    i64(2, reference.traceIdLow),
    i64(3, reference.traceIdHigh),
    i64(4, reference.spanId),
  ]);
}

function writeTag(out: Protocol, { key, value }: JaegerTag): void {
  struct(out, [text(1, key), ...tagValue(value)]);
}

function tagValue(value: JaegerTag['value']): readonly Field[] {
  switch (typeof value) {
    case 'string':
      return [i32(2, 0), text(3, value)];
    case 'number':
      return [i32(2, 1), [4, THRIFT.double, (out) => out.writeDouble(value)]];
    case 'boolean':
      return [i32(2, 2), [5, THRIFT.bool, (out) => out.writeBool(value)]];
    case 'bigint':
      return [i32(2, 3), i64(6, value)];
    default:
      return [i32(2, 4), [7, THRIFT.binary, (out) => out.writeBinary(value)]];
  }
}
