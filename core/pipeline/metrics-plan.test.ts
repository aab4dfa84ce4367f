import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testDestination } from '../delivery/destination.fixture.ts';
import type { LabelsBuilder } from '../labels/labels.ts';
import { labelsFromRecord } from '../labels/labels.ts';
import { decodeWriteRequest, encodeLabelBlock, WriteRequestBuilder } from '../wire/remote-write/v1.ts';
import type { MetricsPlanResult } from './metrics-plan.ts';
import { MetricsPlan } from './metrics-plan.ts';
import type { MetricsReceiver, SeriesDestination } from './nodes.ts';
import { graphChanged } from './nodes.ts';

type LabelRecord = Record<string, string>;
type Series = readonly [labels: LabelRecord, ...values: number[]];

function bodyOf(...series: Series[]): Uint8Array {
  const builder = new WriteRequestBuilder();
  for (const [labels, ...values] of series) {
    const block = encodeLabelBlock(labelsFromRecord(labels));
    for (const value of values) builder.addSample(block, value, 1000);
  }
  return builder.take();
}

function textOf(body: Uint8Array): string[] {
  return decodeWriteRequest(body).series.map(({ labels }) =>
    labels.map(({ name, value }) => (name === '__name__' ? value : `${name}=${value}`)).join(' '),
  );
}

const destination = (name: string, apply: (labels: LabelsBuilder) => boolean = () => true): SeriesDestination => ({
  kind: 'destination',
  componentId: name,
  destination: testDestination({ id: name }),
  apply,
});
const receiver = (...nodes: ReturnType<MetricsReceiver['nodes']>[number][]): MetricsReceiver => ({
  signal: 'metrics',
  nodes: () => nodes,
});
const transform = (
  componentId: string,
  apply: (labels: LabelsBuilder) => boolean,
  ...next: MetricsReceiver[]
): MetricsReceiver => receiver({ kind: 'transform', componentId, apply, next: () => next });
const options = { maxMemoBytes: 1_000_000, validate: true };
const plan = (...entry: MetricsReceiver[]) => {
  graphChanged();
  return new MetricsPlan(() => entry, options);
};

