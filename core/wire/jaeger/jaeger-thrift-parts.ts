/** The small structs of jaeger.thrift: references, logs and tags. Fields that the IDL requires must be there. */
import { decodeUtf8 } from '../../bytes/utf8.ts';
import { type Attributes, NO_ID, type SpanEvent } from '../otlp/traces-encode.ts';
import { takeText } from '../span-translation.ts';
import { malformedThrift, readList, readString, readStruct, THRIFT, type ThriftReader } from './thrift.ts';

const NANOS_PER_MICRO = 1000n;
const TAG = { string: 0, double: 1, bool: 2, long: 3, binary: 4 } as const;

export interface Reference {
  readonly type: number;
  readonly traceIdLow: bigint;
  readonly traceIdHigh: bigint;
  readonly spanId: bigint;
}

export function readReference(reader: ThriftReader): Reference {
  let type: number | undefined;
  const ids: bigint[] = [];
  readStruct(reader, (id, fieldType) => {
    if (id === 1) {
      expectType(reader, fieldType, THRIFT.i32);
      type = reader.i32();
      return true;
    }
    if (id < 2 || id > 4) return false;
    expectType(reader, fieldType, THRIFT.i64);
    ids[id] = reader.i64();
    return true;
  });
  if (type === undefined || ids[2] === undefined || ids[3] === undefined || ids[4] === undefined) {
    throw malformedThrift(reader.pos, 'a reference has no refType, traceIdLow, traceIdHigh or spanId');
  }
  return { type, traceIdLow: ids[2], traceIdHigh: ids[3], spanId: ids[4] };
}

export function readLog(reader: ThriftReader): SpanEvent {
  let timeUs: bigint | undefined;
  let seenFields = false;
  const attributes: Attributes = new Map();
  readStruct(reader, (id, type) => {
    if (id === 1) {
      expectType(reader, type, THRIFT.i64);
      timeUs = reader.i64();
      return true;
    }
    if (id !== 2) return false;
    expectType(reader, type, THRIFT.list);
    seenFields = true;
    readTags(reader, attributes);
    return true;
  });
  if (timeUs === undefined || !seenFields) throw malformedThrift(reader.pos, 'a log has no timestamp or no fields');
  const name = takeText(attributes, 'event') ?? '';
  return { timeNs: toNanos(timeUs), name, attributes };
}

export function readTags(reader: ThriftReader, into: Attributes): void {
  readList(reader, THRIFT.struct, () => readTag(reader, into));
}

const TAG_VALUE_TYPES = [0, 0, 0, THRIFT.binary, THRIFT.double, THRIFT.bool, THRIFT.i64, THRIFT.binary];

/** vType says which of the value fields counts; one that is absent has the default of its type, as in Go. */
function readTag(reader: ThriftReader, into: Attributes): void {
  let key: string | undefined;
  let type: number | undefined;
  let text: Uint8Array = NO_ID;
  let double = 0;
  let bool = false;
  let long = 0n;
  let binary: Uint8Array = NO_ID;
  const at = reader.pos;
  readStruct(reader, (id, fieldType) => {
    if (id >= 3 && id <= 7) expectType(reader, fieldType, TAG_VALUE_TYPES[id]);
    switch (id) {
      case 1:
        expectType(reader, fieldType, THRIFT.binary);
        key = readString(reader);
        return true;
      case 2:
        expectType(reader, fieldType, THRIFT.i32);
        type = reader.i32();
        return true;
      case 3:
        text = reader.binary();
        return true;
      case 4:
        double = reader.double();
        return true;
      case 5:
        bool = reader.bool();
        return true;
      case 6:
        long = reader.i64();
        return true;
      case 7:
        binary = reader.binary();
        return true;
      default:
        return false;
    }
  });
  if (key === undefined || type === undefined) throw malformedThrift(at, 'a tag has no key or no vType');
  const values = { [TAG.double]: double, [TAG.bool]: bool, [TAG.long]: long, [TAG.binary]: binary };
  if (type === TAG.string) into.set(key, decodeUtf8(text));
  else into.set(key, values[type as keyof typeof values] ?? `<unknown Jaeger tag type ${type}>`);
}

export function expectType(reader: ThriftReader, type: number, expected: number): void {
  // A set is read like a list.
  if (type === expected || (type === THRIFT.set && expected === THRIFT.list)) return;
  throw malformedThrift(reader.pos, `field ${reader.fieldId} has type ${type}, expected ${expected}`);
}

export function toNanos(micros: bigint): bigint {
  return BigInt.asUintN(64, micros * NANOS_PER_MICRO);
}
