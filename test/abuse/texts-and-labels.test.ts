/**
 * Abuse cases A5 and A6 against a real gateway, in every protocol that carries text and labels. What is not UTF-8 never
 * becomes a label; what is, arrives as it was sent, however odd. Where we differ from the matrix the case says so
 * (docs/protocols.md, "Text").
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snappyEncode } from '../../core/codec/snappy.ts';
import { formatLabels, labelsFromRecord } from '../../core/labels/labels.ts';
import { concat, field, message, utf8 } from '../fuzz/wire.ts';
import { FakeDestination } from '../support/fake-destination.ts';
import { TestGateway } from '../support/gateway.ts';
import { forwardPipeline } from '../support/pipelines.ts';

type Text = string | Uint8Array;
type Pairs = readonly (readonly [name: Text, value: Text])[];
type Answer = readonly [status: number, text: string];

const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';
const nowMs = Date.now();
const nowNs = BigInt(nowMs) * 1_000_000n;

let destination: FakeDestination;
let gateway: TestGateway;
let token: string;
let serial = 0;

beforeAll(async () => {
  destination = await FakeDestination.start();
  gateway = await TestGateway.start();
  token = await gateway.createTenant('home', forwardPipeline(destination.url), ['agent']);
});

afterAll(async () => {
  await gateway?.stop();
  await destination?.close();
});

async function send(path: string, type: string, body: Uint8Array, encoding?: string): Promise<Answer> {
  const headers: Record<string, string> = { authorization: `Bearer ${token}`, 'content-type': type };
  if (encoding !== undefined) headers['content-encoding'] = encoding;
  const bytes = body as Uint8Array<ArrayBuffer>;
  const response = await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body: bytes });
  return [response.status, await response.text()];
}

/** A name that no other case uses, so that what arrived is what this case sent. */
const fresh = () => `case_${++serial}`;
const bytesOf = (text: Text) => (typeof text === 'string' ? utf8(text) : text);
const pairMessages = (pairs: Pairs) => pairs.map(([name, value]) => message({ 1: name, 2: value }));
const attributes = (pairs: Pairs) => pairs.map(([name, value]) => message({ 1: name, 2: message({ 1: value }) }));
const jsonText = (text: Text) => concat([0x22], bytesOf(text), [0x22]);

function remoteWrite1(labels: Pairs): Promise<Answer> {
  const series = message({ 1: pairMessages(labels), 2: message({ 1: { double: 1 }, 2: nowMs }) });
  return send('/api/v1/push', PROTOBUF, snappyEncode(field(1, series)), 'snappy');
}

function remoteWrite2(labels: Pairs): Promise<Answer> {
  const symbols: readonly Text[] = ['', ...labels.flat()];
  const refs = Uint8Array.from(symbols.slice(1), (_, i) => i + 1);
  const series = message({ 1: refs, 2: message({ 1: { double: 1 }, 2: nowMs }) });
  const body = concat(...symbols.map((symbol) => field(4, symbol)), field(5, series));
  return send('/api/v1/push', `${PROTOBUF};proto=io.prometheus.write.v2.Request`, snappyEncode(body), 'snappy');
}

function lokiProtobuf(labels: Text, line: Text, metadata: Pairs = []): Promise<Answer> {
  const time = message({ 1: BigInt(Math.floor(nowMs / 1000)) });
  const entry = message({ 1: time, 2: line, 3: pairMessages(metadata) });
  return send('/loki/api/v1/push', PROTOBUF, snappyEncode(field(1, message({ 1: labels, 2: entry }))));
}

/** The texts as they stand between the quotes. */
function lokiJson(labels: Pairs, line: Text): Promise<Answer> {
  const stream = labels.map(([name, value], i) =>
    concat(utf8(i > 0 ? ',' : ''), jsonText(name), [0x3a], jsonText(value)),
  );
  const body = concat(
    utf8('{"streams":[{"stream":{'),
    ...stream,
    utf8(`},"values":[["${nowNs}",`),
    jsonText(line),
    utf8(']]}]}'),
  );
  return send('/loki/api/v1/push', JSON_TYPE, body);
}

function otlpMetrics(name: Text, pairs: Pairs): Promise<Answer> {
  const point = message({ 3: { fixed64: nowNs }, 4: { double: 1 }, 7: attributes(pairs) });
  const metric = message({ 1: name, 5: message({ 1: point }) });
  return send('/v1/metrics', PROTOBUF, field(1, message({ 2: message({ 2: metric }) })));
}

