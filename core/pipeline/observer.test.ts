import { describe, expect, it } from 'vitest';
import { labelsFromRecord } from '../labels/labels.ts';
import { encodeLabelBlock, WriteRequestBuilder } from '../wire/remote-write/v1.ts';
import { runLogsPlan } from './logs-plan.ts';
import { MetricsPlan } from './metrics-plan.ts';
import type { MetricsObserver } from './observer.ts';
import { loadPipeline, streamsOf, testNowNs } from './pipeline.fixture.ts';
import { traceSeries } from './series-trace.ts';

const METRICS = `
  spillway.receive "in" { metrics = [prometheus.relabel.keep.receiver, prometheus.remote_write.all.receiver] }
  prometheus.relabel "keep" {
    forward_to = [prometheus.remote_write.kept.receiver]
    rule {
      source_labels = ["job"]
      regex         = "a"
      action        = "keep"
    }
  }
  prometheus.remote_write "kept" {
    endpoint { url = "https://one.example/api/v1/write" }
    endpoint {
      name = "second"
      url  = "https://two.example/api/v1/write"
    }
  }
  prometheus.remote_write "all" { endpoint { url = "https://all.example/api/v1/write" } }`;

function body(...jobs: string[]): Uint8Array {
  const builder = new WriteRequestBuilder();
  for (const job of jobs) builder.addSample(encodeLabelBlock(labelsFromRecord({ __name__: 'up', job })), 1, 1000);
  return builder.take();
}

function recorder() {
  const flows: Record<string, number> = {};
  const series: number[] = [];
  const observer: MetricsObserver = {
    flowed: (from, to, items) => {
      flows[`${from} > ${to}`] = (flows[`${from} > ${to}`] ?? 0) + items;
    },
    series: (_bytes, start) => void series.push(start),
  };
  return { flows, series, observer };
}

describe('an observer of metrics', () => {
  const plan = () => {
    const { entry } = loadPipeline(METRICS);
    return new MetricsPlan(() => entry.metrics, { maxMemoBytes: 100_000, validate: true });
  };

  it('sees what went over each edge, a writer with two endpoints being one', () => {
    const { flows, series, observer } = recorder();
    plan().run({ body: body('a', 'a2', 'b') }, { observer });
    expect(flows).toEqual({
      ' > prometheus.relabel.keep': 3,
      ' > prometheus.remote_write.all': 3,
      'prometheus.relabel.keep > prometheus.remote_write.kept': 1,
    });
    expect(series).toHaveLength(3);
  });

  it('sees series whose verdict was remembered before it came', () => {
    const { flows, observer } = recorder();
    const running = plan();
    running.run({ body: body('a', 'b') });
    running.run({ body: body('a', 'b') }, { observer });
    expect(flows['prometheus.relabel.keep > prometheus.remote_write.kept']).toBe(1);
  });

  it('is told of no flow by a body that turns out to be malformed', () => {
    const { flows, observer } = recorder();
    const broken = Uint8Array.of(...body('a'), 0x0a, 0x7f);
    expect(() => plan().run({ body: broken }, { observer })).toThrow();
    expect(flows).toEqual({});
  });

  it('changes nothing in the result', () => {
    const running = plan();
    const plain = running.run({ body: body('a', 'b', 'c') });
    const observed = running.run({ body: body('a', 'b', 'c') }, { observer: recorder().observer });
    expect(observed).toEqual(plain);
    expect(observed.outputs.map((output) => output.body)).toEqual(plain.outputs.map((output) => output.body));
  });
});

describe('traceSeries', () => {
  it('gives each component its labels before and after, and stops where the series is dropped', () => {
    const { entry } = loadPipeline(METRICS);
    const ids = (job: string) =>
      traceSeries(entry.metrics, labelsFromRecord({ __name__: 'up', job })).map(({ componentId, after }) =>
        after === undefined ? `${componentId} drops` : componentId,
      );
    expect(ids('b')).toEqual(['prometheus.relabel.keep drops', 'prometheus.remote_write.all']);
    expect(ids('a')).toContain('prometheus.remote_write.kept');
  });
});

describe('an observer of logs', () => {
  it('sees lines by edge and what each component made of them', () => {
    const { entry } = loadPipeline(`
      spillway.receive "in" { logs = [loki.process.p.receiver] }
      loki.process "p" {
        forward_to = [loki.write.out.receiver]
        stage.drop { expression = "debug" }
      }
      loki.write "out" { endpoint { url = "https://loki.example/loki/api/v1/push" } }`);
    const seen: string[] = [];
    const lines = streamsOf([{ line: 'debug a' }, { line: 'info b' }, { line: 'info c' }]);
    runLogsPlan(entry.logs, { signal: 'logs', streams: lines, marks: [] }, testNowNs, {
      flowed: (from, to, items) => void seen.push(`${from} > ${to} ${items}`),
      logs: (id, before, after) => void seen.push(`${id} ${before.streams.length} ${after.streams[0]?.entries.length}`),
    });
    expect(seen).toEqual([
      ' > loki.process.p 3',
      'loki.process.p 3 2',
      'loki.process.p > loki.write.out 2',
      'loki.write.out 1 2',
    ]);
  });
});
