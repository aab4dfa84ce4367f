/**
 * OTLP/JSON to OTLP/protobuf, by the mapping of the OTLP specification: ids in hex, other bytes in base64, 64-bit
 * integers as decimal strings (numbers are taken too), enums as numbers, unknown fields ignored, null is absent.
 */
import { WIRE_FIXED32, WIRE_FIXED64, WIRE_VARINT } from '../../bytes/reader.ts';
import { ByteWriter } from '../../bytes/writer.ts';
import { OutcomeError } from '../../outcome.ts';
import { MAX_MESSAGE_DEPTH } from '../message-shape.ts';
import type { OtlpField, OtlpMessage, OtlpType, ScalarType } from './schema.ts';

export function otlpJsonToProtobuf(text: string, message: OtlpMessage): Uint8Array<ArrayBuffer> {
  const writers: ByteWriter[] = [];
  writeMessage(parse(text), message, '', 0, writers);
  return writers[0].take();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformedJson('the body', error instanceof Error ? error.message : 'not JSON');
  }
}

/** Leaves the encoded message in `writers[depth]`: one writer for each level serves all messages of that level. */
function writeMessage(
  value: unknown,
  message: OtlpMessage,
  path: string,
  depth: number,
  writers: ByteWriter[],
): ByteWriter {
  if (depth > MAX_MESSAGE_DEPTH) throw malformedJson(path, `nests deeper than ${MAX_MESSAGE_DEPTH} levels`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformedJson(path === '' ? 'the body' : path, 'is not an object');
  }
  writers[depth] ??= new ByteWriter();
  const out = writers[depth].reset();
  for (const [name, item] of Object.entries(value)) {
    // Parsers of the proto3 mapping must also take the names of the .proto file.
    const field = ownField(message, name) ?? ownField(message, toCamelCase(name));
    if (field === undefined || item === null) continue;
    const fieldPath = path === '' ? name : `${path}.${name}`;
    if (!field.repeated) {
      writeField(out, field, item, fieldPath, depth, writers);
      continue;
    }
    if (!Array.isArray(item)) throw malformedJson(fieldPath, 'is not an array');
    if (isPacked(field.type)) {
      writePacked(out, field, item, fieldPath);
      continue;
    }
    for (let i = 0; i < item.length; i++) writeField(out, field, item[i], `${fieldPath}[${i}]`, depth, writers);
  }
  return out;
}

function ownField(message: OtlpMessage, name: string): OtlpField | undefined {
  return Object.hasOwn(message, name) ? message[name] : undefined;
}

function toCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function writeField(
  out: ByteWriter,
  { number, type }: OtlpField,
  value: unknown,
  path: string,
  depth: number,
  writers: ByteWriter[],
): void {
  if (typeof type === 'object' && 'message' in type) {
    const nested = writeMessage(value, type.message(), path, depth + 1, writers);
    out.bytesField(number, nested.view());
  } else {
    writeScalar(out, number, type, value, path);
  }
}

const packed = new ByteWriter();

/** Repeated numbers are one field of all values in a row, as every encoder of proto3 writes them. */
function writePacked(out: ByteWriter, { number, type }: OtlpField, items: readonly unknown[], path: string): void {
  if (items.length === 0) return;
  packed.reset();
  for (let i = 0; i < items.length; i++) writeNumber(packed, type as ScalarType, items[i], `${path}[${i}]`);
  out.bytesField(number, packed.view());
}

function isPacked(type: OtlpType): boolean {
  return typeof type === 'string' && type !== 'string' && type !== 'bytes';
}

function writeScalar(
  out: ByteWriter,
  number: number,
  type: ScalarType | Exclude<OtlpType, ScalarType | { message: unknown }>,
  value: unknown,
  path: string,
): void {
  if (typeof type === 'object') {
    if ('id' in type) out.bytesField(number, readId(value, type, path));
    else out.tag(number, 0).varint64(readEnum(value, type.names, path));
    return;
  }
  switch (type) {
    case 'string':
      if (typeof value !== 'string') throw malformedJson(path, 'is not a string');
      out.stringField(number, value);
      return;
    case 'bytes':
      out.bytesField(number, readBase64(value, path));
      return;
    default:
      writeNumber(out.tag(number, WIRE_TYPES[type]), type, value, path);
  }
}

