import { describe, expect, it } from 'vitest';
import { OutcomeError } from '../outcome.ts';
import {
  loadPipeline,
  outLines,
  processPipeline,
  runLines,
  type TestLine,
  type TestPipeline,
} from './pipeline.fixture.ts';
import { withTextBudget } from './text-budget.ts';

const BUDGET = 100_000;

/** The reason for which a batch is refused; undefined where it passes. */
function refusal(pipeline: TestPipeline, lines: readonly TestLine[]): string | undefined {
  try {
    withTextBudget(BUDGET, () => runLines(pipeline, lines));
    return undefined;
  } catch (error) {
    if (error instanceof OutcomeError) return error.failure.reason;
    throw error;
  }
}

const many = (count: number, line = 'x', labels: TestLine['labels'] = { job: 'a' }) =>
  Array.from({ length: count }, (_, i) => ({ line, labels: { ...labels, n: `${i}` } }));
const TOO_LARGE = 'pipeline_output_too_large';
const big = 'b'.repeat(1000);

describe('the text that a pipeline may make of one batch', () => {
  it.each([
    [
      'a template over each line',
      `stage.template {\n source = "t"\n template = "${big}" }\n stage.output { source = "t" }`,
    ],
    ['replacements', `stage.replace {\n expression = "(x)"\n replace = "${big}" }`],
    ['a label of the stream as the line', 'stage.output { source = "wide" }'],
    [
      'structured metadata',
      `stage.template {\n source = "t"\n template = "${big}" }\n stage.structured_metadata { values = { t = "" } }`,
    ],
    ['labels of each stream', `stage.static_labels { values = { wide2 = "${big}" } }`],
  ])('is bounded over all lines: %s', (_, stages) => {
    const labels = { wide: big };
    const lines = [...many(10), ...many(200)].map((one, i) => ({ ...one, labels: { ...labels, n: `${i}` } }));
    expect(refusal(processPipeline(stages), lines.slice(0, 20))).toBeUndefined();
    expect(refusal(processPipeline(stages), lines)).toBe(TOO_LARGE);
    // A host has no bound.
    expect(runLines(processPipeline(stages), lines).received).toBe(lines.length);
  });

  it('is bounded for rules that add to the labels of streams', () => {
    const pipeline = loadPipeline(`
      spillway.receive "in" { logs = [loki.relabel.r.receiver] }
      loki.relabel "r" {
        forward_to = [loki.write.out.receiver]
        rule {
          target_label = "wide"
          replacement  = "${big}"
        }
      }
      loki.write "out" { endpoint { url = "https://loki.example/loki/api/v1/push" } }`);
    expect(refusal(pipeline, many(20))).toBeUndefined();
    expect(refusal(pipeline, many(200))).toBe(TOO_LARGE);
  });

  it('is bounded within one line, where each pack doubles the backslashes of the one before', () => {
    const packs = Array.from({ length: 40 }, () => 'stage.pack { labels = ["job"] }').join('\n');
    expect(refusal(processPipeline(packs), [{ line: '"' }])).toBe(TOO_LARGE);
  });

  it('is bounded within one line, whose values nothing sends', () => {
    const values = Array.from({ length: 200 }, (_, i) => `stage.template {\n source = "t${i}"\n template = "${big}" }`);
    expect(refusal(processPipeline(values.join('\n')), [{ line: 'x' }])).toBe(TOO_LARGE);
  });

  it('is what is left of a line: values that end with it are counted in none of the others', () => {
    const stages = `stage.template {\n source = "t"\n template = "${big}" }`;
    expect(refusal(processPipeline(stages), many(1000))).toBeUndefined();
  });

  it('does not count what came, however often it is passed on', () => {
    const lines = many(1000, big);
    const block = (name: string, next: string) => `
      loki.process "${name}" {
        forward_to = [${next}.receiver]
        stage.static_labels { values = { ${name} = "y" } }
      }`;
    const pipeline = loadPipeline(`
      spillway.receive "in" { logs = [loki.process.a.receiver] }
      ${block('a', 'loki.process.b')} ${block('b', 'loki.process.c')} ${block('c', 'loki.write.out')}
      loki.write "out" { endpoint { url = "https://loki.example/loki/api/v1/push" } }`);
    expect(refusal(pipeline, lines)).toBeUndefined();
  });

  it('is not paid for by lines that another component drops', () => {
    const pipeline = loadPipeline(`
      spillway.receive "in" { logs = [loki.process.drop.receiver, loki.process.grow.receiver] }
      loki.process "drop" {
        forward_to = [loki.write.out.receiver]
        stage.drop { expression = ".*" }
      }
      loki.process "grow" {
        forward_to = [loki.write.out.receiver]
        stage.replace {
          expression = "^(b)"
          replace    = "${big}"
        }
      }
      loki.write "out" { endpoint { url = "https://loki.example/loki/api/v1/push" } }`);
    expect(refusal(pipeline, many(200, big))).toBe(TOO_LARGE);
  });

  it('leaves nothing of a refused batch in stages that hold lines back', () => {
    const pipeline = processPipeline(
      `stage.multiline { firstline = "^start" }\n stage.template {\n source = "t"\n template = "${big}" }\n stage.output { source = "t" }`,
    );
    const before = many(300, 'start');
    expect(refusal(pipeline, before)).toBe(TOO_LARGE);
    const { outputs } = runLines(pipeline, []);
    expect(outputs).toEqual([]);
    expect(outLines(runLines(pipeline, [{ line: 'start', labels: { job: 'a', n: '0' } }]))).toHaveLength(1);
  });
});
