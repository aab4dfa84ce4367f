import { describe, expect, it } from 'vitest';
import { compileLimits } from '../../core/limits/tenant-limits.ts';
import { countLogRecords, otlpLogsJsonToProtobuf } from '../../core/wire/otlp/logs.ts';
import { countDataPoints, otlpMetricsJsonToProtobuf } from '../../core/wire/otlp/metrics.ts';
import type { DecodedBatch } from '../ingest/protocol.ts';
import { compilePipeline } from '../tenants/compile.ts';
import type { TenantPipeline } from '../tenants/tenant-pipeline.ts';
import { writeRequest } from '../testing/gateway.ts';
import { type Comparison, comparePipelines } from './compare.ts';
import type { LiveSample } from './live-sample.ts';

const WRITERS = `
prometheus.remote_write "m" {
  endpoint { url = "https://m.example.com/push" }
}
loki.write "l" {
  endpoint { url = "https://l.example.com/push" }
}
otelcol.exporter.otlphttp "o" {
  client { endpoint = "https://o.example.com" }
}
pyroscope.write "p" {
  endpoint { url = "https://p.example.com" }
}
`;

const ALL = `${WRITERS}
spillway.receive "in" {
  metrics  = [prometheus.remote_write.m.receiver]
  logs     = [loki.write.l.receiver]
  profiles = [pyroscope.write.p.receiver]
}
`;

function pipeline(text: string): TenantPipeline {
  const compiled = compilePipeline('acme', { filename: 'p', text });
  expect(compiled.diagnostics).toEqual([]);
  return compiled.pipeline!;
}

function compare(batch: DecodedBatch, current: string | undefined, candidate: string, forced = {}): Comparison {
  const sample: LiveSample = { signal: batch.signal, batch, forced, whole: true, bytes: 1 };
  const running = current === undefined ? undefined : pipeline(current);
  return comparePipelines([sample, sample], running, pipeline(candidate), compileLimits({}), 1_000_000_000n);
}

const gauge = (name: string) => ({
  name,
  gauge: { dataPoints: [{ timeUnixNano: '1000000000', asDouble: 1, attributes: [] }] },
});

function otlpMetrics(...names: string[]): DecodedBatch {
  const resourceMetrics = [{ resource: { attributes: [] }, scopeMetrics: [{ metrics: names.map(gauge) }] }];
  const body = otlpMetricsJsonToProtobuf(JSON.stringify({ resourceMetrics }));
  return { signal: 'metrics', encoding: 'otlp', body, dataPoints: countDataPoints(body) };
}

