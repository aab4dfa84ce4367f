import { describe, expect, it } from 'vitest';
import type { OutLine, TestLine } from '../pipeline.fixture.ts';
import { outLines, processPipeline, processText, runLines, testNowNs } from '../pipeline.fixture.ts';

const job = { job: 'test' };

/** Runs lines (all of the stream {job="test"} unless they say otherwise) through the stages. */
function through(stages: string, ...lines: (string | TestLine)[]): OutLine[] {
  const given = lines.map((line) => (typeof line === 'string' ? { line } : line));
  return outLines(runLines(processPipeline(stages), given));
}

const texts = (stages: string, ...lines: (string | TestLine)[]) => through(stages, ...lines).map(({ line }) => line);
const labelsOf = (stages: string, line: string | TestLine) => through(stages, line)[0]?.labels;
const refusal = (stages: string) => {
  try {
    processPipeline(stages);
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
};

describe('stage.static_labels', () => {
  it('sets labels, and skips empty values', () => {
    const stages = 'stage.static_labels { values = { cluster = "eu", job = "", zone = "" } }';
    expect(labelsOf(stages, 'x')).toEqual({ ...job, cluster: 'eu' });
  });
  it('refuses names that Loki would refuse', () => {
    expect(refusal('stage.static_labels { values = { "not-a-label" = "x" } }')).toMatch(
      /"not-a-label" is not a valid label name/,
    );
  });
});

describe('stage.json and stage.labels', () => {
  const stages = `
    stage.json { expressions = { level = "", user = "request.user", first = "tags[0]", all = "tags", ok = "", n = "n", gone = "gone" } }
    stage.labels { values = { level = "", user = "", first = "", all = "", ok = "", number = "n", gone = "" } }`;
  it('store values by JMESPath and make labels of those that have a text', () => {
    const line = '{"level":"warn","request":{"user":"ada"},"tags":["a","b"],"ok":true,"n":1e21}';
    expect(labelsOf(stages, line)).toEqual({
      ...job,
      level: 'warn',
      user: 'ada',
      first: 'a',
      all: '["a","b"]',
      ok: 'true',
      number: '1000000000000000000000',
    });
  });
  it('let lines pass that are no JSON object', () => {
    for (const line of ['plain', '[1]', '"text"', '{"level":'])
      expect(through(stages, line)).toMatchObject([{ line, labels: job }]);
  });
  it('drop such lines when told to, and count them', () => {
    const result = runLines(processPipeline('stage.json { expressions = { a = "" }\n drop_malformed = true }'), [
      { line: 'no' },
      { line: '{}' },
    ]);
    expect(outLines(result).map(({ line }) => line)).toEqual(['{}']);
    expect(result).toMatchObject({
      received: 2,
      dropped: 1,
      drops: [{ componentId: 'loki.process.p', reason: 'malformed_json', lines: 1 }],
    });
  });
  it('parse an extracted value, and take keys by expression', () => {
    const nested = `
      stage.json { expressions = { inner = "" } }
      stage.json { source = "inner"\n regex = "^k8s_" }
      stage.labels { values = { k8s_pod = "", other = "" } }`;
    expect(labelsOf(nested, '{"inner":"{\\"k8s_pod\\":\\"p1\\",\\"other\\":\\"x\\"}"}')).toEqual({
      ...job,
      k8s_pod: 'p1',
    });
  });
  it('refuse mistakes when the configuration is loaded', () => {
    expect(refusal('stage.json { expressions = { a = "b[" } }')).toMatch(/could not compile JMES expression "b\["/);
    expect(refusal('stage.json { }')).toMatch(/JMES expression or regex is required/);
    expect(refusal('stage.json { expressions = { a = "" }\n source = "" }')).toMatch(/empty source/);
    expect(refusal('stage.labels { values = { "a-b" = "" } }')).toMatch(/valid label name/);
  });
});

describe('stage.regex', () => {
  it('stores named groups, matching anywhere', () => {
    const stages =
      'stage.regex { expression = "user=(?P<user>\\\\w+)(?P<rest> .*)?" }\n stage.labels { values = { user = "", rest = "" } }';
    expect(labelsOf(stages, 'at 10 user=ada')).toEqual({ ...job, user: 'ada' });
    expect(labelsOf(stages, 'nobody')).toEqual(job);
  });
  it('sets labels from its groups when told to', () => {
    expect(labelsOf('stage.regex { expression = "(?P<word>[a-z]+)"\n labels_from_groups = true }', '1 two')).toEqual({
      ...job,
      word: 'two',
    });
  });
  it('refuses what is not RE2', () => {
    expect(refusal('stage.regex { expression = "(?=x)" }')).toMatch(/error parsing regexp/);
  });
});

describe('stage.timestamp', () => {
  const extract = 'stage.regex { expression = "^(?P<time>\\\\S+)" }\n';
  const timesOf = (arguments_: string, ...lines: (string | TestLine)[]) =>
    through(`${extract}stage.timestamp { source = "time"\n ${arguments_} }`, ...lines).map(
      ({ timestampNs }) => timestampNs,
    );
  const at = (text: string, ns = 0n) => BigInt(Date.parse(text)) * 1_000_000n + ns;

  it('sets the time, to the nanosecond', () => {
    expect(timesOf('format = "RFC3339Nano"', '2025-05-05T01:02:03.000000007Z x')).toEqual([
      at('2025-05-05T01:02:03Z', 7n),
    ]);
  });
  it('tries fallback formats in order', () => {
    expect(timesOf('format = "RFC3339"\n fallback_formats = ["UnixMs", "Unix"]', '1735689600')).toEqual([
      at('1970-01-21T02:08:09.600Z'),
    ]);
  });
  it('keeps lines of one time in order by a nanosecond each, unless told to keep it', () => {
    const lines = ['1735689600 a', '1735689600 b', '1735689600 c'];
    const start = at('2025-01-01T00:00:00Z');
    expect(timesOf('format = "Unix"', ...lines)).toEqual([start, start + 1n, start + 2n]);
    expect(timesOf('format = "Unix"\n action_on_duplicate_timestamp = "keep"', ...lines)).toEqual([
      start,
      start,
      start,
    ]);
  });
  it('gives a line without readable time the last one of its stream plus 1 ns, or leaves it', () => {
    const lines: TestLine[] = [{ line: '1735689600' }, { line: 'junk' }, { line: 'junk', labels: { job: 'other' } }];
    const start = at('2025-01-01T00:00:00Z');
    expect(timesOf('format = "Unix"', ...lines)).toEqual([start, start + 1n, testNowNs]);
    expect(timesOf('format = "Unix"\n action_on_failure = "skip"', ...lines)).toEqual([start, testNowNs, testNowNs]);
  });
  it('refuses an unknown place', () => {
    expect(
      refusal(`${extract}stage.timestamp { source = "time"\n format = "RFC3339"\n location = "Atlantis" }`),
    ).toMatch(/unknown time zone "Atlantis"/);
  });
});

describe('stage.drop', () => {
  it.each([
    ['expression = "debug"', ['a debug line', 'info'], ['info']],
    ['longer_than = "5B"', ['12345', '123456', 'ééé'], ['12345']],
    ['source = "job"', ['x'], []],
    ['source = "missing"', ['x'], ['x']],
    ['source = "job"\n value = "test"', ['x'], []],
    ['source = "job"\n value = "tes"', ['x'], ['x']],
    ['source = "job"\n expression = "^t"\n longer_than = "1B"', ['x', 'xx'], ['x']],
    ['source = "job,missing,job"\n separator = "-"\n expression = "^test-test$"', ['x'], []],
  ])('with %s', (arguments_, lines, left) => expect(texts(`stage.drop { ${arguments_} }`, ...lines)).toEqual(left));

  it('drops by age and counts under its reason', () => {
    const pipeline = processPipeline('stage.drop { older_than = "1h"\n drop_counter_reason = "too_old" }');
    const hour = 3_600_000_000_000n;
    const result = runLines(pipeline, [
      { line: 'old', timestampNs: testNowNs - hour - 1n },
      { line: 'new', timestampNs: testNowNs - hour },
    ]);
    expect(outLines(result).map(({ line }) => line)).toEqual(['new']);
    expect(result.drops).toEqual([{ componentId: 'loki.process.p', reason: 'too_old', lines: 1 }]);
  });
  it('refuses conditions that make no sense', () => {
    expect(refusal('stage.drop { }')).toMatch(/needs a condition/);
    expect(refusal('stage.drop { value = "x" }')).toMatch(/value requires source/);
    expect(refusal('stage.drop { source = "a"\n value = "x"\n expression = "y" }')).toMatch(
      /only one of value and expression/,
    );
  });
});

describe('stage.match', () => {
  const stages =
    'stage.match { selector = "{job=\\"test\\"} |= \\"GET\\" !~ \\"health.*\\""\n stage.static_labels { values = { kind = "request" } } }';
  it('runs its stages on matching lines only', () => {
    expect(labelsOf(stages, 'GET /x')).toEqual({ ...job, kind: 'request' });
    expect(labelsOf(stages, 'GET /healthz')).toEqual(job);
    expect(labelsOf(stages, { line: 'GET /x', labels: { job: 'other' } })).toEqual({ job: 'other' });
  });
  it('drops matching lines', () => {
    expect(
      texts('stage.match { selector = "{job=~`te.*`, env!=`prod`}"\n action = "drop" }', 'x', {
        line: 'y',
        labels: { ...job, env: 'prod' },
      }),
    ).toEqual(['y']);
  });
  it.each([
    ['selector = "{job=\\"a\\"} | json"', /only line filters/],
    ['selector = "{}"', /at least one label matcher/],
    ['selector = "job"', /expected "\{"/],
    ['selector = "{job=~\\"(\\"}"', /error parsing regexp/],
  ])('refuses %s', (selector, message) =>
    expect(refusal(`stage.match { ${selector}\n action = "drop" }`)).toMatch(message),
  );
  it('wants stages to run, or none to drop', () => {
    expect(refusal('stage.match { selector = "{a=\\"b\\"}" }')).toMatch(/at least one nested stage/);
    expect(refusal('stage.match { selector = "{a=\\"b\\"}"\n action = "drop"\n stage.decolorize { } }')).toMatch(
      /cannot hold stages/,
    );
  });
});

describe('stage.output, label_drop, label_keep, tenant, structured_metadata', () => {
  it('make a value the line', () => {
    expect(
      texts(
        'stage.json { expressions = { msg = "" } }\n stage.output { source = "msg" }',
        '{"msg":"hello"}',
        '{"other":1}',
      ),
    ).toEqual(['hello', '{"other":1}']);
  });
  it('remove labels', () => {
    const line: TestLine = { line: 'x', labels: { a: '1', b: '2', c: '3' } };
    expect(labelsOf('stage.label_drop { values = ["a", "z"] }', line)).toEqual({ b: '2', c: '3' });
    expect(labelsOf('stage.label_keep { values = ["a", "z"] }', line)).toEqual({ a: '1' });
  });
  it('set the tenant from a label, a value or a source, but none that would break a header', () => {
    const line: TestLine = { line: '{"org":"team-c","bad":"a\\nb"}', labels: { team: 'b' } };
    const source = (name: string) =>
      `stage.json { expressions = { org = "", bad = "" } }\n stage.tenant { source = "${name}" }`;
    expect(labelsOf('stage.tenant { value = "a" }', line)).toMatchObject({ __tenant_id__: 'a' });
    expect(labelsOf('stage.tenant { label = "team" }', line)).toMatchObject({ __tenant_id__: 'b' });
    expect(labelsOf(source('org'), line)).toMatchObject({ __tenant_id__: 'team-c' });
    expect(labelsOf(source('bad'), line)).toEqual({ team: 'b' });
    expect(refusal('stage.tenant { value = "a"\n label = "b" }')).toMatch(/exactly one/);
  });
  it('move values and labels to structured metadata', () => {
    const stages =
      'stage.json { expressions = { trace = "" } }\n stage.structured_metadata { values = { trace_id = "trace", pod = "" } }';
    const [out] = through(stages, {
      line: '{"trace":"t1"}',
      labels: { ...job, pod: 'p' },
      metadata: { pod: 'old', keep: '1' },
    });
    expect(out).toMatchObject({ labels: job, metadata: { trace_id: 't1', pod: 'p', keep: '1' } });
    expect(
      through('stage.structured_metadata_drop { values = ["a"] }', { line: 'x', metadata: { a: '1', b: '2' } }),
    ).toMatchObject([{ metadata: { b: '2' } }]);
  });
});

describe('stage.logfmt', () => {
  it('reads pairs, quoted values and bare keys', () => {
    const stages =
      'stage.logfmt { mapping = { level = "", message = "msg", flag = "", "user" = "" } }\n stage.labels { values = { level = "", message = "", user = "" } }';
    expect(labelsOf(stages, 'level=info msg="say \\"hi\\" = ok" flag user=')).toEqual({
      ...job,
      level: 'info',
      message: 'say "hi" = ok',
    });
  });
});

describe('stage.template and stage.replace', () => {
  it('set values by Go templates', () => {
    const stages = (template: string) => `
      stage.json { expressions = { level = "", app = "" } }
      stage.template { source = "level"\n template = \`${template}\` }
      stage.labels { values = { level = "" } }`;
    const line = '{"level":"WARN","app":"api"}';
    expect(labelsOf(stages('{{ ToLower .Value }}'), line)).toMatchObject({ level: 'warn' });
    expect(labelsOf(stages('{{ .app }}-{{ .Value | ToLower | printf "%s!" }}'), line)).toMatchObject({
      level: 'api-warn!',
    });
    expect(labelsOf(stages('{{ if eq .Value "WARN" }}warning{{ else }}{{ .Value }}{{ end }}'), line)).toMatchObject({
      level: 'warning',
    });
    expect(labelsOf(stages('{{ len .Entry }}'), line)).toMatchObject({ level: '28' });
    expect(labelsOf(stages(''), line)).toEqual(job);
  });
  it('replace what groups capture', () => {
    expect(
      texts('stage.replace { expression = "password=(\\\\S+)"\n replace = "***" }', 'password=a password=bb x'),
    ).toEqual(['password=*** password=*** x']);
    expect(
      texts('stage.replace { expression = "(\\\\d+)-(\\\\d+)"\n replace = "<{{ .Value }}>" }', 'a 1-22 b'),
    ).toEqual(['a <1>-<22> b']);
    expect(texts('stage.replace { expression = "(secret)" }', 'a secret b')).toEqual(['a  b']);
    expect(
      labelsOf(
        'stage.replace { expression = "user=(?P<user>\\\\w+)"\n replace = "{{ ToUpper .Value }}" }\n stage.labels { values = { user = "" } }',
        'user=ada',
      ),
    ).toEqual({ ...job, user: 'ADA' });
  });
  it('refuse templates that cannot work', () => {
    expect(refusal('stage.template { source = "a"\n template = "{{ NoSuch .Value }}" }')).toMatch(
      /function "NoSuch" is not defined/,
    );
    expect(refusal('stage.replace { expression = "(a)"\n replace = "{{ if }}" }')).toMatch(/invalid template/);
  });
});

describe('stage.docker, stage.cri, stage.decolorize', () => {
  it('parse Docker records', () => {
    const line = '{"log":"hello\\n","stream":"stderr","time":"2025-05-05T01:02:03.000000004Z"}';
    expect(through('stage.docker { }', line, '{"log":""}')).toEqual([
      {
        line: 'hello\n',
        labels: { ...job, stream: 'stderr' },
        timestampNs: BigInt(Date.UTC(2025, 4, 5, 1, 2, 3)) * 1_000_000n + 4n,
        metadata: {},
      },
      { line: '{"log":""}', labels: job, timestampNs: testNowNs, metadata: {} },
    ]);
  });
  const cri = (flag: string, content: string, stream = 'stdout') => `2025-05-05T01:02:03Z ${stream} ${flag} ${content}`;
  it('join partial CRI lines of one stream and keep the books', () => {
    const result = runLines(
      processPipeline('stage.cri { }'),
      [cri('P', 'a '), cri('P', 'x', 'stderr'), cri('P', 'b '), cri('F', 'c'), cri('F', 'y', 'stderr'), 'free'].map(
        (line) => ({ line }),
      ),
    );
    expect(outLines(result).map(({ line, labels }) => [line, labels.stream])).toEqual([
      ['a b c', 'stdout'],
      ['xy', 'stderr'],
      ['free', undefined],
    ]);
    expect(result).toMatchObject({ received: 6, created: -3, dropped: 0 });
  });
  it('hold a partial line over batches only where a mark would bring it back, and hold the mark with it', () => {
    const pipeline = processPipeline('stage.cri { }');
    const mark = (position: string) => [{ source: 's', key: 'f', position }];
    const first = runLines(pipeline, [{ line: cri('P', 'a') }], mark('1'));
    expect(first).toMatchObject({ outputs: [], created: -1, dropped: 0 });
    const second = runLines(pipeline, [{ line: cri('F', 'b') }], mark('2'));
    expect(outLines(second).map(({ line }) => line)).toEqual(['ab']);
    expect(second.outputs[0].batch.marks.map(({ position }) => position)).toEqual(['1', '2']);
    const unmarked = runLines(pipeline, [{ line: cri('P', 'c') }]);
    expect(outLines(unmarked).map(({ line }) => line)).toEqual(['c']);
    expect(unmarked.created).toBe(0);
  });
  it('let a partial line go whose end never comes', () => {
    const pipeline = processPipeline('stage.cri { }');
    const marks = [{ source: 's', key: 'f', position: '1' }];
    runLines(pipeline, [{ line: cri('P', 'a') }], marks);
    const later = runLines(pipeline, [], marks, testNowNs + 61_000_000_000n);
    expect(outLines(later).map(({ line }) => line)).toEqual(['a']);
    expect(later.outputs[0].batch.marks).toHaveLength(2);
  });
  it('release everything when too many streams are partial', () => {
    const lines = ['stdout', 'stderr'].map((stream) => ({ line: cri('P', stream, stream) }));
    const pipeline = processPipeline('stage.cri { max_partial_lines = 1 }');
    const result = runLines(pipeline, lines, [{ source: 's', key: 'f', position: '1' }]);
    expect(outLines(result).map(({ line }) => line)).toEqual(['stdout']);
  });
  it('remove colours', () => {
    expect(texts('stage.decolorize { }', '\u001b[1;31mred\u001b[0m plain')).toEqual(['red plain']);
  });
});

describe('stage.multiline', () => {
  const mark = (position: string) => [{ source: 's', key: 'f', position }];
  const stages = 'stage.multiline { firstline = "^\\\\[" }';
  const lines = (...all: string[]) => all.map((line) => ({ line }));
  const second = 1_000_000_000n;

  it('joins lines to blocks, and lets lines before the first block pass', () => {
    const result = runLines(processPipeline(stages), lines('early', '[1] a', '  b', '[2] c', '  d\n', '  e'));
    expect(outLines(result).map(({ line }) => line)).toEqual(['early', '[1] a\n  b', '[2] c\n  d\n  e']);
    expect(result).toMatchObject({ received: 6, created: -3, dropped: 0 });
  });
  it('takes labels and time of the first line, and keeps streams apart', () => {
    const stream = (app: string, line: string, timestampNs: bigint) => ({ line, timestampNs, labels: { app } });
    const given = [stream('a', '[1]', 1n), stream('b', '[2]', 2n), stream('a', 'x', 3n), stream('b', 'y', 4n)];
    expect(outLines(runLines(processPipeline(stages), given))).toMatchObject([
      { line: '[1]\nx', timestampNs: 1n, labels: { app: 'a' } },
      { line: '[2]\ny', timestampNs: 2n, labels: { app: 'b' } },
    ]);
  });
  it('ends a block at max_lines and goes on with a new one', () => {
    const limited = 'stage.multiline {\n firstline = "^\\\\["\n max_lines = 2 }';
    expect(texts(limited, ...lines('[1]', 'a', 'b', 'c', 'd'))).toEqual(['[1]\na', 'b\nc', 'd']);
  });
  it('holds an unfinished block with its mark until the next block, or until it is due', () => {
    const pipeline = processPipeline(stages);
    const first = runLines(pipeline, lines('[1]', 'a'), mark('1'));
    expect(first.outputs).toEqual([]);
    expect(first.flushAtNs).toBe(testNowNs + 3n * second);
    const next = runLines(pipeline, lines('b', '[2]'), mark('2'), testNowNs + second);
    expect(outLines(next).map(({ line }) => line)).toEqual(['[1]\na\nb']);
    // The second mark covers the line "[2]", which is still held.
    expect(next.outputs[0].batch.marks).toEqual(mark('1'));
    expect(next.flushAtNs).toBe(testNowNs + 4n * second);
    const early = runLines(pipeline, [], [], testNowNs + 3n * second);
    expect(early.outputs).toEqual([]);
    const due = runLines(pipeline, [], [], testNowNs + 4n * second);
    expect(outLines(due).map(({ line }) => line)).toEqual(['[2]']);
    expect(due.outputs[0].batch.marks).toEqual(mark('2'));
    expect(due.flushAtNs).toBeUndefined();
  });
  it('loses nothing that it holds when its stages are replaced', () => {
    const pipeline = processPipeline(stages);
    runLines(pipeline, lines('[1]', 'a'), mark('1'));
    pipeline.reload(processText('stage.decolorize { }'));
    const result = runLines(pipeline, lines('new'), mark('2'));
    expect(outLines(result).map(({ line }) => line)).toEqual(['[1]\na', 'new']);
    expect(result.outputs[0].batch.marks).toEqual([...mark('1'), ...mark('2')]);
  });
  it('passes blocks on through the stages behind it', () => {
    expect(texts(`${stages}\n stage.replace { expression = "(\\\\n)"\n replace = " " }`, ...lines('[1]', 'a'))).toEqual(
      ['[1] a'],
    );
  });
});

describe('stage.truncate, luhn, pattern, pack, split_json', () => {
  it('cut to bytes without cutting a character', () => {
    const stages =
      'stage.truncate { rule { limit = "8B"\n suffix = "..." } }\n stage.labels { values = { truncated = "" } }';
    expect(through(stages, 'ab€def€x', 'short')).toMatchObject([
      { line: 'ab€...', labels: { truncated: 'line' } },
      { line: 'short', labels: job },
    ]);
    expect(
      labelsOf('stage.truncate { rule { limit = "2B"\n source_type = "label"\n sources = ["job"] } }', 'x'),
    ).toEqual({ job: 'te' });
    expect(refusal('stage.truncate { rule { limit = "3B"\n suffix = "..." } }')).toMatch(/limit must be greater/);
  });
  it('hide card numbers but no other numbers', () => {
    expect(texts('stage.luhn { delimiters = " -" }', 'card 4539-1488 0343 6467 id 1234567890123 ok')).toEqual([
      'card **REDACTED** id 1234567890123 ok',
    ]);
  });
  it('extract by LogQL patterns', () => {
    const stages = 'stage.pattern { pattern = "<ip> - <_> \\"<method> <path>\\""\n labels_from_groups = true }';
    expect(labelsOf(stages, '1.2.3.4 - ada "GET /x"')).toEqual({ ...job, ip: '1.2.3.4', method: 'GET', path: '/x' });
    expect(refusal('stage.pattern { pattern = "<a><b>" }')).toMatch(/consecutive captures/);
    expect(refusal('stage.pattern { pattern = "<_> x" }')).toMatch(/at least one named capture/);
  });
  it('pack labels into the line', () => {
    const [out] = through('stage.pack { labels = ["pod", "app", "none"]\n ingest_timestamp = false }', {
      line: 'say "x"',
      labels: { ...job, pod: 'p', app: 'a' },
    });
    expect(out).toMatchObject({ line: '{"app":"a","pod":"p","_entry":"say \\"x\\""}', labels: job });
  });
  it('split arrays into lines that keep their bytes, and count the new ones', () => {
    const result = runLines(processPipeline('stage.split_json { }'), [
      { line: '[{"a": "],["}, 2 ,[3,4]]' },
      { line: 'x' },
    ]);
    expect(outLines(result).map(({ line }) => line)).toEqual(['{"a": "],["}', '2', '[3,4]', 'x']);
    expect(result).toMatchObject({ received: 2, created: 2, dropped: 0 });
  });
});

describe('stage.limit and stage.sampling', () => {
  it('drop beyond a rate, by label where told to', () => {
    const pipeline = processPipeline('stage.limit { rate = 1\n burst = 2\n drop = true\n by_label_name = "app" }');
    const lines = ['a', 'a', 'a', 'b', 'a'].map((app) => ({ line: app, labels: { app } }));
    const result = runLines(pipeline, lines);
    expect(outLines(result).map(({ line }) => line)).toEqual(['a', 'a', 'b']);
    expect(result.drops).toMatchObject([{ reason: 'ratelimited', lines: 2 }]);
    expect(outLines(runLines(pipeline, lines, [], testNowNs + 1_000_000_000n))).toHaveLength(2);
    expect(refusal('stage.limit { rate = 1\n burst = 2 }')).toMatch(/not yet supported/);
  });
  it('keep about the part they are told to', () => {
    const lines = Array.from({ length: 4000 }, (_, i) => ({ line: `${i}` }));
    const kept = outLines(runLines(processPipeline('stage.sampling { rate = 0.25 }'), lines)).length;
    expect(kept).toBeGreaterThan(800);
    expect(kept).toBeLessThan(1200);
    expect(outLines(runLines(processPipeline('stage.sampling { rate = 0 }'), lines))).toHaveLength(0);
    expect(outLines(runLines(processPipeline('stage.sampling { rate = 1 }'), lines))).toHaveLength(4000);
    expect(refusal('stage.sampling { rate = 1.5 }')).toMatch(/between 0.0 and 1.0/);
  });
});

describe('stages that are not supported yet', () => {
  it.each([
    'stage.metrics { metric.counter { name = "a"\n action = "inc" } }',
    'stage.geoip { db = "x"\n source = "ip" }',
    'stage.windowsevent { }',
    'stage.eventlogmessage { }',
  ])('are refused by name: %s', (stage) => {
    expect(refusal(stage)).toMatch(/^stage\.\w+ is known to Alloy and not yet supported here$/);
  });
});
