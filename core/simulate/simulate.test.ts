/**
 * Walks testdata: each folder has a pipeline.alloy, an input, the report of a simulation and its expectation.
 * UPDATE_GOLDENS=1 writes the last two. The registry is the agent's, because sources are its.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hostTestEnvironment } from '../../agent-lite/commands/test-environment.ts';
import { labelsFromRecord } from '../labels/labels.ts';
import { runLogsPlan } from '../pipeline/logs-plan.ts';
import { MetricsPlan } from '../pipeline/metrics-plan.ts';
import { sharedRegistry } from '../pipeline/registry.ts';
import { decodeWriteRequest, encodeLabelBlock, WriteRequestBuilder } from '../wire/remote-write/v1.ts';
import { diffLines, formatDiff } from './diff.ts';
import { expectationOf, significantLines } from './expectation.ts';
import { parseInput, SimulationError } from './input.ts';
import { loadSimulation, type SimulatedConfig } from './pipeline.ts';
import { formatSimulation } from './report.ts';
import { simulate } from './simulate.ts';
import { formatTime } from './time.ts';
import type { Hop, ItemState, Simulation } from './trace.ts';

const root = fileURLToPath(new URL('./testdata/', import.meta.url));
const names = readdirSync(root);
const nowNs = 1_767_312_000_000_000_000n;

function configOf(name: string, text = readFileSync(`${root}${name}/pipeline.alloy`, 'utf8')): SimulatedConfig {
  const sources = [{ filename: 'pipeline.alloy', text }];
  const env = () => undefined;
  if (name.startsWith('edge-')) {
    return { sources, side: 'edge', registry: sharedRegistry, env, constants: { tenant: 'acme' } };
  }
  return { sources, side: 'host', env, ...hostTestEnvironment(false).host };
}

function inputOf(name: string): string {
  const file = readdirSync(root + name).find((each) => each.startsWith('input.'));
  return readFileSync(`${root}${name}/${file}`, 'utf8');
}

function run(config: SimulatedConfig, input: string, from: readonly string[] = []): Simulation {
  const result = simulate(config, input, { from, labels: labelsFromRecord({ job: 'app' }), nowNs });
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'));
  return result.simulation;
}

function expectGolden(file: string, actual: string): void {
  if (process.env.UPDATE_GOLDENS === '1') writeFileSync(root + file, actual);
  expect(existsSync(root + file), `${file} is missing`).toBe(true);
  expect(actual).toBe(readFileSync(root + file, 'utf8'));
}

function delivered(hops: readonly Hop[]): { readonly destination: string; readonly state: ItemState }[] {
  return hops.flatMap(({ kind, destination = '', results }) =>
    results.flatMap(({ state, next }) => [
      ...(kind === 'destination' ? [{ destination, state }] : []),
      ...delivered(next),
    ]),
  );
}

describe('a simulation', () => {
  it.each(names)('of %s shows what every component does', (name) => {
    const simulation = run(configOf(name), inputOf(name));
    expectGolden(`${name}/report.txt`, formatSimulation(simulation));
    expectGolden(`${name}/expected.txt`, expectationOf(simulation));
  });

  it.each(['metrics-relabel', 'fork'])('of %s ends as the plan that runs', (name) => {
    const config = configOf(name);
    const { traces } = run(
      config,
      inputOf(name),
      ['prometheus.relabel.filter', 'prometheus.relabel.one'].slice(name === 'fork' ? 1 : 0).slice(0, 1),
    );
    const loaded = loadSimulation(config);
    if (!loaded.ok) throw new Error('the pipeline does not load');
    const entry = loaded.pipeline.entries('metrics', [
      name === 'fork' ? 'prometheus.relabel.one' : 'prometheus.relabel.filter',
    ]);
    const plan = new MetricsPlan(() => entry.flatMap(({ metrics }) => metrics), {
      maxMemoBytes: 10_000,
      validate: false,
    });
    for (const { input, ways } of traces) {
      const builder = new WriteRequestBuilder();
      builder.addSample(encodeLabelBlock(input?.labels ?? []), 1, 1000);
      const { outputs } = plan.run({ body: builder.take() });
      const planned = outputs.flatMap(({ destination, body }) =>
        decodeWriteRequest(body).series.map(({ labels }) => ({ destination: destination.id, labels })),
      );
      const traced = ways
        .flatMap(({ hops }) => delivered(hops))
        .map(({ destination, state }) => ({ destination, labels: state.labels }));
      expect(traced).toEqual(planned);
    }
  });

  it.each(['logs-stages', 'logs-multiline'])('of %s ends as the plan that runs', (name) => {
    const config = configOf(name);
    const { traces } = run(config, inputOf(name));
    const traced = traces.flatMap(({ ways }) => ways.flatMap(({ hops }) => delivered(hops)));
    const loaded = loadSimulation(config);
    if (!loaded.ok) throw new Error('the pipeline does not load');
    const entry = loaded.pipeline.entries('logs', []).flatMap(({ logs }) => logs);
    const { items } = parseInput(inputOf(name), {
      signal: 'logs',
      fits: new Set(['logs']),
      labels: labelsFromRecord({ job: 'app' }),
    });
    const streams = items.map(({ labels, line = '' }) => ({
      labels,
      entries: [{ line, metadata: [], timestampNs: nowNs }],
    }));
    const { outputs } = runLogsPlan(entry, { signal: 'logs', streams, marks: [] }, nowNs);
    const text = (labels: ItemState['labels'], line: string) => JSON.stringify([labels, line]);
    const planned = outputs.flatMap(({ batch }) =>
      batch.streams.flatMap(({ labels, entries }) => entries.map(({ line }) => text(labels, line))),
    );
    expect(traced.map(({ state }) => text(state.labels, state.line ?? '')).sort()).toEqual(planned.sort());
  });

  it('names the diagnostics of a configuration that does not load', () => {
    const config = configOf('host', 'prometheus.relabel "a" {\n  forward_to = [nothing.here.receiver]\n}\n');
    const result = simulate(config, 'up 1\n', { from: [], labels: [], nowNs });
    expect(result).toMatchObject({ ok: false, diagnostics: [{ message: expect.stringContaining('does not exist') }] });
  });

  it('refuses to enter at a component that is not there, and names those that are', () => {
    expect(() => run(configOf('fork'), 'up 1\n', ['prometheus.scrape.z'])).toThrow(
      new SimulationError(
        'there is no component "prometheus.scrape.z"; there are prometheus.remote_write.all, prometheus.relabel.one, prometheus.scrape.a, prometheus.scrape.b, prometheus.scrape.c',
      ),
    );
  });

  it('finds the place of a rule inside a declared component', () => {
    const text = `declare "filter" {
  argument "to" { }
  prometheus.relabel "inner" {
    rule {
      action        = "drop"
      source_labels = ["__name__"]
      regex         = "go_.*"
    }
    forward_to = argument.to.value
  }
  export "receiver" {
    value = prometheus.relabel.inner.receiver
  }
}
filter "x" {
  to = [prometheus.remote_write.all.receiver]
}
prometheus.scrape "a" {
  targets    = []
  forward_to = [filter.x.receiver]
}
prometheus.remote_write "all" {
  endpoint {
    url = "http://mimir:9009/api/v1/push"
  }
}
`;
    const report = formatSimulation(run(configOf('host', text), 'go_goroutines 1\n'));
    expect(report).toContain('filter.x/prometheus.relabel.inner');
    expect(report).toContain('x dropped by rule[0] (pipeline.alloy:4)');
  });
});

describe('parseInput', () => {
  const fits = new Set(['metrics', 'logs'] as const);
  const parse = (text: string) => parseInput(text, { fits, labels: [] });

  it.each([
    ['up{a="b"} 1', 'metrics'],
    ['# TYPE up gauge\nup 1\n# EOF\n', 'metrics'],
    ['level=info msg=hi', 'logs'],
    ['{"line": "a"}\n{"line": "b"}', 'logs'],
    ['{"msg": "a line that is JSON"}', 'logs'],
    ['{"streams": []}', 'logs'],
    ['[{"__address__": "a:1"}]', 'targets'],
    ['[{"targets": ["a:1", "b:1"], "labels": {"x": "y"}}]', 'targets'],
  ])('takes %j for %s', (text, signal) => {
    expect(parse(text).signal).toBe(signal);
  });

  it('takes a line such as GET 200 for a line where the pipeline takes no metrics', () => {
    expect(parseInput('GET 200', { fits: new Set(['logs']), labels: [] }).signal).toBe('logs');
  });

  it('makes a target of each address of a group', () => {
    const { items } = parse('[{"targets": ["a:1", "b:1"], "labels": {"x": "y"}}]');
    expect(items.map(({ labels }) => labels.map(({ name, value }) => `${name}=${value}`))).toEqual([
      ['__address__=a:1', 'x=y'],
      ['__address__=b:1', 'x=y'],
    ]);
  });

  it.each([
    ['', 'the input is empty'],
    ['up{a="b} 1\nup 2\nup 3', 'the input: '],
    ['{"line": "a", "timestamp": "yesterday"}', 'the input: line 1: timestamp must be RFC 3339 or nanoseconds'],
    ['[{"a": 1}]', 'the input: target 1 must be an object of texts'],
  ])('refuses %j', (text, message) => {
    expect(() => parse(text)).toThrow(SimulationError);
    expect(() => parse(text)).toThrow(message);
  });
});

describe('an expectation', () => {
  it('may hold comments and blank lines', () => {
    expect(significantLines('# why\n\n1. up 1\r\n   a: up 1\n')).toEqual(['1. up 1', '   a: up 1']);
  });

  it('is compared by its longest common part, and only what differs is shown with two lines around', () => {
    const shown = formatDiff(diffLines(['a', 'b', 'c', 'd', 'e', 'f'], ['a', 'b', 'c', 'd', 'x', 'f']));
    expect(shown.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
      'same c',
      'same d',
      'expected e',
      'actual x',
      'same f',
    ]);
  });

  it('shows nothing of texts that are equal', () => {
    expect(formatDiff(diffLines(['a', 'b'], ['a', 'b']))).toEqual([]);
  });
});

describe('formatTime', () => {
  it.each([
    [0n, '1970-01-01T00:00:00Z'],
    [951_782_400_000_000_000n, '2000-02-29T00:00:00Z'],
    [1_767_225_599_999_999_999n, '2025-12-31T23:59:59.999999999Z'],
    [-1n, '1969-12-31T23:59:59.999999999Z'],
  ])('writes %s as %s', (ns, text) => {
    expect(formatTime(ns)).toBe(text);
  });
});
