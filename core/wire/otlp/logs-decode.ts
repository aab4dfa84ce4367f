/**
 * An ExportLogsServiceRequest as objects: for what turns records into Loki's lines, and for people. Takes a body that
 * `countLogRecords` has taken; of another it throws malformed_protobuf or reads what it can.
 */
import { ByteReader } from '../../bytes/reader.ts';
import {
  idText,
  NO_SCOPE,
  type OtlpAttribute,
  type OtlpScope,
  type OtlpValue,
  readAttribute,
  readResource,
  readScope,
  readValue,
} from './values.ts';

export interface OtlpLogRecord {
  /** 0 where unknown. */
  readonly timeNs: bigint;
  readonly observedNs: bigint;
  readonly severityNumber: number;
  readonly severityText: string;
  /** Null where there is none. */
  readonly body: OtlpValue;
  readonly attributes: readonly OtlpAttribute[];
  readonly droppedAttributes: number;
  readonly flags: number;
  /** In hex; '' where there is none. */
  readonly traceId: string;
  readonly spanId: string;
  readonly eventName: string;
}

export interface OtlpScopeLogs {
  readonly scope: OtlpScope;
  readonly records: readonly OtlpLogRecord[];
}

export interface OtlpResourceLogs {
  readonly resource: readonly OtlpAttribute[];
  readonly scopes: readonly OtlpScopeLogs[];
}

export function decodeLogs(body: Uint8Array): OtlpResourceLogs[] {
  const resources: OtlpResourceLogs[] = [];
  const reader = new ByteReader(body);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) resources.push(readResourceLogs(reader.message()));
    else reader.skip(tag & 7);
  }
  return resources;
}

function readResourceLogs(reader: ByteReader): OtlpResourceLogs {
  const resource: OtlpAttribute[] = [];
  const scopes: OtlpScopeLogs[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) readResource(reader.message(), resource);
    else if (tag === 0x12) scopes.push(readScopeLogs(reader.message()));
    else reader.skip(tag & 7);
  }
  return { resource, scopes };
}

function readScopeLogs(reader: ByteReader): OtlpScopeLogs {
  let scope: Omit<OtlpScope, 'schemaUrl'> = NO_SCOPE;
  let schemaUrl = '';
  const records: OtlpLogRecord[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) scope = readScope(reader.message());
    else if (tag === 0x12) records.push(readRecord(reader.message()));
    else if (tag === 0x1a) schemaUrl = reader.string();
    else reader.skip(tag & 7);
  }
  return { scope: { ...scope, schemaUrl }, records };
}

function readRecord(reader: ByteReader): OtlpLogRecord {
  const attributes: OtlpAttribute[] = [];
  let body: OtlpValue = null;
  const record = {
    timeNs: 0n,
    observedNs: 0n,
    severityNumber: 0,
    severityText: '',
    droppedAttributes: 0,
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: '',
  };
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x09) record.timeNs = reader.fixed64();
    else if (tag === 0x10) record.severityNumber = reader.varint();
    else if (tag === 0x1a) record.severityText = reader.string();
    else if (tag === 0x2a) body = readValue(reader.message());
    else if (tag === 0x32) attributes.push(readAttribute(reader.message()));
    else if (tag === 0x38) record.droppedAttributes = reader.varint();
    else if (tag === 0x45) record.flags = reader.fixed32();
    else if (tag === 0x4a) record.traceId = idText(reader.bytes());
    else if (tag === 0x52) record.spanId = idText(reader.bytes());
    else if (tag === 0x59) record.observedNs = reader.fixed64();
    else if (tag === 0x62) record.eventName = reader.string();
    else reader.skip(tag & 7);
  }
  return { ...record, body, attributes };
}
