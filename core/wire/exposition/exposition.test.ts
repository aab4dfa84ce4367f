import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ExpositionError,
  type ExpositionFormat,
  type ExpositionSink,
  exemplarLabels,
  expositionFormat,
  helpText,
  metadataName,
  parseExposition,
  seriesLabels,
} from './exposition.ts';

const encoder = new TextEncoder();

interface Read {
  samples: { labels: Record<string, string>; value: number; timestampMs?: number; exemplar?: object }[];
  metadata: string[];
}

function read(text: string | Uint8Array, format: ExpositionFormat = 'text'): Read {
  const bytes = typeof text === 'string' ? encoder.encode(text) : text;
  const out: Read = { samples: [], metadata: [] };
  const record = (labels: readonly { name: string; value: string }[]) =>
    Object.fromEntries(labels.map((label) => [label.name, label.value]));
  parseExposition(bytes, format, {
    sample(start, end, value, timestampMs) {
      const labels = record(seriesLabels(bytes, start, end));
      out.samples.push(timestampMs === undefined ? { labels, value } : { labels, value, timestampMs });
    },
    exemplar(start, end, value, timestampMs) {
      const labels = record(exemplarLabels(bytes, start, end));
      out.samples.at(-1)!.exemplar = timestampMs === undefined ? { labels, value } : { labels, value, timestampMs };
    },
    help: (a, b, c, d) => out.metadata.push(`help ${metadataName(bytes, a, b)}: ${helpText(bytes, c, d, format)}`),
    type: (a, b, type) => out.metadata.push(`type ${metadataName(bytes, a, b)}: ${type}`),
    unit: (a, b, c, d) => out.metadata.push(`unit ${metadataName(bytes, a, b)}: ${helpText(bytes, c, d, format)}`),
  });
  return out;
}

