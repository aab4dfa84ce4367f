/** The messages of an OTLP log export. */
import type { MessageShape } from '../message-shape.ts';
import { anyValue, keyValue, many, type OtlpMessage, one, resource, scope, shapeOf } from './schema.ts';

const severityNames = Object.fromEntries([
  ['SEVERITY_NUMBER_UNSPECIFIED', 0],
  ...['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((level, group) =>
    ['', '2', '3', '4'].map((suffix, step) => [`SEVERITY_NUMBER_${level}${suffix}`, group * 4 + step + 1] as const),
  ),
]) as Readonly<Record<string, number>>;

const logRecord: OtlpMessage = {
  timeUnixNano: one(1, 'fixed64'),
  severityNumber: one(2, { names: severityNames }),
  severityText: one(3, 'string'),
  body: one(5, { message: () => anyValue }),
  attributes: many(6, () => keyValue),
  droppedAttributesCount: one(7, 'uint32'),
  flags: one(8, 'fixed32'),
  traceId: one(9, { id: 'trace id', sizes: [0, 16] }),
  spanId: one(10, { id: 'span id', sizes: [0, 8] }),
  observedTimeUnixNano: one(11, 'fixed64'),
  eventName: one(12, 'string'),
};
const scopeLogs: OtlpMessage = {
  scope: one(1, { message: () => scope }),
  logRecords: many(2, () => logRecord),
  schemaUrl: one(3, 'string'),
};
const resourceLogs: OtlpMessage = {
  resource: one(1, { message: () => resource }),
  scopeLogs: many(2, () => scopeLogs),
  schemaUrl: one(3, 'string'),
};

export const logsRequest: OtlpMessage = { resourceLogs: many(1, () => resourceLogs) };

export const logRecordShape: MessageShape = shapeOf(logRecord);
