import { Point } from '@influxdata/influxdb-client';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutcomeError } from '../../outcome.ts';
import { decodeWriteRequest, sampleValue } from '../remote-write/v1.ts';
import { sampleTexts } from '../samples.fixture.ts';
import { influxToWriteRequest } from './write.ts';

const NOW = 1_700_000_000_000;
const OPTIONS = { precision: '', nowMs: NOW, maxBytes: 1_000_000 };

const write = (text: string, precision = '') => influxToWriteRequest(text, { ...OPTIONS, precision });
const samples = (text: string, precision = '') => sampleTexts(write(text, precision).body);

describe('Influx line protocol', () => {
  it('becomes series named by measurement and field, as in Mimir', () => {
    expect(samples('cpu,host=a,region=eu usage=0.5,load=2i 1700000000123456789\nmem value=7u\n')).toEqual([
      '{__name__="cpu_usage", host="a", region="eu"} 0.5 1700000000123',
      '{__name__="cpu_load", host="a", region="eu"} 2 1700000000123',
      `{__name__="mem"} 7 ${NOW}`,
    ]);
  });

  it.each([
    ['1', 1],
    ['-1.5', -1.5],
    ['.5', 0.5],
    ['1.', 1],
    ['1e3', 1000],
    ['-2i', -2],
    ['18446744073709551615u', 2 ** 64],
    ['t', 1],
    ['True', 1],
    ['f', 0],
    ['FALSE', 0],
  ])('has the value %s as %d', (text, value) => {
    expect(samples(`m value=${text}`)).toEqual([`{__name__="m"} ${value} ${NOW}`]);
  });

  it.each([
    ['', '1700000000000000000'],
    ['ns', '1700000000000000000'],
    ['us', '1700000000000000'],
    ['u', '1700000000000000'],
    ['ms', '1700000000000'],
    ['s', '1700000000'],
    ['m', '28333333'],
    ['h', '472222'],
  ])('has times in the precision %j', (precision, time) => {
    const unit = { m: 60_000, h: 3_600_000 }[precision];
    const expected = unit === undefined ? NOW : Number(time) * unit;
    expect(samples(`m value=1 ${time}`, precision)).toEqual([`{__name__="m"} 1 ${expected}`]);
  });

  it('takes escapes, quotes with newlines, comments, blank lines and carriage returns', () => {
    const text = [
      '# a comment',
      '',
      'disk\\ free,path=/var\\,log,na\\=me=a\\ b used=1,note="two\nlines, = and \\"quotes\\"",more=2 5000000\r',
      '   temp,room=süd value=3   6000000  ',
      '7up,a.b=c 1st-field=4 7000000',
    ].join('\n');
    expect(write(text).badLines.problems).toEqual([]);
    expect(samples(text)).toEqual([
      '{__name__="disk_free_used", na_me="a b", path="/var,log"} 1 5',
      '{__name__="disk_free_more", na_me="a b", path="/var,log"} 2 5',
      '{__name__="temp", room="süd"} 3 6',
      '{__name__="_7up_1st_field", a_b="c"} 4 7',
    ]);
  });

  it('leaves text fields out, and counts them with the place of the first', () => {
    const result = write('a value=1\nsystem uptime_format="1 day",users=2i,os="x"\n');
    expect(result).toMatchObject({
      samples: 2,
      textFields: { count: 2, example: 'line 2: field "uptime_format" is a text' },
    });
  });

  it('leaves each bad line out, tells its number and takes the others', () => {
    const bad: [string, string][] = [
      ['cpu', 'it has no fields'],
      ['cpu,host=a', 'it has no fields'],
      [',host=a v=1', 'the measurement is missing'],
      ['cpu,host v=1', 'tag "host" has no value'],
      ['cpu,host= v=1', 'tag "host" has no value'],
      ['cpu,=a v=1', 'a tag has no name'],
      ['cpu,a=b=c v=1', 'the value of tag "a" has an "=" without a backslash'],
      ['cpu v', 'field "v" has no value'],
      ['cpu =1', 'it has no fields'],
      ['cpu v=1,', 'a field has no name'],
      ['cpu v=', 'field "v" has the value ""'],
      ['cpu v=NaN', 'field "v" has the value "NaN"'],
      ['cpu v=0x10', 'field "v" has the value "0x10"'],
      ['cpu v=1e999', 'field "v" has the value "1e999"'],
      ['cpu v=9223372036854775808i', 'field "v" has the value "9223372036854775808i"'],
      ['cpu v=-1u', 'field "v" has the value "-1u"'],
      ['cpu v=1 yesterday', 'the timestamp is "yesterday"'],
      ['cpu v=1 5 6', 'something follows the timestamp'],
      ['cpu,a.b=1,a-b=2 v=1', 'two tags become the label "a_b"'],
    ];
    const text = bad.map(([line]) => `${line}\nok value=1 5000000\n`).join('');
    const result = write(text);
    expect(result.badLines.problems).toEqual(bad.map(([, problem], i) => `line ${2 * i + 1}: ${problem}`));
    expect(sampleTexts(result.body)).toEqual(bad.map(() => '{__name__="ok"} 1 5'));
  });

  it('lets quotes that are not closed cost their line only', () => {
    const result = write('a v="never closed\nb value=2 5000000\n');
    expect(result.badLines.problems).toEqual(['line 1: the quotes of field "v" are not closed']);
    expect(sampleTexts(result.body)).toEqual(['{__name__="b"} 2 5']);
  });

  it('is refused where the precision is none, or where its series become too large', () => {
    expect(() => write('a v=1', 'days')).toThrow('precision="days" is not one of ns, us, ms, s, m and h');
    const lines = 'a v=1\n'.repeat(1000);
    const square = `a,t=${'x'.repeat(1000)} ${'v=1,'.repeat(1000)}v=1`;
    for (const text of [lines, square]) {
      expect(() => influxToWriteRequest(text, { ...OPTIONS, maxBytes: 10_000 })).toThrow(OutcomeError);
    }
  });
});

