import { describe, expect, it } from 'vitest';
import { testDestination } from '../../core/delivery/destination.fixture.ts';
import { labelsFromRecord } from '../../core/labels/labels.ts';
import { MetricsPlan } from '../../core/pipeline/metrics-plan.ts';
import { graphChanged, type MetricsReceiver } from '../../core/pipeline/nodes.ts';
import { encodeLabelBlock, WriteRequestBuilder } from '../../core/wire/remote-write/v1.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { DebugStream } from './debug-stream.ts';
import { FlowWindow } from './flow-window.ts';
import { LiveView } from './live-view.ts';

function open(componentId: string, sampleProbability = 1, random = () => 0) {
  const texts: string[] = [];
  const clock = new ManualClock();
  const send = (text: string) => texts.push(text) > 0;
  return { texts, clock, stream: new DebugStream({ componentId, sampleProbability, clock, random, send }) };
}

describe('a debug stream', () => {
  it('takes the share that was asked for', () => {
    const draws = [0.1, 0.5, 0.9];
    const { stream } = open('c', 0.5, () => draws.shift() as number);
    expect([stream.wants(), stream.wants(), stream.wants()]).toEqual([true, false, false]);
  });

  it('takes no more than a browser can show, and tells what it leaves out', () => {
    const { stream, texts, clock } = open('c');
    for (let i = 0; i < 3000; i++) if (stream.wants()) stream.push('x');
    expect(texts.length).toBe(500);
    void clock.sleep(1000);
    clock.tick();
    expect(stream.wants()).toBe(true);
    expect(texts.at(-1)).toBe('(2500 more in a second, not shown)');
  });

  it('cuts what is longer than a person reads', () => {
    const { stream, texts } = open('c');
    stream.push('x'.repeat(100_000));
    expect(texts[0]?.length).toBe(16 * 1024 + 1);
  });
});

describe('a live view', () => {
  const body = () => {
    const builder = new WriteRequestBuilder();
    for (const job of ['a', 'b']) {
      builder.addSample(encodeLabelBlock(labelsFromRecord({ __name__: 'up', job })), 1, 1000);
    }
    return builder.take();
  };
  const writer: MetricsReceiver = {
    signal: 'metrics',
    nodes: () => [
      { kind: 'destination', componentId: 'write', destination: testDestination({ id: 'write' }), apply: () => true },
    ],
  };
  const rules: MetricsReceiver = {
    signal: 'metrics',
    nodes: () => [
      {
        kind: 'transform',
        componentId: 'relabel',
        apply: (labels) => labels.get('job') === 'a' && Boolean(labels.set('site', 'x')),
        next: () => [writer],
      },
    ],
  };
  const entry = () => [rules];

  function run(live: LiveView): void {
    graphChanged();
    const plan = new MetricsPlan(entry, { maxMemoBytes: 10_000, validate: false });
    plan.run({ body: body() }, { observer: live.metricsObserver('scrape', entry) });
  }

  it('gives sources no observer while nobody looks', () => {
    const live = new LiveView();
    expect(live.metricsObserver('scrape', entry)).toBeUndefined();
    const end = live.watchFlow(() => {});
    expect(live.metricsObserver('scrape', entry)).toBeDefined();
    end();
    expect(live.metricsObserver('scrape', entry)).toBeUndefined();
  });

  it('counts what flows on each edge, the source being the one that runs the plan', () => {
    const live = new LiveView();
    const flow = new FlowWindow('');
    live.watchFlow((...args) => flow.add(...args));
    run(live);
    expect(flow.take(2)).toEqual([
      { componentID: 'scrape', targetComponentIDs: ['relabel'], type: 'prometheus_metric', rate: 1 },
      { componentID: 'relabel', targetComponentIDs: ['write'], type: 'prometheus_metric', rate: 0.5 },
    ]);
    expect(flow.take(2)).toEqual([]);
  });

  it('shows a source its samples, a relabelling both label sets, a writer what reaches it', () => {
    const live = new LiveView();
    const streams = ['scrape', 'relabel', 'write'].map((id) => open(id));
    for (const { stream } of streams) live.watchComponent(stream, () => {});
    run(live);
    expect(streams.map(({ texts }) => texts)).toEqual([
      [
        'sample: ts=1000, labels={__name__="up", job="a"}, value=1.000000',
        'sample: ts=1000, labels={__name__="up", job="b"}, value=1.000000',
      ],
      ['{__name__="up", job="a"} => {__name__="up", job="a", site="x"}', '{__name__="up", job="b"} => {}'],
      ['sample: ts=1000, labels={__name__="up", job="a", site="x"}, value=1.000000'],
    ]);
  });

  it('looks at single series only for those who watch a component that they pass', () => {
    const live = new LiveView();
    live.watchComponent(open('elsewhere').stream, () => {});
    expect(live.metricsObserver('scrape', entry)?.series).toBeUndefined();
  });

  it('closes every stream when live debugging is switched off', () => {
    const live = new LiveView();
    live.setDebugging(true);
    let closed = 0;
    live.watchComponent(open('scrape').stream, () => void closed++);
    live.setDebugging(false);
    expect(closed).toBe(1);
    expect(live.metricsObserver('scrape', entry)).toBeUndefined();
  });
});

describe('a flow window', () => {
  it('sees a module from outside as one component, and only its own inside', () => {
    const add = (flow: FlowWindow) => {
      flow.add('scrape', 'mod.x/relabel', 'prometheus_metric', 4);
      flow.add('mod.x/relabel', 'mod.x/inner/deep', 'prometheus_metric', 4);
      flow.add('mod.x/inner/deep', 'write', 'prometheus_metric', 2);
      return flow
        .take(1)
        .map(({ componentID, targetComponentIDs, rate }) => [componentID, targetComponentIDs[0], rate]);
    };
    expect(add(new FlowWindow(''))).toEqual([
      ['scrape', 'mod.x', 4],
      ['mod.x', 'write', 2],
    ]);
    expect(add(new FlowWindow('mod.x'))).toEqual([['mod.x/relabel', 'mod.x/inner', 4]]);
  });
});
