/**
 * Abuse case A19: whatever the bytes, a decoder answers with a value or with the one error that its caller expects. The
 * corpus holds good messages, hostile ones by name, and all that ever failed. `npm run test:fuzz` looks for more.
 */
import { describe, expect, it } from 'vitest';
import { PROTOCOLS } from '../../worker/ingest/protocols/index.ts';
import { corpusTargets, readCorpus } from './corpus.ts';
import { INPUTS } from './inputs.ts';
import { growing } from './large.ts';
import { mutate, Random } from './mutate.ts';
import { judge, TARGETS } from './targets.ts';

const MUTATIONS = 400;
const MAX_BYTES = 16 * 1024;

describe('the corpus', () => {
  it('belongs to targets that exist, and every target has one', () => {
    expect(corpusTargets()).toEqual(TARGETS.map(({ name }) => name).sort());
  });

  it.each(TARGETS)('of $name holds the inputs of inputs.ts (npm run test:fuzz -- --write-corpus)', ({ name }) => {
    const stored = readCorpus(name).map((input) => input.name);
    expect(stored).toEqual(expect.arrayContaining(Object.keys(INPUTS[name] ?? {})));
  });

  it.each(TARGETS)('of $name is taken or refused', async (target) => {
    for (const { name, bytes } of readCorpus(target.name)) {
      const verdict = await judge(target, bytes);
      if (name.startsWith('good-')) expect([name, verdict]).toEqual([name, { taken: true }]);
      if (name.startsWith('bad-')) expect([name, verdict.taken]).toEqual([name, false]);
    }
  });
});

describe('the push protocols of the gateway', () => {
  /** What reads the body of each. */
  const decoders: Readonly<Record<string, readonly string[]>> = {
    remote_write: ['snappy', 'remote-write-1', 'remote-write-2'],
    influx: ['influx'],
    pushgateway: ['pushgateway-path', 'pushgateway-text', 'pushgateway-protobuf', 'snappy-stream'],
    loki: ['loki-protobuf', 'loki-json'],
    otlp_metrics: ['otlp-metrics', 'otlp-metrics-json'],
    otlp_logs: ['otlp-logs', 'otlp-logs-json'],
    otlp_traces: ['otlp-traces', 'otlp-traces-json'],
    zipkin: ['zipkin-json', 'zipkin-protobuf'],
    jaeger: ['jaeger-thrift-binary', 'jaeger-thrift-compact'],
    pyroscope_push: ['pyroscope-push', 'pyroscope-push-json'],
    pyroscope_ingest: ['pyroscope-ingest'],
  };

  it.each([...new Set(PROTOCOLS.map(({ name }) => name))])('%s is read by targets', (name) => {
    expect(TARGETS.map((each) => each.name)).toEqual(expect.arrayContaining([...(decoders[name] ?? ['unknown'])]));
  });
});

describe('an input cut off at any byte', () => {
  it.each(TARGETS)('is taken or refused by $name', async (target) => {
    for (const { name, bytes } of readCorpus(target.name).filter((each) => each.bytes.length <= 2000)) {
      if (!name.startsWith('good-')) continue;
      for (let length = 0; length < bytes.length; length++) await judge(target, bytes.subarray(0, length));
    }
  });
});

describe('an input of ten thousand equal parts', () => {
  it.each(TARGETS)('is taken or refused by $name', async (target) => {
    for (const { make } of growing(target)) await judge(target, make(10_000));
  });
});

describe('a mutated input', () => {
  it.each(TARGETS)('is taken or refused by $name', async (target) => {
    const random = new Random(target.name.length * 7919 + 1);
    const corpus = readCorpus(target.name).map(({ bytes }) => bytes);
    let refused = 0;
    for (let i = 0; i < MUTATIONS; i++) {
      const verdict = await judge(target, mutate(random.pick(corpus), corpus, random, MAX_BYTES));
      if (!verdict.taken) refused++;
    }
    if (target.refusesNothing !== true) expect(refused).toBeGreaterThan(0);
  });
});