const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter((text) => !/[\\\n\r\t]/.test(text));
const name = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_ ,=]{0,8}[a-zA-Z0-9]$/);

describe("what InfluxDB's own client writes", () => {
  it('is read as it was meant', () => {
    const point = fc.record({
      measurement: name,
      tags: fc.dictionary(name, word, { maxKeys: 3, noNullPrototype: true }),
      float: fc.double({ noNaN: true, noDefaultInfinity: true }),
      int: fc.maxSafeInteger(),
      flag: fc.boolean(),
      text: fc.string({ unit: 'grapheme' }),
      timeMs: fc.nat({ max: 4_000_000_000_000 }),
    });
    fc.assert(
      fc.property(fc.array(point, { maxLength: 4 }), (points) => {
        const lines = points.map((p) => {
          const line = new Point(p.measurement).stringField('txt', p.text).floatField('f', p.float);
          line.intField('i', p.int).booleanField('b', p.flag).timestamp(`${p.timeMs}000000`);
          for (const [key, value] of Object.entries(p.tags)) line.tag(key, value);
          return line.toLineProtocol();
        });
        const clean = (text: string) => text.replace(/[^a-zA-Z0-9_]/g, '_');
        const unambiguous = points.filter(
          (p) => new Set(Object.keys(p.tags).map(clean)).size === Object.keys(p.tags).length,
        );
        fc.pre(unambiguous.length === points.length);
        const result = write(lines.join('\n'));
        expect(result.badLines.problems).toEqual([]);
        expect(result.textFields.count).toBe(points.length);
        const got = decodeWriteRequest(result.body).series.map(({ labels, samples: [sample] }) => ({
          labels: Object.fromEntries(labels.map((label) => [label.name, label.value])),
          value: sampleValue(sample),
          timestampMs: Number(sample.timestampMs),
        }));
        const expected = points.flatMap((p) => {
          const tags = Object.fromEntries(Object.entries(p.tags).map(([key, value]) => [clean(key), value]));
          const fields = { b: Number(p.flag), f: p.float, i: p.int };
          return Object.entries(fields).map(([field, value]) => ({
            labels: { __name__: `${clean(p.measurement)}_${field}`, ...tags },
            value: value === 0 ? 0 : value,
            timestampMs: p.timeMs,
          }));
        });
        const zero = (sample: { value: number }) => (sample.value === 0 ? { ...sample, value: 0 } : sample);
        expect(got.map(zero)).toEqual(expected);
      }),
    );
  });
});