describe('a metrics plan', () => {
  const body = bodyOf([{ __name__: 'up', job: 'a' }, 1], [{ __name__: 'up', job: 'b' }, 0], [{ __name__: 'x' }, 3, 4]);

  it('hands on the body itself when no series changes', () => {
    const result = plan(receiver(destination('mimir'))).run({ body });
    expect(result.outputs).toHaveLength(1);
    expect(result.outputs[0]).toMatchObject({ unchanged: true, series: 4, samples: 4 });
    expect(result.outputs[0].body).toBe(body);
    expect(result).toMatchObject({ received: 4, dropped: 0, drops: [], rejected: [] });
  });

  it('leaves out dropped series and counts them by component', () => {
    const keep = transform(
      'prometheus.relabel.keep',
      (labels) => labels.get('job') === 'b',
      receiver(destination('m')),
    );
    const result = plan(keep).run({ body });
    expect(textOf(result.outputs[0].body)).toEqual(['up job=b']);
    expect(result.outputs[0]).toMatchObject({ unchanged: false, series: 1, samples: 1 });
    expect(result.dropped).toBe(3);
    expect(result.drops).toEqual([
      { componentId: 'prometheus.relabel.keep', reason: 'relabel', samples: 3, series: 3 },
    ]);
  });

  it('writes changed labels sorted, and keeps every sample byte', () => {
    const builder = new WriteRequestBuilder();
    const block = encodeLabelBlock(labelsFromRecord({ __name__: 'up', job: 'a' }));
    builder.addStaleSample(block, 5);
    builder.addSample(block, 1.5, 6);
    const rename = transform('r', (labels) => Boolean(labels.set('cluster', 'eu')), receiver(destination('m')));
    const { outputs } = plan(rename).run({ body: builder.take() });
    expect(decodeWriteRequest(outputs[0].body).series).toMatchObject([
      {
        labels: [{ name: '__name__' }, { name: 'cluster', value: 'eu' }, { name: 'job' }],
        samples: [{ valueBits: 0x7ff0000000000002n, timestampMs: 5 }],
      },
      { samples: [{ valueBits: 0x3ff8000000000000n, timestampMs: 6 }] },
    ]);
  });

  it('gives each destination labels of its own', () => {
    const eu = transform('eu', (labels) => Boolean(labels.set('region', 'eu')), receiver(destination('a')));
    const result = plan(
      eu,
      receiver(
        destination('b'),
        destination('c', (l) => l.get('job') !== 'a'),
      ),
    ).run({ body });
    const texts = Object.fromEntries(result.outputs.map((output) => [output.destination.id, textOf(output.body)]));
    expect(texts).toEqual({
      a: ['up job=a region=eu', 'up job=b region=eu', 'x region=eu', 'x region=eu'],
      b: ['up job=a', 'up job=b', 'x', 'x'],
      c: ['up job=b', 'x', 'x'],
    });
    const unchanged = result.outputs.filter((output) => output.unchanged).map((output) => output.destination.id);
    expect(unchanged).toEqual(['b']);
    expect(result.dropped).toBe(0);
    expect(result.drops).toEqual([{ componentId: 'c', reason: 'relabel', samples: 1, series: 1 }]);
  });

  it('sends a series twice to a destination that two paths lead to', () => {
    const sink = receiver(destination('m'));
    const result = plan(
      sink,
      transform('r', (labels) => Boolean(labels.set('copy', '1')), sink),
    ).run({
      body: bodyOf([{ __name__: 'up' }, 1]),
    });
    expect(textOf(result.outputs[0].body)).toEqual(['up', 'up copy=1']);
    expect(result.outputs).toHaveLength(1);
  });

  it('makes one body for destinations that take the same, and sends twice what is connected twice', () => {
    const shared = (labels: LabelsBuilder) => Boolean(labels.set('cluster', 'eu'));
    const twins = receiver(destination('a', shared), destination('b', shared), destination('c'));
    const once = plan(twins).run({ body });
    const byId = Object.fromEntries(once.outputs.map((output) => [output.destination.id, output]));
    expect(byId.a.body).toBe(byId.b.body);
    expect(byId.a.series).toBe(4);
    expect(byId.c.unchanged).toBe(true);
    const twice = plan(twins, twins).run({ body });
    expect(twice.outputs.map(({ destination: { id }, series }) => [id, series])).toEqual([
      ['a', 8],
      ['b', 8],
      ['c', 8],
    ]);
  });

  it('counts what meets no receiver', () => {
    expect(plan(transform('r', () => true)).run({ body })).toMatchObject({
      outputs: [],
      dropped: 4,
      drops: [{ componentId: 'r', reason: 'no_receiver', samples: 4 }],
    });
    expect(plan().run({ body })).toMatchObject({ dropped: 4, drops: [{ componentId: '', reason: 'no_receiver' }] });
  });

  it('rejects invalid series with reason and example, and takes the others', () => {
    const result = plan(receiver(destination('m'))).run({
      body: bodyOf(
        [{ job: 'a' }, 1],
        [{ __name__: 'ok' }, 1],
        [{ __name__: 'a', '': '1' }, 1, 2],
        [{ __name__: 'b', '': '1' }, 1],
      ),
    });
    expect(textOf(result.outputs[0].body)).toEqual(['ok']);
    expect(result.rejected).toEqual([
      { reason: 'missing_metric_name', samples: 1, histograms: 0, exemplars: 0, series: 1, example: '{job="a"}' },
      {
        reason: 'label_name_invalid',
        samples: 3,
        histograms: 0,
        exemplars: 0,
        series: 3,
        example: '{="1", __name__="a"}',
      },
    ]);
    expect(result.received).toBe(5);
  });

  it('rejects duplicate names, repairs order, and leaves out empty labels', () => {
    const raw = (...pairs: [string, string][]) => encodeLabelBlock(pairs.map(([name, value]) => ({ name, value })));
    const builder = new WriteRequestBuilder();
    builder.addSample(raw(['__name__', 'a'], ['x', '1'], ['x', '2']), 1, 1);
    builder.addSample(raw(['z', '1'], ['__name__', 'b'], ['a', '2']), 1, 1);
    builder.addSample(raw(['__name__', 'c'], ['empty', '']), 1, 1);
    const result = plan(receiver(destination('m'))).run({ body: builder.take() });
    expect(textOf(result.outputs[0].body)).toEqual(['b a=2 z=1', 'c']);
    expect(result.rejected).toMatchObject([{ reason: 'duplicate_label_names', samples: 1 }]);
  });

  it('rejects labels that are not UTF-8 without spoiling the rest', () => {
    const builder = new WriteRequestBuilder();
    const block = encodeLabelBlock(labelsFromRecord({ __name__: 'a', v: 'xy' }));
    block[block.length - 1] = 0xff;
    builder.addSample(block, 1, 1);
    builder.addSample(encodeLabelBlock(labelsFromRecord({ __name__: 'fine' })), 1, 1);
    const result = plan(receiver(destination('m'))).run({ body: builder.take() });
    expect(textOf(result.outputs[0].body)).toEqual(['fine']);
    expect(result.rejected).toMatchObject([{ reason: 'invalid_utf8', samples: 1 }]);
  });

  it('decides a series anew when a graph changed, unless its own graph is frozen', () => {
    for (const frozen of [false, true]) {
      let decided = 0;
      const counting = transform('count', () => ++decided > 0, receiver(destination('m')));
      const counted = new MetricsPlan(() => [counting], { ...options, frozen });
      for (let i = 0; i < 3; i++) {
        graphChanged();
        counted.run({ body: bodyOf([{ __name__: 'up' }, i]) });
      }
      expect(decided).toBe(frozen ? 1 : 3);
    }
  });

  it('holds limits on what comes in and on what rules make of it', () => {
    const grow = transform(
      'grow',
      (l) => Boolean(l.set('big', 'x'.repeat(l.get('job') === 'b' ? 30 : 5))),
      receiver(destination('m')),
    );
    graphChanged();
    const limits = { maxLabelNames: 3, maxInfoLabelNames: 5, maxLabelNameBytes: 10, maxLabelValueBytes: 20 };
    const result = new MetricsPlan(() => [grow], { ...options, limits }).run({
      body: bodyOf(
        [{ __name__: 'up', job: 'a' }, 1],
        [{ __name__: 'up', job: 'b' }, 1],
        [{ __name__: 'up', a: '1', b: '2', c: '3' }, 1],
        [{ __name__: 'up', a_name_too_long: '1' }, 1],
        [{ __name__: 'up', a: 'ü'.repeat(11) }, 1],
      ),
    });
    expect(textOf(result.outputs[0].body)).toEqual(['up big=xxxxx job=a']);
    expect(result.rejected.map(({ reason, samples }) => [reason, samples])).toEqual([
      ['label_value_too_long', 2],
      ['max_label_names_per_series', 1],
      ['label_name_too_long', 1],
    ]);
  });

  it('forwards a request of metadata alone to every destination as it came', () => {
    const builder = new WriteRequestBuilder();
    builder.addMetadata({ type: 'counter', family: 'up', help: 'h', unit: '' });
    const metadata = builder.take();
    const dropAll = transform('r', () => false, receiver(destination('a'), destination('b')));
    const result = plan(dropAll).run({ body: metadata });
    expect(result.outputs.map(({ destination: { id }, body: sent, unchanged }) => [id, sent, unchanged])).toEqual([
      ['a', metadata, true],
      ['b', metadata, true],
    ]);
  });

  it('keeps metadata beside the series that a destination gets', () => {
    const builder = new WriteRequestBuilder();
    builder.addMetadata({ type: 'counter', family: 'first', help: '', unit: '' });
    builder.addSample(encodeLabelBlock(labelsFromRecord({ __name__: 'a' })), 1, 1);
    builder.addMetadata({ type: 'gauge', family: 'second', help: '', unit: '' });
    builder.addSample(encodeLabelBlock(labelsFromRecord({ __name__: 'b' })), 1, 1);
    const mixed = builder.take();
    const [all, some] = plan(
      receiver(
        destination('all'),
        destination('some', (l) => l.get('__name__') === 'b'),
      ),
    ).run({ body: mixed }).outputs;
    expect(all.unchanged).toBe(true);
    expect(textOf(some.body)).toEqual(['b']);
    expect(decodeWriteRequest(some.body).metadata.map(({ family }) => family)).toEqual(['first', 'second']);
  });

  it('forgets its verdicts when the graph changes', () => {
    let cluster = 'one';
    const changing = plan(transform('r', (l) => Boolean(l.set('cluster', cluster)), receiver(destination('m'))));
    const one = bodyOf([{ __name__: 'up' }, 1]);
    expect(textOf(changing.run({ body: one }).outputs[0].body)).toEqual(['up cluster=one']);
    cluster = 'two';
    expect(textOf(changing.run({ body: one }).outputs[0].body)).toEqual(['up cluster=one']);
    graphChanged();
    expect(textOf(changing.run({ body: one }).outputs[0].body)).toEqual(['up cluster=two']);
  });

  it('asks the rules once per series, however often and in whatever order it comes', () => {
    let asked = 0;
    const counting = plan(transform('r', () => ++asked > 0, receiver(destination('m'))));
    const other = bodyOf([{ __name__: 'x' }, 1], [{ __name__: 'up', job: 'a' }, 1], [{ __name__: 'up', job: 'b' }, 0]);
    for (const next of [body, body, other, body, other]) counting.run({ body: next });
    expect(asked).toBe(3);
  });

  it('is right with any memo, however small, on any stream of bodies', () => {
    const name = fc.constantFrom('up', 'down', 'left', 'right', 'bad-name');
    const labels = fc.dictionary(
      fc.constantFrom('a', 'b', 'c', 'job'),
      fc.constantFrom('', '1', '2', 'long'.repeat(9)),
    );
    const series = fc.tuple(fc.option(name), labels, fc.array(fc.nat(9), { minLength: 1, maxLength: 3 }));
    const bodies = fc.array(fc.array(series, { maxLength: 12 }), { maxLength: 6 });
    const rule = (l: LabelsBuilder) => l.get('a') !== '2' && Boolean(l.set('b', `${l.get('b')}!`));
    const entry = [
      transform(
        'r',
        rule,
        receiver(
          destination('one'),
          destination('two', (l) => Boolean(l.delete('job'))),
        ),
      ),
      receiver(destination('raw')),
    ];
    // Outputs come in the order in which destinations were first met, which depends on the past.
    const ordered = (result: MetricsPlanResult) => ({
      ...result,
      outputs: Object.fromEntries(result.outputs.map((output) => [output.destination.id, output])),
      drops: Object.fromEntries(result.drops.map((drop) => [`${drop.componentId} ${drop.reason}`, drop])),
      rejected: Object.fromEntries(result.rejected.map((rejected) => [rejected.reason, rejected])),
    });
    const toSeries = (generated: readonly (readonly [string | null, LabelRecord, number[]])[]) =>
      generated.map(
        ([metric, record, values]): Series => [{ ...(metric ? { __name__: metric } : {}), ...record }, ...values],
      );

    fc.assert(
      fc.property(bodies, fc.constantFrom(1, 600, 2000, 100_000), (stream, maxMemoBytes) => {
        const fresh = () => new MetricsPlan(() => entry, { ...options, maxMemoBytes: 1 });
        const remembering = new MetricsPlan(() => entry, { ...options, maxMemoBytes });
        for (const generated of stream) {
          const next = bodyOf(...toSeries(generated));
          const result = remembering.run({ body: next });
          expect(ordered(result)).toEqual(ordered(fresh().run({ body: next })));
          const reached = result.outputs.find((output) => output.destination.id === 'raw')?.samples ?? 0;
          const rejected = result.rejected.reduce((sum, one) => sum + one.samples, 0);
          expect(reached + rejected + result.dropped).toBe(result.received);
        }
      }),
    );
  });
});
