/**
 * OTLP logs as bytes: the pipeline counts and forwards them as they are. `decodeLogs` (otlp/logs-decode.ts) makes records
 * of them where they become Loki's lines.
 */
import { checkMessage } from '../message-shape.ts';
import { otlpJsonToProtobuf } from './json.ts';
import { logRecordShape, logsRequest } from './schema-logs.ts';
import { countOtlpItems } from './walk.ts';

/** Records of an ExportLogsServiceRequest. Throws malformed_protobuf or invalid_utf8 for one that is broken anywhere. */
export function countLogRecords(body: Uint8Array): number {
  return countOtlpItems(body, (record) => {
    checkMessage(record, logRecordShape);
    return 1;
  });
}

/** OTLP/JSON of a log export to its protobuf form. Throws malformed_json. */
export function otlpLogsJsonToProtobuf(text: string): Uint8Array<ArrayBuffer> {
  return otlpJsonToProtobuf(text, logsRequest);
}