function otlpLogs(service: string, line: Text, pairs: Pairs = []): Promise<Answer> {
  const record = message({ 1: { fixed64: nowNs }, 5: message({ 1: line }), 6: attributes(pairs) });
  const resource = message({ 1: attributes([['service.name', service]]) });
  return send('/v1/logs', PROTOBUF, field(1, message({ 1: resource, 2: message({ 2: record }) })));
}

function otlpTraces(pairs: Pairs): Promise<Answer> {
  const ids = { 1: new Uint8Array(16).fill(1), 2: new Uint8Array(8).fill(2) };
  const times = { 7: { fixed64: nowNs }, 8: { fixed64: nowNs } };
  const span = message({ ...ids, 5: 'span', ...times, 9: attributes(pairs) });
  return send('/v1/traces', PROTOBUF, field(1, message({ 2: message({ 2: span }) })));
}

function influx(measurement: string, pairs: Pairs): Promise<Answer> {
  const tags = pairs.flatMap(([name, value]) => [utf8(','), bytesOf(name), utf8('='), bytesOf(value)]);
  const line = concat(utf8(measurement), ...tags, utf8(` v=1 ${nowNs}`));
  return send('/api/v1/push/influx/write', 'text/plain', line);
}

const series = (labels: Readonly<Record<string, string>>) =>
  destination.samples.has(formatLabels(labelsFromRecord(labels)));
const lines = (labels: Readonly<Record<string, string>>) =>
  destination.lines.get(formatLabels(labelsFromRecord(labels)));

describe.each([
  ['a byte that no text has', Uint8Array.of(0x61, 0xff)],
  ['NUL in two bytes', Uint8Array.of(0xc0, 0x80)],
  ['a lone surrogate', Uint8Array.of(0xed, 0xa0, 0x80)],
  ['a character cut off', Uint8Array.of(0xf0, 0x9f, 0x98)],
  ['a number beyond Unicode', Uint8Array.of(0xf4, 0x90, 0x80, 0x80)],
])('A5 text that is not UTF-8: %s', (_, bytes) => {
  const refused = [400, expect.stringMatching(/invalid_utf8|not (?:valid )?UTF-8/)];

  it('is refused as label, attribute and tag, by its reason', async () => {
    expect(
      await remoteWrite1([
        ['__name__', 'm'],
        ['x', bytes],
      ]),
    ).toEqual([400, expect.stringContaining('invalid_utf8')]);
    expect(
      await remoteWrite2([
        ['__name__', 'm'],
        ['x', bytes],
      ]),
    ).toEqual([400, expect.stringContaining('invalid_utf8')]);
    expect(await lokiProtobuf(concat(utf8('{a="'), bytes, utf8('"}')), 'x')).toEqual(refused);
    expect(await lokiProtobuf('{a="b"}', 'x', [['m', bytes]])).toEqual(refused);
    expect(await otlpMetrics('m', [['x', bytes]])).toEqual(refused);
    expect(await otlpLogs('s', 'x', [['x', bytes]])).toEqual(refused);
    expect(await otlpTraces([['x', bytes]])).toEqual(refused);
    expect(await influx('m', [['x', bytes]])).toEqual(refused);
  });

  it('is refused in a JSON body, which has to be UTF-8 as a whole, and in the text of an OTLP record', async () => {
    expect(await lokiJson([['a', 'b']], bytes)).toEqual(refused);
    expect(await otlpLogs('s', bytes)).toEqual(refused);
  });

  it('becomes U+FFFD in a log line, which comes from anywhere', async () => {
    const app = fresh();
    expect(await lokiProtobuf(`{app="${app}"}`, concat(utf8('before '), bytes, utf8(' after')))).toEqual([204, '']);
    expect(lines({ app })).toEqual([expect.stringMatching(/^before a?\ufffd+ after$/)]);
  });
});

describe.each([
  ['NUL', 'a\0b', 'a\\u0000b'],
  ['a byte order mark', '\ufeffx', '\\ufeffx'],
  ['text from right to left', 'a\u202eabc', 'a\\u202eabc'],
  ['a character of four bytes', '😀', '\\ud83d\\ude00'],
])('A5 text that is odd: %s', (_, text, escaped) => {
  it('arrives as it was sent in labels of series', async () => {
    for (const pushSeries of [remoteWrite1, remoteWrite2]) {
      const name = fresh();
      expect(
        await pushSeries([
          ['__name__', name],
          ['x', text],
        ]),
      ).toEqual([204, '']);
      expect(series({ __name__: name, x: text })).toBe(true);
    }
    const otlp = fresh();
    expect((await otlpMetrics(otlp, [['x', text]]))[0]).toBe(200);
    expect(series({ __name__: otlp, x: text })).toBe(true);
    const measurement = fresh();
    expect(await influx(measurement, [['x', text]])).toEqual([204, '']);
    expect(series({ __name__: `${measurement}_v`, x: text })).toBe(true);
  });

  it('arrives as it was sent in log lines and their labels', async () => {
    const label = text.replace('\0', '\\u0000');
    const apps = [fresh(), fresh(), fresh()] as const;
    expect(await lokiProtobuf(`{app="${apps[0]}",x="${label}"}`, text)).toEqual([204, '']);
    expect(
      await lokiJson(
        [
          ['app', apps[1]],
          ['x', escaped],
        ],
        escaped,
      ),
    ).toEqual([204, '']);
    expect(lines({ app: apps[0], x: text })).toEqual([text]);
    expect(lines({ app: apps[1], x: text })).toEqual([text]);
    expect((await otlpLogs(apps[2], text, [['x', text]]))[0]).toBe(200);
    expect(lines({ service_name: apps[2] })).toEqual([text]);
  });

  it('is no obstacle in the attributes of a span', async () => {
    expect((await otlpTraces([['x', text]]))[0]).toBe(200);
  });
});