const WIRE_TYPES: Readonly<Record<Exclude<ScalarType, 'string' | 'bytes'>, number>> = {
  bool: WIRE_VARINT,
  int64: WIRE_VARINT,
  uint32: WIRE_VARINT,
  uint64: WIRE_VARINT,
  sint32: WIRE_VARINT,
  fixed32: WIRE_FIXED32,
  fixed64: WIRE_FIXED64,
  sfixed64: WIRE_FIXED64,
  double: WIRE_FIXED64,
};

/** The value alone, without a tag. */
function writeNumber(out: ByteWriter, type: ScalarType, value: unknown, path: string): void {
  switch (type) {
    case 'bool':
      if (typeof value !== 'boolean') throw malformedJson(path, 'is not true or false');
      out.byte(value ? 1 : 0);
      return;
    case 'int64':
      out.varint64(readInteger(value, -(2n ** 63n), 2n ** 63n - 1n, path));
      return;
    case 'uint32':
      out.varint64(readInteger(value, 0n, 2n ** 32n - 1n, path));
      return;
    case 'uint64':
      out.varint64(readInteger(value, 0n, 2n ** 64n - 1n, path));
      return;
    case 'sint32':
      out.zigzag32(Number(readInteger(value, -(2n ** 31n), 2n ** 31n - 1n, path)));
      return;
    case 'fixed32':
      out.fixed32(Number(readInteger(value, 0n, 2n ** 32n - 1n, path)));
      return;
    case 'fixed64':
      out.fixed64(readInteger(value, 0n, 2n ** 64n - 1n, path));
      return;
    case 'sfixed64':
      out.fixed64(readInteger(value, -(2n ** 63n), 2n ** 63n - 1n, path));
      return;
    case 'double':
      out.double(readDouble(value, path));
      return;
    case 'string':
    case 'bytes':
      throw new Error(`BUG: ${type} is not a number`);
  }
}

function readInteger(value: unknown, min: bigint, max: bigint, path: string): bigint {
  let integer: bigint;
  if (typeof value === 'string' && /^-?[0-9]{1,20}$/.test(value)) integer = BigInt(value);
  else if (typeof value === 'number' && Number.isInteger(value)) integer = BigInt(value);
  else throw malformedJson(path, 'is not an integer');
  if (integer < min || integer > max) throw malformedJson(path, 'is out of range');
  return integer;
}

const SPECIAL_DOUBLES: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

function readDouble(value: unknown, path: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') {
    if (Object.hasOwn(SPECIAL_DOUBLES, value)) return SPECIAL_DOUBLES[value];
    if (/^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$/.test(value)) return Number(value);
  }
  throw malformedJson(path, 'is not a number');
}

function readEnum(value: unknown, names: Readonly<Record<string, number>>, path: string): bigint {
  if (typeof value === 'string' && Object.hasOwn(names, value)) return BigInt(names[value]);
  return readInteger(value, -(2n ** 31n), 2n ** 31n - 1n, path);
}

function readId(value: unknown, { id, sizes }: { id: string; sizes: readonly number[] }, path: string): Uint8Array {
  if (typeof value !== 'string' || !/^(?:[0-9a-fA-F]{2})*$/.test(value)) throw malformedJson(path, 'is not in hex');
  if (!sizes.includes(value.length / 2)) {
    throw malformedJson(path, `is a ${id} of ${value.length / 2} bytes, expected ${sizes.join(' or ')}`);
  }
  return Uint8Array.from({ length: value.length / 2 }, (_, i) => Number.parseInt(value.slice(2 * i, 2 * i + 2), 16));
}

/** Standard or URL-safe alphabet, with or without padding. */
function readBase64(value: unknown, path: string): Uint8Array {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(value))
    throw malformedJson(path, 'is not in base64');
  try {
    const binary = atob(value.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(binary, (char) => char.charCodeAt(0));
  } catch {
    throw malformedJson(path, 'is not in base64');
  }
}

function malformedJson(path: string, problem: string): OutcomeError {
  return new OutcomeError('malformed_json', `the body is not OTLP in JSON: ${shortPath(path)}: ${problem}`);
}

/** Values may nest a hundred times: the beginning and the end say where it is. */
function shortPath(path: string): string {
  return path.length <= 300 ? path : `${path.slice(0, 150)}…${path.slice(-150)}`;
}