function refusal(text: string | Uint8Array, format: ExpositionFormat = 'text'): string {
  try {
    read(text, format);
  } catch (error) {
    if (error instanceof ExpositionError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('Prometheus text format 0.0.4', () => {
  const one = (labels: Record<string, string>, value: number, timestampMs?: number) =>
    timestampMs === undefined ? [{ labels, value }] : [{ labels, value, timestampMs }];

  it.each<[string, ReturnType<typeof one>]>([
    ['up 1\n', one({ __name__: 'up' }, 1)],
    ['up 1', one({ __name__: 'up' }, 1)],
    ['up\t1\n\n\n', one({ __name__: 'up' }, 1)],
    ['up 1 1700000000123\n', one({ __name__: 'up' }, 1, 1700000000123)],
    ['up 1 \t1700000000123 \n', one({ __name__: 'up' }, 1, 1700000000123)],
    ['a:b{} 2', one({ __name__: 'a:b' }, 2)],
    ['a{b="c"} 2', one({ __name__: 'a', b: 'c' }, 2)],
    ['a{b="c",} 2', one({ __name__: 'a', b: 'c' }, 2)],
    ['a { b = "c" , d = "e" } 2', one({ __name__: 'a', b: 'c', d: 'e' }, 2)],
    ['a{b="c" d="e"} 2', one({ __name__: 'a', b: 'c', d: 'e' }, 2)],
    ['a{z="1",b="2"} 2', one({ __name__: 'a', b: '2', z: '1' }, 2)],
    ['a{b="",c="d"} 2', one({ __name__: 'a', c: 'd' }, 2)],
    [String.raw`a{b="\"\\\n\x"} 2`, one({ __name__: 'a', b: '"\\\n\\x' }, 2)],
    ['a{b="x\ny"} 2', one({ __name__: 'a', b: 'x\ny' }, 2)],
    ['a{b="héé 😀"} 2', one({ __name__: 'a', b: 'héé 😀' }, 2)],
    ['{"my.metric",b="c"} 2', one({ __name__: 'my.metric', b: 'c' }, 2)],
    ['{"my.metric"} 2', one({ __name__: 'my.metric' }, 2)],
    ['a{"b.c"="d"} 2', one({ __name__: 'a', 'b.c': 'd' }, 2)],
    ['# a comment\n#another\n#\nup 1', one({ __name__: 'up' }, 1)],
    ['# HELPER is no keyword\nup 1', one({ __name__: 'up' }, 1)],
  ])('reads %j', (text, samples) => {
    expect(read(text).samples).toEqual(samples);
  });

  it('reports help and type, with the help unescaped and untyped called unknown', () => {
    const text = '# HELP a A \\\\ b\\nc "q"\n# TYPE a counter\n#  TYPE\tb untyped\n# HELP c\n# TYPE "d.e" gauge\na 1\n';
    expect(read(text).metadata).toEqual([
      'help a: A \\ b\nc "q"',
      'type a: counter',
      'type b: unknown',
      'help c: ',
      'type d.e: gauge',
    ]);
  });

  it.each([
    ['a', 'line 1: expected a value after the metric, while reading "a"'],
    ['a 1\nb{\n', 'line 2: expected a label name or "}", while reading "b{\\n"'],
    ['a x', 'line 1: bad value "x", while reading "a x"'],
    ['a 0x1p-2', 'line 1: bad value "0x1p-2", while reading "a 0x1p-2"'],
    ['a 1_000', 'line 1: bad value "1_000", while reading "a 1_000"'],
    ['a 1e999', 'line 1: bad value "1e999", while reading "a 1e999"'],
    ['a 1\r\n', 'line 1: bad value "1\\r", while reading "a 1\\r\\n"'],
    ['a 1 -5', 'line 1: expected a timestamp in milliseconds or the line end, while reading "a 1 -"'],
    ['a 1 1.5', 'line 1: expected the line end after the timestamp, while reading "a 1 1."'],
    ['a 1 9223372036854775808', 'line 1: timestamp "9223372036854775808" does not fit in 64 bits'],
    ['a 1 2 3', 'line 1: expected the line end after the timestamp, while reading "a 1 2 3"'],
    ['a{b} 1', 'line 1: expected "=" after the label name, while reading "a{b}"'],
    ['a{b=c} 1', 'line 1: expected a quoted label value after "=", while reading "a{b=c"'],
    ['a{,} 1', 'line 1: expected a label name or "}", while reading "a{,"'],
    ['a{b="c",,} 1', 'line 1: expected a label name or "}", while reading "a{b=\\"c\\",,"'],
    ['a{b="c', 'line 1: quoted text has no closing quote, while reading "a{b=\\"c"'],
    ['a{1b="c"} 1', 'line 1: expected a label name or "}", while reading "a{1"'],
    ['a{"b"} 1', 'line 1: metric name is set twice, while reading "a{\\"b\\"}"'],
    ['{b="c"} 1', 'line 1: the sample has no metric name, while reading "{b=\\"c\\"}"'],
    ['{__name__="c"} 1', 'line 1: the sample has no metric name'],
    ['1a 1', 'line 1: expected a metric name, "{" or "#" at the start of a line, while reading "1"'],
    ['é 1', 'line 1: expected a metric name, "{" or "#" at the start of a line'],
    ['a{b="1",b="2"} 1', 'line 1: label name "b" is not unique in "a{b=\\"1\\",b=\\"2\\"}"'],
    ['a 1\nc{b="1",b="1"} 1', 'line 2: label name "b" is not unique'],
    ['# TYPE a\n', 'line 1: invalid metric type "", while reading "# TYPE a\\n"'],
    ['# TYPE a  counter\n', 'line 1: invalid metric type " counter"'],
    ['# TYPE a constructor\n', 'line 1: invalid metric type "constructor"'],
    ['# TYPE 1a counter\n', 'line 1: expected a metric name after TYPE'],
    ['# HELP \n', 'line 1: expected a metric name after HELP'],
  ])('refuses %j', (text, message) => {
    expect(refusal(text).slice(0, message.length)).toBe(message);
  });

  it('refuses label values and help texts that are not UTF-8', () => {
    const label = encoder.encode('a{b="xx"} 1');
    label.set([0xc3, 0x28], 5);
    expect(refusal(label)).toContain('line 1: invalid UTF-8 in quoted text');
    const surrogate = encoder.encode('# HELP a xxx\n');
    surrogate.set([0xed, 0xa0, 0x80], 9);
    expect(refusal(surrogate)).toContain('line 1: the help text is not valid UTF-8');
  });
});

describe('OpenMetrics 1.0', () => {
  it('reads counters, units, timestamps in seconds and exemplars', () => {
    const text = [
      '# TYPE http_seconds counter',
      '# UNIT http_seconds seconds',
      '# HELP http_seconds Said \\"so\\".',
      'http_seconds_total{code="200"} 17.5 1700000000.1239 # {trace_id="a\\"b"} 0.5 1699999999.5',
      'http_seconds_created{code="200"} 1.6e9',
      'http_seconds_bucket{le="+Inf"} 3 # {} 1',
      '# EOF',
    ].join('\n');
    expect(read(text, 'openmetrics')).toEqual({
      samples: [
        {
          labels: { __name__: 'http_seconds_total', code: '200' },
          value: 17.5,
          timestampMs: 1700000000123,
          exemplar: { labels: { trace_id: 'a"b' }, value: 0.5, timestampMs: 1699999999500 },
        },
        { labels: { __name__: 'http_seconds_created', code: '200' }, value: 1.6e9 },
        {
          labels: { __name__: 'http_seconds_bucket', le: '+Inf' },
          value: 3,
          exemplar: { labels: {}, value: 1 },
        },
      ],
      metadata: ['type http_seconds: counter', 'unit http_seconds: seconds', 'help http_seconds: Said "so".'],
    });
  });

  it('accepts an empty body that says # EOF, with or without a last newline', () => {
    expect(refusal('# EOF', 'openmetrics')).toBe('accepted');
    expect(refusal('# EOF\n', 'openmetrics')).toBe('accepted');
  });

  it.each([
    ['', 'line 1: the data does not end with "# EOF"'],
    ['a 1\n', 'line 2: the data does not end with "# EOF"'],
    ['a 1', 'line 1: the data does not end with "# EOF"'],
    ['a 1 # EOF', 'line 1: bad timestamp "#"'],
    ['# EOF\na 1\n', 'line 2: unexpected data after "# EOF"'],
    ['# EOF \n', 'line 1: unexpected data after "# EOF"'],
    ['\n# EOF', 'line 1: expected a metric name, "{" or "#" at the start of a line'],
    ['# comment\n# EOF', 'line 1: expected "# HELP ", "# TYPE ", "# UNIT " or "# EOF"'],
    ['a  1\n# EOF', 'line 1: expected a space and a value after the metric'],
    ['a\t1\n# EOF', 'line 1: expected a space and a value after the metric'],
    ['a 1 \n# EOF', 'line 1: expected a timestamp in seconds, an exemplar or the line end'],
    ['a 1 NaN\n# EOF', 'line 1: bad timestamp "NaN"'],
    ['a 1 1e300\n# EOF', 'line 1: bad timestamp "1e300"'],
    ['a{b="c" ,d="e"} 1\n# EOF', 'line 1: expected "," or "}"'],
    ['a{b="x\ny"} 1\n# EOF', 'line 1: quoted text has no closing quote'],
    ['a 1 # {"b"} 1\n# EOF', 'line 1: an exemplar has no metric name'],
    ['a 1 # {b="c"}\n# EOF', 'line 1: expected a space and a value after the exemplar labels'],
    ['a 1 # {b="c"} x\n# EOF', 'line 1: bad exemplar value "x"'],
    ['# UNIT a_seconds meters\n# EOF', 'line 1: unit "meters" is no suffix of the metric name'],
    ['# UNIT seconds seconds\n# EOF', 'line 1: unit "seconds" is no suffix of the metric name'],
    ['# TYPE a untyped\n# EOF', 'line 1: invalid metric type "untyped"'],
    ['# HELP a\n# EOF', 'line 1: expected a space and a text in HELP'],
  ])('refuses %j', (text, message) => {
    expect(refusal(text, 'openmetrics').slice(0, message.length)).toBe(message);
  });
});

describe('numbers', () => {
  it.each<[string, number]>([
    ['+Inf', Number.POSITIVE_INFINITY],
    ['-inf', Number.NEGATIVE_INFINITY],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['NaN', Number.NaN],
    ['nan', Number.NaN],
    ['-0', -0],
    ['+1.5', 1.5],
    ['1.', 1],
    ['.5', 0.5],
    ['1E+3', 1000],
    ['1e-400', 0],
    ['4.9e-324', 4.9e-324],
    ['1.7976931348623157e308', Number.MAX_VALUE],
    ['0.1234567890123456789', 0.12345678901234568],
    ['123456789012345678901234567890', 123456789012345680000000000000],
    [`0.${'0'.repeat(400)}1e401`, 1],
  ])('reads %s as Go does', (text, value) => {
    expect(read(`a ${text}`).samples[0]?.value).toBe(value);
  });

  it.each(['', '+', '-', '.', 'e5', '1e', '1e+', '1.2.3', '+nan', '-nan', 'infin', '0x10', '1f', '1 e5', '١'])(
    'refuses %j as Go does',
    (text) => {
      expect(refusal(`a ${text}`)).not.toBe('accepted');
    },
  );

  it('reads every double that JavaScript prints back to the same bits', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        expect(read(`a ${Object.is(value, -0) ? '-0' : value}`).samples[0]?.value).toBe(value);
      }),
    );
  });
});

