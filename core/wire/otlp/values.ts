/**
 * Attribute values of OTLP as objects, and their texts. Texts are those of the OpenTelemetry Collector (`AsString` of its
 * pdata), because labels and lines that are made of values must be the same wherever they are made.
 */
import { type ByteReader, malformed, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from '../../bytes/reader.ts';
import { compareNames } from '../../labels/labels.ts';
import { MAX_MESSAGE_DEPTH } from '../message-shape.ts';

/** An integer is a bigint, a double is a number. */
export type OtlpValue = null | string | boolean | bigint | number | Uint8Array | readonly OtlpValue[] | OtlpMap;

export interface OtlpMap {
  readonly entries: readonly OtlpAttribute[];
}

export interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue;
}

export interface OtlpScope {
  readonly name: string;
  readonly version: string;
  readonly attributes: readonly OtlpAttribute[];
  readonly droppedAttributes: number;
  /** Of the ScopeMetrics or ScopeLogs around it. */
  readonly schemaUrl: string;
}

export const NO_SCOPE: OtlpScope = { name: '', version: '', attributes: [], droppedAttributes: 0, schemaUrl: '' };

export function readAttribute(reader: ByteReader, depth = 0): OtlpAttribute {
  let key = '';
  let value: OtlpValue = null;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) key = reader.string();
    else if (tag === 0x12) value = readValue(reader.message(), depth + 1);
    else reader.skip(tag & 7);
  }
  return { key, value };
}

export function readValue(reader: ByteReader, depth = 0): OtlpValue {
  if (depth > MAX_MESSAGE_DEPTH) throw malformed(reader.pos, `values nest deeper than ${MAX_MESSAGE_DEPTH} levels`);
  let value: OtlpValue = null;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8 + WIRE_BYTES:
        value = reader.string();
        break;
      case 16 + WIRE_VARINT:
        value = reader.varint() !== 0;
        break;
      case 24 + WIRE_VARINT:
        value = reader.int64();
        break;
      case 32 + WIRE_FIXED64:
        value = reader.double();
        break;
      case 40 + WIRE_BYTES:
        value = readList(reader.message(), depth);
        break;
      case 48 + WIRE_BYTES:
        value = { entries: readEntries(reader.message(), depth) };
        break;
      case 56 + WIRE_BYTES:
        value = reader.bytes();
        break;
      default:
        reader.skip(tag & 7);
    }
  }
  return value;
}

function readList(reader: ByteReader, depth: number): OtlpValue[] {
  const values: OtlpValue[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) values.push(readValue(reader.message(), depth + 1));
    else reader.skip(tag & 7);
  }
  return values;
}

function readEntries(reader: ByteReader, depth: number): OtlpAttribute[] {
  const entries: OtlpAttribute[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) entries.push(readAttribute(reader.message(), depth + 1));
    else reader.skip(tag & 7);
  }
  return entries;
}

/** Adds the attributes of a Resource: a resource that comes in two parts is one, as everywhere in protobuf. */
export function readResource(reader: ByteReader, attributes: OtlpAttribute[]): void {
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) attributes.push(readAttribute(reader.message()));
    else reader.skip(tag & 7);
  }
}

export function readScope(reader: ByteReader): Omit<OtlpScope, 'schemaUrl'> {
  let name = '';
  let version = '';
  let droppedAttributes = 0;
  const attributes: OtlpAttribute[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) name = reader.string();
    else if (tag === 0x12) version = reader.string();
    else if (tag === 0x1a) attributes.push(readAttribute(reader.message()));
    else if (tag === 0x20) droppedAttributes = reader.varint();
    else reader.skip(tag & 7);
  }
  return { name, version, attributes, droppedAttributes };
}

/** The value of the first attribute of this name, as the Collector's maps find it. */
export function findAttribute(attributes: readonly OtlpAttribute[], key: string): OtlpValue | undefined {
  return attributes.find((attribute) => attribute.key === key)?.value;
}

export function isMap(value: OtlpValue): value is OtlpMap {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && !isList(value);
}

export function isList(value: OtlpValue | undefined): value is readonly OtlpValue[] {
  return Array.isArray(value);
}

export function valueText(value: OtlpValue): string {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  if (typeof value === 'number') return doubleText(value);
  if (typeof value !== 'object') return String(value);
  if (value instanceof Uint8Array) return base64(value);
  return valueJson(value);
}

/** Keys sorted, of a key given twice the last: as Go writes maps. `forHtml` also escapes `<`, `>` and `&`, as `json.Marshal` does. */
export function valueJson(value: OtlpValue, forHtml = false): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return jsonText(value, forHtml);
  // JSON has no NaN and no infinities; the Collector drops the whole value for one.
  if (typeof value === 'number') return Number.isFinite(value) ? doubleText(value) : `"${value}"`;
  if (typeof value !== 'object') return String(value);
  if (value instanceof Uint8Array) return `"${base64(value)}"`;
  if (isList(value)) return `[${value.map((item) => valueJson(item, forHtml)).join(',')}]`;
  return attributesJson(value.entries, forHtml);
}

export function attributesJson(attributes: readonly OtlpAttribute[], forHtml = false): string {
  const byKey = new Map(attributes.map(({ key, value }) => [key, value]));
  const keys = [...byKey.keys()].sort(compareNames);
  return `{${keys.map((key) => `${jsonText(key, forHtml)}:${valueJson(byKey.get(key) ?? null, forHtml)}`).join(',')}}`;
}

/** Where JavaScript's JSON escapes less than Go's. */
const GO_ESCAPES: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

export function jsonText(text: string, forHtml = false): string {
  return JSON.stringify(text).replace(
    forHtml ? /[<>&\u2028\u2029]/g : /[\u2028\u2029]/g,
    (char) => GO_ESCAPES[char] ?? char,
  );
}

function doubleText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Ids in lower-case hex; an id of zeroes is no id. */
export function idText(bytes: Uint8Array): string {
  let text = '';
  let zero = true;
  for (const byte of bytes) {
    if (byte !== 0) zero = false;
    text += HEX[byte];
  }
  return zero ? '' : text;
}
