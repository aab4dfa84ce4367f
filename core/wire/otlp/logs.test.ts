import { JsonLogsSerializer, ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { describe, expect, it } from 'vitest';
import { OutcomeError } from '../../outcome.ts';
import { countLogRecords, otlpLogsJsonToProtobuf } from './logs.ts';
import { decodeLogs } from './logs-decode.ts';
import { convertHintedLogs } from './loki-hints.ts';
import { convertLogs } from './to-loki.ts';

const NOW_NS = 1_767_225_600_000_000_000n;
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });

interface Request {
  readonly resource?: object[];
  readonly scope?: object;
  readonly records: object[];
}

const toBody = ({ resource = [], scope = {}, records }: Request) =>
  otlpLogsJsonToProtobuf(
    JSON.stringify({
      resourceLogs: [{ resource: { attributes: resource }, scopeLogs: [{ scope, logRecords: records }] }],
    }),
  );

const metadataOf = (request: Request) => {
  const [stream] = convertLogs(toBody(request), NOW_NS);
  return Object.fromEntries(stream!.entries[0]!.metadata.map(({ name, value }) => [name, value]));
};
const labelsOf = (request: Request) =>
  convertLogs(toBody(request), NOW_NS).map(({ labels }) =>
    Object.fromEntries(labels.map(({ name, value }) => [name, value])),
  );

describe('OTLP logs', () => {
  it('of the SDK are the same from JSON and from protobuf', async () => {
    const exporter = new InMemoryLogRecordExporter();
    const resource = resourceFromAttributes({ 'service.name': 'shop' });
    const provider = new LoggerProvider({ resource, processors: [new SimpleLogRecordProcessor({ exporter })] });
    const logger = provider.getLogger('lib', '1.2.3');
    logger.emit({ body: 'ünï', severityNumber: 17, severityText: 'ERROR', attributes: { a: [1, 'x'], b: { c: 0.5 } } });
    logger.emit({ body: { nested: [true, null, 'x'] }, eventName: 'checkout' });
    const records = exporter.getFinishedLogRecords();
    const binary = ProtobufLogsSerializer.serializeRequest(records)!;
    const json = otlpLogsJsonToProtobuf(new TextDecoder().decode(JsonLogsSerializer.serializeRequest(records)));
    expect([countLogRecords(binary), countLogRecords(json)]).toEqual([2, 2]);
    expect(decodeLogs(json)).toEqual(decodeLogs(binary));
    const [first, second] = decodeLogs(binary)[0]!.scopes[0]!.records;
    expect(first).toMatchObject({ body: 'ünï', severityNumber: 17, severityText: 'ERROR' });
    expect(second!.eventName).toBe('checkout');
  });
});

describe("OTLP logs as Loki's own endpoint makes lines of them", () => {
  it('are streams by the attributes that Loki indexes, and of an unknown service without any', () => {
    const resource = [text('service.name', 'shop'), text('k8s.pod.name', 'p-1'), text('host.name', 'h')];
    expect(labelsOf({ resource, records: [{}] })).toEqual([{ service_name: 'shop', k8s_pod_name: 'p-1' }]);
    expect(labelsOf({ records: [{}] })).toEqual([{ service_name: 'unknown_service' }]);
    expect(labelsOf({ resource: [text('k8s.container.name', 'web')], records: [{}] })).toEqual([
      { k8s_container_name: 'web', service_name: 'web' },
    ]);
  });

  it('carry everything else as structured metadata, the record before the resource before the scope', () => {
    const resource = [text('service.name', 'shop'), text('host.name', 'h'), text('same', 'resource')];
    const scope = { name: 'lib', version: '1', attributes: [text('same', 'scope'), text('of.scope', 's')] };
    const record = {
      timeUnixNano: '5',
      observedTimeUnixNano: '6',
      severityNumber: 9,
      severityText: 'Info',
      flags: 1,
      traceId: '0102030405060708090a0b0c0d0e0f10',
      spanId: '0102030405060708',
      attributes: [
        text('user.id', 'u'),
        { key: 'map', value: { kvlistValue: { values: [text('in.ner', 'x')] } } },
        { key: 'list', value: { arrayValue: { values: [{ intValue: '1' }, { stringValue: '<' }] } } },
      ],
      droppedAttributesCount: 2,
    };
    expect(metadataOf({ resource, scope, records: [record] })).toEqual({
      host_name: 'h',
      same: 'resource',
      scope_name: 'lib',
      scope_version: '1',
      of_scope: 's',
      user_id: 'u',
      map_in_ner: 'x',
      list: '[1,"<"]',
      observed_timestamp: '6',
      severity_number: '9',
      severity_text: 'Info',
      dropped_attributes_count: '2',
      flags: '1',
      trace_id: '0102030405060708090a0b0c0d0e0f10',
      span_id: '0102030405060708',
    });
  });

  it('bear the time of the record, else when it was seen, else now', () => {
    const records = [{ timeUnixNano: '5', observedTimeUnixNano: '6' }, { observedTimeUnixNano: '6' }, {}];
    const [stream] = convertLogs(toBody({ records }), NOW_NS);
    expect(stream!.entries.map(({ timestampNs }) => timestampNs)).toEqual([5n, 6n, NOW_NS]);
  });

  it.each([
    [{ stringValue: 'plain' }, 'plain'],
    [{ intValue: '-9007199254740993' }, '-9007199254740993'],
    [{ doubleValue: 1e21 }, '1e+21'],
    [{ boolValue: true }, 'true'],
    [{ bytesValue: 'AQID' }, 'AQID'],
    [{ kvlistValue: { values: [text('z', '<b>'), { key: 'a', value: { intValue: '1' } }] } }, '{"a":1,"z":"<b>"}'],
    [undefined, ''],
  ])('write the body %j as the line', (body, line) => {
    const [stream] = convertLogs(toBody({ records: [{ body }] }), NOW_NS);
    expect(stream!.entries[0]!.line).toBe(line);
  });

  it.each([
    [
      'a large resource for many records',
      { resource: [text('r', 'x'.repeat(100_000))], records: Array.from({ length: 1000 }, () => ({})) },
    ],
    [
      'the long name of a map of many values',
      {
        records: [
          {
            attributes: [
              {
                key: 'k'.repeat(100_000),
                value: { kvlistValue: { values: Array.from({ length: 1000 }, (_, i) => text(`${i}`, '')) } },
              },
            ],
          },
        ],
      },
    ],
  ])('refuse %s, that would become hundreds of times what came', (_what, request) => {
    const body = toBody(request);
    expect(body.length).toBeLessThan(200_000);
    for (const convert of [convertLogs, convertHintedLogs]) {
      let reason = '';
      try {
        convert(toBody({ ...request, records: request.records.map((record) => withFormat(record)) }), NOW_NS);
      } catch (error) {
        if (error instanceof OutcomeError) reason = error.failure.reason;
      }
      expect(reason).toBe('body_too_large');
    }
  });
});

const withFormat = (record: { attributes?: object[] }) => ({
  ...record,
  attributes: [...(record.attributes ?? []), text('loki.format', 'logfmt')],
});