describe('two pipelines on the same pushes', () => {
  it('that are the same differ in nothing', () => {
    const body = writeRequest([{ labels: { __name__: 'up' }, value: 1, timestampMs: 1 }]);
    expect(compare({ signal: 'metrics', body }, ALL, ALL)).toEqual({
      items: { metrics: 2 },
      leftOut: 0,
      destinations: [
        {
          destination: 'prometheus.remote_write.m',
          signal: 'metrics',
          current: { items: 2, different: 1 },
          candidate: { items: 2, different: 1 },
          changed: 0,
          gone: 0,
          added: 0,
          examples: [],
        },
      ],
      dropped: [],
      rejected: [],
    });
  });

  it('are compared push by push where OTLP becomes series', () => {
    const renaming = ALL.replace(
      'metrics  = [prometheus.remote_write.m.receiver]',
      'metrics = [prometheus.relabel.r.receiver]',
    ).concat(`
prometheus.relabel "r" {
  forward_to = [prometheus.remote_write.m.receiver]
  rule {
    source_labels = ["__name__"]
    regex         = "b"
    action        = "drop"
  }
}
`);
    const { destinations, dropped, items } = compare(otlpMetrics('a', 'b'), ALL, renaming);
    expect(items).toEqual({ metrics: 4 });
    expect(destinations).toMatchObject([{ current: { items: 4 }, candidate: { items: 2 }, gone: 2, changed: 0 }]);
    expect(destinations[0]?.examples).toEqual([{ current: 'b', candidate: null }]);
    expect(dropped).toEqual([
      { signal: 'metrics', component: 'prometheus.relabel.r', reason: 'relabel', current: 0, candidate: 2 },
    ]);
  });

  it('may send OTLP on as it came, which is counted and has no examples', () => {
    const passing = ALL.replace('metrics  = [', 'metrics = [otelcol.exporter.otlphttp.o.input, ');
    const { destinations } = compare(otlpMetrics('a'), ALL, passing);
    expect(destinations.map(({ destination, added, examples }) => [destination, added, examples])).toEqual([
      ['otelcol.exporter.otlphttp.o/metrics', 2, []],
      ['prometheus.remote_write.m', 0, []],
    ]);
    const body = otlpLogsJsonToProtobuf(
      JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'a line' } }] }] }] }),
    );
    const logs: DecodedBatch = { signal: 'logs', encoding: 'otlp', body, records: countLogRecords(body) };
    expect(compare(logs, undefined, ALL).destinations).toMatchObject([
      { destination: 'loki.write.l', current: { items: 0 }, candidate: { items: 2 }, added: 2 },
    ]);
  });

  it('see the labels that the token forces, and profiles by their labels', () => {
    const series = [
      { labels: [{ name: 'a', value: '1' }], content: { kind: 'push', samples: [new Uint8Array()] } as const },
    ];
    const { destinations } = compare({ signal: 'profiles', series }, undefined, ALL, { cluster: 'eu' });
    expect(destinations[0]?.examples).toEqual([
      { input: '{a="1"}', current: null, candidate: '{a="1", cluster="eu"}' },
    ]);
  });

  it('see lines as the pipeline of a push does: without a tenant that the sender named, and within the limits', () => {
    const stream = (labels: Record<string, string>, line: string) => ({
      labels: Object.entries(labels).map(([name, value]) => ({ name, value })),
      entries: [{ timestampNs: 1_000_000_000n, line, metadata: [] }],
    });
    const streams = [
      stream({ __tenant_id__: 'other', app: 'shop' }, 'a'),
      stream({ app: 'shop' }, 'x'.repeat(300_000)),
    ];
    const { destinations, rejected } = compare({ signal: 'logs', streams, marks: [] }, undefined, ALL);
    expect(destinations[0]?.candidate).toEqual({ items: 2, different: 1 });
    expect(destinations[0]?.examples[0]?.candidate).toBe('{app="shop"} a');
    expect(rejected).toEqual([{ signal: 'logs', component: '', reason: 'line_too_long', current: 0, candidate: 2 }]);
  });

  it('refuse samples of the far future, and profiles with too many labels, as a push does', () => {
    const body = writeRequest([{ labels: { __name__: 'up' }, value: 1, timestampMs: 86_400_000 }]);
    expect(compare({ signal: 'metrics', body }, ALL, ALL).rejected).toEqual([
      { signal: 'metrics', component: '', reason: 'too_far_in_future', current: 2, candidate: 2 },
    ]);
    const labels = Array.from({ length: 50 }, (_, i) => ({ name: `l${i}`, value: '1' }));
    const series = [{ labels, content: { kind: 'push', samples: [new Uint8Array()] } as const }];
    expect(compare({ signal: 'profiles', series }, ALL, ALL).rejected).toEqual([
      { signal: 'profiles', component: '', reason: 'max_label_names_per_series', current: 2, candidate: 2 },
    ]);
  });

  it('take at most 4,000 pieces, and what was left out is told', () => {
    const samples = Array.from({ length: 2_500 }, (_, i) => ({
      labels: { __name__: 'up', i: String(i) },
      value: 1,
      timestampMs: 1,
    }));
    const { items, leftOut } = compare({ signal: 'metrics', body: writeRequest(samples) }, ALL, ALL);
    expect([items, leftOut]).toEqual([{ metrics: 4_000 }, 1_000]);
  });
});
