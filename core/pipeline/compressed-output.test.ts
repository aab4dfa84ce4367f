import fc from 'fast-check';
import native from 'snappy';
import SnappyJS from 'snappyjs';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../bytes/writer.ts';
import { snappyEncode } from '../codec/snappy.ts';
import { LabelsBuilder, labelsFromRecord } from '../labels/labels.ts';
import { compileRelabelRules } from '../relabel/compile.ts';
import { DEFAULT_RELABEL_CONFIG } from '../relabel/config.ts';
import { applyRelabelRules } from '../relabel/relabel.ts';
import { decodeWriteRequest, encodeLabelBlock, WriteRequestBuilder } from '../wire/remote-write/v1.ts';
import { MetricsPlan } from './metrics-plan.ts';
import { loadPipeline } from './pipeline.fixture.ts';

const PIPELINE = `
spillway.receive "default" { metrics = [prometheus.relabel.rules.receiver] }
prometheus.relabel "rules" {
  forward_to = [prometheus.remote_write.a.receiver, prometheus.remote_write.b.receiver]
  rule {
    source_labels = ["__name__"]
    regex         = "dropped.*"
    action        = "drop"
  }
  rule {
    source_labels = ["instance"]
    regex         = "([^:]+):.*"
    target_label  = "host"
    replacement   = "$1"
  }
  rule {
    regex  = "job"
    action = "labeldrop"
  }
  rule {
    source_labels = ["host", "__name__"]
    regex         = ".+;changed.*"
    separator     = ";"
    target_label  = "key"
  }
}
prometheus.remote_write "a" {
  endpoint { url = "http://a/push" }
}
prometheus.remote_write "b" {
  endpoint { url = "http://b/push" }
}
`;

/** The same rules, applied one series after the other. */
const RULES = compileRelabelRules(
  [
    { action: 'drop' as const, sourceLabels: ['__name__'], regex: 'dropped.*' },
    { sourceLabels: ['instance'], regex: '([^:]+):.*', targetLabel: 'host', replacement: '$1' },
    { action: 'labeldrop' as const, regex: 'job' },
    { sourceLabels: ['host', '__name__'], regex: '.+;changed.*', separator: ';', targetLabel: 'key' },
  ].map((rule) => ({ ...DEFAULT_RELABEL_CONFIG, ...rule })),
);

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly (readonly [value: number, timestampMs: number])[];
}

const names = fc.constantFrom(
  'up',
  'dropped_total',
  'changed_total',
  'changed_by_everything',
  'node_cpu_seconds_total',
);
const labels = fc
  .record({
    __name__: names,
    instance: fc.option(fc.constantFrom('host-1:9100', 'host-2.example.com:9100', 'none'), { nil: '' }),
    job: fc.option(fc.constantFrom('node', 'other'), { nil: '' }),
    mode: fc.option(fc.string({ maxLength: 90 }), { nil: '' }),
  })
  .map((record) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== '')));
const value = fc.oneof(fc.constant(0), fc.constant(1), fc.double({ noNaN: true }));
const timestamp = fc.constantFrom(0, 1_000, 1_764_000_000_000, 1_764_000_015_000);
const series: fc.Arbitrary<Series> = fc.record({
  labels,
  samples: fc.array(fc.tuple(value, timestamp), { minLength: 1, maxLength: 2 }),
});

function bodyOf(all: readonly Series[]): Uint8Array {
  const builder = new WriteRequestBuilder();
  for (const one of all) {
    const block = encodeLabelBlock(labelsFromRecord(one.labels));
    const rest = new ByteWriter();
    for (const [sample, at] of one.samples) {
      const field = new ByteWriter();
      // As Go's encoder writes them: what is zero is left out.
      if (sample !== 0 || Object.is(sample, -0)) field.tag(1, 1).double(sample);
      if (at !== 0) field.tag(2, 0).varint(at);
      rest.bytesField(2, field.view());
    }
    const whole = new ByteWriter()
      .tag(1, 2)
      .varint(block.length + rest.length)
      .bytes(block)
      .bytes(rest.view());
    builder.addRaw(whole.view(), 0, whole.length, 1, one.samples.length);
  }
  return builder.take();
}

/** Decode, relabel and encode anew: what the plan must come to by its shorter ways. */
function naively(all: readonly Series[]): Series[] {
  return all.flatMap((one) => {
    const builder = new LabelsBuilder(labelsFromRecord(one.labels));
    if (!applyRelabelRules(RULES, builder)) return [];
    return [{ ...one, labels: Object.fromEntries(builder.labels().map((label) => [label.name, label.value])) }];
  });
}

function planOf(text = PIPELINE): MetricsPlan {
  const { entry } = loadPipeline(text);
  return new MetricsPlan(() => entry.metrics, { maxMemoBytes: 60_000, validate: false, frozen: true });
}