describe('a sink that listens to samples only', () => {
  it.each<[ExpositionFormat, string]>([
    ['text', '# TYPE a constructor\n'],
    ['text', '# HELP 1a\n'],
    ['openmetrics', '# TYPE a untyped\n# EOF\n'],
    ['openmetrics', '# UNIT a b\n# EOF\n'],
    ['openmetrics', 'a 1 # {b="c"} x\n# EOF\n'],
  ])('does not make the %s parser accept %j', (format, text) => {
    expect(() => parseExposition(encoder.encode(text), format, { sample() {} })).toThrow(ExpositionError);
  });
});

describe('the known-series shortcut', () => {
  const bytes = encoder.encode('a{b="1"} 1\na{b="1"} 2\nab 3\na 4\nab{b="1"} 5\n');

  it.each<ExpositionFormat>(['text', 'openmetrics'])('never changes what %s says', (format) => {
    const body = format === 'text' ? bytes : encoder.encode(`${new TextDecoder().decode(bytes)}# EOF\n`);
    const plain: string[] = [];
    const seen: string[] = [];
    const note =
      (into: string[]): ExpositionSink['sample'] =>
      (start, end, value) => {
        into.push(`${new TextDecoder().decode(body.subarray(start, end))}=${value}`);
      };
    parseExposition(body, format, { sample: note(plain) });
    const known = ['a{b="1"}', 'ab', 'a'];
    let asked = 0;
    parseExposition(body, format, {
      sample: note(seen),
      known(start) {
        asked++;
        const rest = new TextDecoder().decode(body.subarray(start));
        return known.findLast((text) => rest.startsWith(text))?.length ?? 0;
      },
    });
    expect(seen).toEqual(plain);
    expect(asked).toBe(5);
  });
});

