import { describe, expect, it } from 'vitest';
import { edgeKey } from '../graph/model.ts';
import { componentHref, graphHref, placeOf } from './address.ts';
import type { ComponentView } from './api.ts';
import { FlowRates } from './flow-rates.ts';
import { headline, searchComponents, sortByHealth } from './health.ts';
import { MessageSplitter } from './stream.ts';
import { valueText } from './value-text.ts';

const view = (localID: string, state: ComponentView['health']['state'] = 'healthy', message = ''): ComponentView => ({
  name: localID,
  type: 'block',
  localID,
  moduleID: '',
  referencesTo: [],
  referencedBy: [],
  dataFlowEdgesTo: [],
  health: { state, message, updatedTime: '2026-01-01T00:00:00Z' },
  original: '',
  liveDebuggingEnabled: true,
});

describe('addresses', () => {
  it('lead back to what they were made for, whatever the id holds', () => {
    for (const id of ['prometheus.scrape.a', 'mod.x/loki.process.b', 'foreach.f/foreach_a_1/x.y', 'odd %2F?#']) {
      expect(placeOf(componentHref(id))).toEqual({ page: 'component', id });
      expect(placeOf(graphHref(id))).toEqual({ page: 'graph', moduleId: id });
    }
    expect([placeOf('/'), placeOf('/graph'), placeOf('/component')]).toEqual([
      { page: 'components' },
      { page: 'graph', moduleId: '' },
      { page: 'components' },
    ]);
  });
});

describe('a message splitter', () => {
  it('gives the same messages wherever the network cuts the stream', () => {
    const stream = 'one|;|two || ; |;||;|three|;|';
    for (let cut = 0; cut <= stream.length; cut++) {
      const splitter = new MessageSplitter();
      const messages = [...splitter.add(stream.slice(0, cut)), ...splitter.add(stream.slice(cut))];
      expect(messages).toEqual(['one', 'two || ; ', '', 'three']);
    }
  });
});

describe('flow rates', () => {
  const edges = [
    { from: 'scrape', to: 'relabel', signal: 'metrics' as const },
    { from: 'scrape', to: 'write', signal: 'metrics' as const },
  ];
  const flow = (rate: number, ...targetComponentIDs: string[]) => ({
    componentID: 'scrape',
    targetComponentIDs,
    type: 'prometheus_metric',
    rate,
  });
  const local = (id: string) => id;

  it('are the mean of what came, so that a scrape now and then is no comb', () => {
    const rates = new FlowRates();
    rates.add([flow(100, 'relabel')], 2);
    for (let i = 0; i < 4; i++) rates.add([], 2);
    expect(rates.rates(edges, local)).toEqual(
      new Map([[edgeKey({ from: 'scrape', to: 'relabel' }), [{ signal: 'metrics', perSecond: 20 }]]]),
    );
  });

  it('forget what is a minute old', () => {
    const rates = new FlowRates();
    rates.add([flow(100, 'relabel')], 2);
    for (let i = 0; i < 30; i++) rates.add([], 2);
    expect(rates.rates(edges, local).size).toBe(0);
  });

  it('of flow without named targets go to all that take it', () => {
    const rates = new FlowRates();
    rates.add([flow(5)], 2);
    expect([...rates.rates(edges, local).keys()]).toEqual(edges.map(edgeKey));
  });
});

describe('the list of components', () => {
  const components = [view('a'), view('b', 'unhealthy', 'cannot listen'), view('c', 'unknown')];

  it('shows first what needs a look', () => {
    expect(sortByHealth(components).map(({ localID }) => localID)).toEqual(['b', 'c', 'a']);
    expect(headline(components)).toEqual({ level: 'trouble', text: 'b is unhealthy', detail: 'cannot listen' });
    expect(headline([view('a')]).level).toBe('ok');
  });

  it('is searched by name, state and message', () => {
    expect(searchComponents(components, 'LISTEN unhealthy').map(({ localID }) => localID)).toEqual(['b']);
    expect(searchComponents(components, '')).toHaveLength(3);
  });
});

describe('values', () => {
  it('are written as in a configuration, long ones one item a line', () => {
    const text = (value: string) => ({ type: 'string', value }) as const;
    expect(valueText({ type: 'array', value: [text('a"b'), { type: 'number', value: 1 }] })).toBe('["a\\"b", 1]');
    expect(valueText({ type: 'object', value: [{ key: 'X-Y', value: { type: 'capsule', value: '(secret)' } }] })).toBe(
      '{"X-Y" = (secret)}',
    );
    const long = {
      key: 'list',
      value: { type: 'array', value: [text('x'.repeat(50)), text('y'.repeat(50))] },
    } as const;
    expect(valueText({ type: 'object', value: [long] })).toBe(
      `{\n  list = [\n    "${'x'.repeat(50)}",\n    "${'y'.repeat(50)}",\n  ],\n}`,
    );
  });
});