describe('A5 half of a surrogate pair, escaped in JSON', () => {
  it.each(['\\ud800', '\\udc00', '\\ud800x', '\\udc00\\ud800'])('becomes U+FFFD: %s', async (escaped) => {
    const [app, service] = [fresh(), fresh()];
    const expected = expect.stringMatching(/^\ufffd+x?$/);
    expect(await lokiJson([['app', app]], escaped)).toEqual([204, '']);
    expect(lines({ app })).toEqual([expected]);
    const record = `{"timeUnixNano":"${nowNs}","body":{"stringValue":"${escaped}"}}`;
    const attribute = `{"key":"service.name","value":{"stringValue":"${service}"}}`;
    const body = `{"resourceLogs":[{"resource":{"attributes":[${attribute}]},"scopeLogs":[{"logRecords":[${record}]}]}]}`;
    expect((await send('/v1/logs', JSON_TYPE, utf8(body)))[0]).toBe(200);
    expect(lines({ service_name: service })).toEqual([expected]);
  });

  it('becomes the same in a label, so that what goes out is UTF-8', async () => {
    const app = fresh();
    expect(
      await lokiJson(
        [
          ['app', app],
          ['x', '\\ud800'],
        ],
        'line',
      ),
    ).toEqual([204, '']);
    expect(lines({ app, x: '\ufffd' })).toEqual(['line']);
  });
});

describe('A5 a byte order mark in front of a JSON body', () => {
  it('is refused: JSON begins without one', async () => {
    const body = utf8(`\ufeff{"streams":[{"stream":{"a":"b"},"values":[["${nowNs}","x"]]}]}`);
    expect(await send('/loki/api/v1/push', JSON_TYPE, body)).toEqual([400, expect.stringContaining('JSON')]);
  });
});

const PUSHES_OF_SERIES = [
  ['remote write 1.0', remoteWrite1],
  ['remote write 2.0', remoteWrite2],
] as const;

describe.each(PUSHES_OF_SERIES)('A6 labels of %s', (_, pushSeries) => {
  it('are sorted when that is all', async () => {
    const name = fresh();
    expect(
      await pushSeries([
        ['zone', 'a'],
        ['__name__', name],
        ['app', 'b'],
      ]),
    ).toEqual([204, '']);
    expect(series({ __name__: name, app: 'b', zone: 'a' })).toBe(true);
  });

  it('without a value are no labels', async () => {
    const name = fresh();
    expect(
      await pushSeries([
        ['__name__', name],
        ['x', ''],
      ]),
    ).toEqual([204, '']);
    expect(series({ __name__: name })).toBe(true);
  });

  it.each([
    [
      'a name given twice',
      [
        ['x', '1'],
        ['x', '2'],
      ],
      'duplicate_label_names',
    ],
    [
      'a name given twice, with the same value',
      [
        ['x', '1'],
        ['x', '1'],
      ],
      'duplicate_label_names',
    ],
    [
      'a name given twice, not side by side',
      [
        ['x', '1'],
        ['y', '1'],
        ['x', '1'],
      ],
      'duplicate_label_names',
    ],
    ['two metric names', [['__name__', 'other']], 'duplicate_label_names'],
    ['an empty name', [['', '1']], 'label_name_invalid'],
  ] as const)('are refused for %s, and nothing of the series goes on', async (_case, more, reason) => {
    const name = fresh();
    expect(await pushSeries([['__name__', name], ...more])).toEqual([400, expect.stringContaining(reason)]);
    expect([...destination.samples.keys()].filter((key) => key.includes(`"${name}"`))).toEqual([]);
  });

  it('are refused where the metric has an empty name', async () => {
    const refused = [400, expect.stringContaining('missing_metric_name')];
    expect(
      await pushSeries([
        ['__name__', ''],
        ['x', '1'],
      ]),
    ).toEqual(refused);
  });
});