describe('hostile input', () => {
  const pieces = [
    'a',
    '{',
    '}',
    '"',
    '\\',
    ',',
    '=',
    ' ',
    '\t',
    '\n',
    '#',
    ' # {',
    '# HELP ',
    '# TYPE ',
    '# EOF',
    '1',
    'NaN',
    'é',
    '\0',
  ];
  it.each<ExpositionFormat>(['text', 'openmetrics'])(
    'in %s ends in samples or an ExpositionError, never else',
    (format) => {
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => encoder.encode(parts.join(''))),
      );
      fc.assert(
        fc.property(bytes, (input) => {
          const result = refusal(input, format);
          expect(result === 'accepted' || /^line \d+: /.test(result)).toBe(true);
        }),
        { numRuns: 2000 },
      );
    },
  );

  it('keeps an error message short however long the line is', () => {
    expect(refusal(`a{b="${'x'.repeat(1_000_000)}`).length).toBeLessThan(300);
  });
});

describe('expositionFormat', () => {
  it('goes by the media type and leaves the rest to the caller', () => {
    expect(expositionFormat('text/plain; version=0.0.4; charset=utf-8')).toBe('text');
    expect(expositionFormat('application/openmetrics-text; version=1.0.0')).toBe('openmetrics');
    expect(expositionFormat('text/html')).toBeUndefined();
    expect(expositionFormat(undefined)).toBeUndefined();
  });
});
