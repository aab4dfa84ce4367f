import { describe, expect, it } from 'vitest';
import { countLogRecords, otlpLogsJsonToProtobuf } from '../wire/otlp/logs.ts';
import { decodeLogs } from '../wire/otlp/logs-decode.ts';
import { countDataPoints, otlpMetricsJsonToProtobuf } from '../wire/otlp/metrics.ts';
import { decodeMetrics } from '../wire/otlp/metrics-decode.ts';
import { halveOtlp, isOtlpPayload } from './split-otlp.ts';

const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
const points = (...values: number[]) => ({
  dataPoints: values.map((value) => ({ timeUnixNano: '1', asInt: `${value}` })),
});

describe('halving OTLP', () => {
  it('divides metrics by data points and repeats what is around them', () => {
    const metrics = [
      { name: 'a', unit: 's', gauge: points(1) },
      { name: 'b', sum: { ...points(2, 3, 4), aggregationTemporality: 2, isMonotonic: true } },
      { name: 'empty', gauge: points() },
    ];
    const scopeMetrics = [{ scope: { name: 'lib' }, metrics, schemaUrl: 's' }];
    const body = otlpMetricsJsonToProtobuf(JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics }] }));
    const halves = halveOtlp('metrics', body);
    expect(halves.map(({ items }) => items)).toEqual([2, 2]);
    const shown = halves.map((half) => {
      expect(countDataPoints(half.body)).toBe(half.items);
      const [{ resource, scopes }] = decodeMetrics(half.body) as [ReturnType<typeof decodeMetrics>[number]];
      expect([resource[0]!.value, scopes[0]!.scope.name, scopes[0]!.scope.schemaUrl]).toEqual(['shop', 'lib', 's']);
      return scopes[0]!.metrics.map(({ name, data }) => [
        name,
        data.kind === 'none' ? [] : data.points.map((point) => ('value' in point ? point.value : 0)),
        'temporality' in data ? data.temporality : undefined,
      ]);
    });
    expect(shown).toEqual([
      [
        ['a', [1], undefined],
        ['b', [2], 2],
      ],
      [['b', [3, 4], 2]],
    ]);
  });

  it('divides logs by records, down to one that stays whole', () => {
    const logRecords = ['a', 'b', 'c'].map((stringValue) => ({ body: { stringValue } }));
    const body = otlpLogsJsonToProtobuf(JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] }));
    const halves = halveOtlp('logs', body);
    expect(halves.map((half) => countLogRecords(half.body))).toEqual([1, 2]);
    expect(decodeLogs(halves[1]!.body)[0]!.scopes[0]!.records.map((record) => record.body)).toEqual(['b', 'c']);
    expect(halveOtlp('logs', halves[0]!.body)).toEqual([]);
  });

  it('is told from other payloads of the signal by the path', () => {
    expect(isOtlpPayload({ signal: 'metrics' })).toBe(false);
    expect(isOtlpPayload({ signal: 'metrics', path: '/v1/metrics' })).toBe(true);
    expect(isOtlpPayload({ signal: 'logs', path: '/v1/logs' })).toBe(true);
    expect(isOtlpPayload({ signal: 'traces' })).toBe(true);
    expect(isOtlpPayload({ signal: 'profiles', path: '/ingest' })).toBe(false);
  });
});