describe('an output in compressed form', () => {
  it('holds what decoding, relabelling and encoding one by one comes to, push after push', () => {
    const plan = planOf();
    fc.assert(
      fc.property(fc.array(series, { maxLength: 30 }), fc.array(fc.nat(29), { maxLength: 6 }), (all, left) => {
        // Pushes of one sender: the same series again, some missing.
        for (const push of [all, all, all.filter((_, i) => !left.includes(i)), all]) {
          const expected = naively(push);
          const { outputs } = plan.run({ body: bodyOf(push) }, { compress: true });
          if (expected.length === 0) expect(outputs).toEqual([]);
          for (const output of outputs) {
            const compressed = output.compressed ?? snappyEncode(output.body);
            const plain = new Uint8Array(native.uncompressSync(Buffer.from(compressed)) as Buffer);
            expect(plain).toEqual(bodyOf(expected));
            expect(SnappyJS.uncompress(compressed)).toEqual(plain);
            expect(output.body).toEqual(plain);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is the same in bytes as the plain one, with metadata and unknown fields between the series', () => {
    const plan = planOf();
    const metadata = new ByteWriter().bytesField(3, new ByteWriter().varintField(1, 1).stringField(2, 'up').view());
    const push = [
      bodyOf([{ labels: { __name__: 'up', instance: 'a:1' }, samples: [[1, 1_764_000_000_000]] }]),
      metadata.view(),
      bodyOf([
        { labels: { __name__: 'dropped' }, samples: [[2, 1_764_000_000_000]] },
        { labels: { __name__: 'up', instance: 'b:1' }, samples: [[3, 1_764_000_000_000]] },
      ]),
    ];
    const body = new Uint8Array(push.flatMap((part) => [...part]));
    const [plain] = plan.run({ body }).outputs;
    for (let i = 0; i < 3; i++) {
      const [compressed] = plan.run({ body }, { compress: true }).outputs;
      expect(compressed.compressed).toBeDefined();
      expect(compressed.body).toEqual(plain.body);
    }
  });

  it('is the incoming body where nothing changes, also after one that changed', () => {
    const plan = planOf();
    const same = bodyOf([{ labels: { __name__: 'up', mode: 'idle' }, samples: [[1, 1]] }]);
    const other = bodyOf([{ labels: { __name__: 'up', job: 'node' }, samples: [[1, 1]] }]);
    for (const body of [same, other, same, same]) {
      const [output] = plan.run({ body }, { compress: true }).outputs;
      expect(output.unchanged).toBe(body === same);
      if (body === same) expect(output.body).toBe(body);
    }
  });

  it('is shared by writers that stand together and send as it is, and by no others', () => {
    const body = bodyOf([{ labels: { __name__: 'up', job: 'node' }, samples: [[1, 1]] }]);
    const [a, b] = planOf().run({ body }, { compress: true }).outputs;
    expect(a.compressed).toBe(b.compressed);
    const apart = PIPELINE.replace('metrics = [', 'metrics = [prometheus.remote_write.a.receiver, ');
    const { outputs } = planOf(apart).run({ body }, { compress: true });
    expect(outputs.map(({ destination, series }) => [destination.componentId.slice(-1), series])).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
  });
});

describe('bounds of timestamps', () => {
  const bounds = { minTimestampMs: 1_000, maxTimestampMs: 1_764_000_000_000 };

  it('take out the samples beyond, and those only', () => {
    const plan = planOf();
    fc.assert(
      fc.property(fc.array(series, { maxLength: 20 }), (all) => {
        const isIn = ([, at]: readonly [number, number]) => at >= bounds.minTimestampMs && at <= bounds.maxTimestampMs;
        const kept = all
          .map((one) => ({ ...one, samples: one.samples.filter(isIn) }))
          .filter(({ samples }) => samples.length > 0);
        const result = plan.run({ body: bodyOf(all) }, { sampleBounds: bounds });
        const [output] = result.outputs;
        expect(output === undefined ? [] : decodeWriteRequest(output.body)).toEqual(
          output === undefined ? [] : decodeWriteRequest(bodyOf(naively(kept))),
        );
        const count = (of: readonly Series[]) => of.reduce((sum, { samples }) => sum + samples.length, 0);
        expect(result.received).toBe(count(all));
        expect(result.rejected.reduce((sum, { samples }) => sum + samples, 0)).toBe(count(all) - count(kept));
      }),
    );
  });

  it('say on which side a sample was', () => {
    const body = bodyOf([
      {
        labels: { __name__: 'up' },
        samples: [
          [1, 999],
          [2, 1_764_000_015_000],
          [3, 5_000],
        ],
      },
    ]);
    const { rejected, outputs } = planOf().run({ body }, { sampleBounds: bounds });
    expect(rejected).toMatchObject([
      { reason: 'too_far_in_past', samples: 1, example: '{__name__="up"}' },
      { reason: 'too_far_in_future', samples: 1 },
    ]);
    expect(outputs[0].samples).toBe(1);
  });
});