describe('A6 labels of Loki streams', () => {
  it('are sorted when that is all, and without a value are none', async () => {
    const apps = [fresh(), fresh()] as const;
    expect(await lokiProtobuf(`{zone="a",app="${apps[0]}",x=""}`, 'line')).toEqual([204, '']);
    expect(
      await lokiJson(
        [
          ['zone', 'a'],
          ['app', apps[1]],
          ['x', ''],
        ],
        'line',
      ),
    ).toEqual([204, '']);
    for (const app of apps) expect(lines({ app, zone: 'a' })).toEqual(['line']);
  });

  it.each([
    ['a name given twice', '{a="1",a="2"}'],
    ['two metric names', '{__name__="1",__name__="2"}'],
    ['an empty name', '{a="1",="2"}'],
  ])('are refused for %s', async (_, labels) => {
    expect(await lokiProtobuf(labels, 'line')).toEqual([400, expect.stringContaining('invalid_labels')]);
  });

  it('are refused in JSON for an empty name', async () => {
    expect(
      await lokiJson(
        [
          ['a', '1'],
          ['', '2'],
        ],
        'line',
      ),
    ).toEqual([400, expect.stringContaining('invalid_labels')]);
  });

  it('are those that come last where JSON gives a name twice, as every reader of JSON takes it (deviation)', async () => {
    const app = fresh();
    expect(
      await lokiJson(
        [
          ['app', 'first'],
          ['app', app],
        ],
        'line',
      ),
    ).toEqual([204, '']);
    expect(lines({ app })).toEqual(['line']);
  });

  it('may come twice in structured metadata, but not without a name', async () => {
    const app = fresh();
    expect(
      await lokiProtobuf(`{app="${app}"}`, 'line', [
        ['x', '1'],
        ['x', '2'],
      ]),
    ).toEqual([204, '']);
    expect(lines({ app })).toEqual(['line']);
    expect((await lokiProtobuf(`{app="${app}"}`, 'line', [['', '1']]))[0]).toBe(400);
  });
});

describe('A6 attributes of OTLP', () => {
  it.each([
    [
      'are sorted',
      [
        ['z', '1'],
        ['a', '2'],
      ],
      { a: '2', z: '1' },
    ],
    [
      'are those that come last where a name is given twice (deviation)',
      [
        ['x', '1'],
        ['x', '2'],
      ],
      { x: '2' },
    ],
    [
      'never name the metric (deviation)',
      [
        ['__name__', 'other'],
        ['__name__', 'another'],
      ],
      {},
    ],
    ['without a name are left out (deviation)', [['', '1']], {}],
    ['without a value are no labels', [['x', '']], {}],
  ] as const)('%s', async (_, pairs, expected) => {
    const name = fresh();
    const [status] = await otlpMetrics(name, pairs);
    expect(status).toBe(200);
    expect([...destination.samples.keys()].filter((key) => key.includes(`"${name}"`))).toEqual([
      formatLabels(labelsFromRecord({ __name__: name, ...expected })),
    ]);
    const service = fresh();
    expect((await otlpLogs(service, 'line', pairs))[0]).toBe(200);
    expect(lines({ service_name: service })).toEqual(['line']);
  });
});

describe('A6 tags of Influx', () => {
  it('are sorted when that is all', async () => {
    const name = fresh();
    expect(
      await influx(name, [
        ['z', '1'],
        ['a', '2'],
      ]),
    ).toEqual([204, '']);
    expect(series({ __name__: `${name}_v`, a: '2', z: '1' })).toBe(true);
  });

  it('never name the metric (deviation)', async () => {
    const name = fresh();
    expect(
      await influx(name, [
        ['__name__', 'other'],
        ['__name__', 'another'],
      ]),
    ).toEqual([204, '']);
    expect(series({ __name__: `${name}_v` })).toBe(true);
  });

  it.each([
    [
      'a name given twice',
      [
        ['x', '1'],
        ['x', '2'],
      ],
    ],
    ['an empty name', [['', '1']]],
    ['an empty value, which line protocol does not have', [['x', '']]],
  ] as const)('are refused for %s', async (_, pairs) => {
    expect(await influx(fresh(), pairs)).toEqual([400, expect.stringContaining('malformed_line')]);
  });
});

describe('after all of it', () => {
  it('the gateway takes what is right', async () => {
    const name = fresh();
    expect(await remoteWrite1([['__name__', name]])).toEqual([204, '']);
    expect(series({ __name__: name })).toBe(true);
  });
});
