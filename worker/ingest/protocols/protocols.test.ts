import { SELF } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { snappyDecode, snappyEncode } from '../../../core/codec/snappy.ts';
import { decodeLokiPush, encodeLokiPush } from '../../../core/wire/loki/push.ts';
import { decodeTraces } from '../../../core/wire/otlp/traces.ts';
import { sampleTexts } from '../../../core/wire/samples.fixture.ts';
import { gunzip, gzip } from '../../compression.ts';
import { createTenant, FakeDestinations, GATEWAY, push } from '../../testing/gateway.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };

let destinations: FakeDestinations;

beforeEach(() => {
  destinations = new FakeDestinations().install();
});

afterEach(() => {
  vi.restoreAllMocks();
});

function send(method: string, path: string, token: string, body?: BodyInit, headers: Record<string, string> = {}) {
  const authorization = { Authorization: `Bearer ${token}` };
  return SELF.fetch(`${GATEWAY}${path}`, { method, headers: { ...authorization, ...headers }, body: body ?? null });
}

/** What arrived at the destination of metrics. */
function samples(): string[] {
  return destinations.received.flatMap(({ body }) => sampleTexts(snappyDecode(body, 100_000)));
}

async function deflated(bytes: Uint8Array, format: 'deflate' | 'deflate-raw'): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

describe('Zipkin', () => {
  const span = {
    traceId: '1',
    id: '2',
    name: 'get',
    timestamp: 1000,
    duration: 5,
    localEndpoint: { serviceName: 'shop' },
  };

  async function sentSpans() {
    const [{ url, body }] = destinations.received;
    expect(url).toBe('https://tempo.example.com/v1/traces');
    return decodeTraces(await gunzip(body));
  }

  it('takes a list in JSON, plain, gzip or deflate, answers 202 and sends OTLP on', async () => {
    const { token } = await createTenant();
    const plain = new TextEncoder().encode(JSON.stringify([span]));
    const bodies: [Uint8Array, Record<string, string>][] = [
      [plain, JSON_TYPE],
      [plain, {}],
      [await gzip(plain), { ...JSON_TYPE, 'Content-Encoding': 'gzip' }],
      [await deflated(plain, 'deflate'), { ...JSON_TYPE, 'Content-Encoding': 'deflate' }],
    ];
    for (const [body, headers] of bodies) {
      destinations.received.length = 0;
      const answer = await send('POST', '/api/v2/spans', token, body as BodyInit, headers);
      expect([answer.status, await answer.text()]).toEqual([202, '']);
      const [{ resource, spans }] = await sentSpans();
      expect([resource[0].value, spans[0].name, spans[0].endNs]).toEqual(['shop', 'get', 1_005_000n]);
    }
  });

  it('answers 202 to an empty list and sends nothing', async () => {
    const { token } = await createTenant();
    expect((await push('/api/v2/spans', token, '[]', JSON_TYPE)).status).toBe(202);
    expect(destinations.received).toEqual([]);
  });

  it('takes what is right of a list, and answers 400 that tells what is not', async () => {
    const { token } = await createTenant();
    const answer = await push('/api/v2/spans', token, JSON.stringify([span, { ...span, id: 'x' }]), JSON_TYPE);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toBe(
      '1 of 2 spans were rejected, the others were taken: 1 invalid_span ([1].id is not 1 to 16 hex digits)\n',
    );
    expect((await sentSpans())[0].spans).toHaveLength(1);
  });

  it('answers 400 to what it cannot read, 415 to other types, 503 where the trouble is not the client’s', async () => {
    const { token } = await createTenant();
    expect((await push('/api/v2/spans', token, '{', JSON_TYPE)).status).toBe(400);
    expect((await push('/api/v2/spans', token, '[]', { 'Content-Type': 'application/x-thrift' })).status).toBe(415);
    const without = await createTenant({ pipeline: '' });
    expect((await push('/api/v2/spans', without.token, JSON.stringify([span]), JSON_TYPE)).status).toBe(503);
  });
});

describe('Jaeger', () => {
  // Batch { 1: Process { 1: "shop" }, 2: [] } in both protocols.
  const binary = new Uint8Array([12, 0, 1, 11, 0, 1, 0, 0, 0, 4, 115, 104, 111, 112, 0, 15, 0, 2, 12, 0, 0, 0, 0, 0]);
  const compact = new Uint8Array([0x1c, 0x18, 4, 115, 104, 111, 112, 0, 0x19, 0x0c, 0]);

  it.each([
    ['application/x-thrift', binary],
    ['application/vnd.apache.thrift.binary', binary],
    ['application/vnd.apache.thrift.compact', compact],
  ])('takes a batch as %s and answers 202', async (type, body) => {
    const { token } = await createTenant();
    const answer = await push('/api/traces?format=jaeger.thrift', token, body, { 'Content-Type': type });
    expect([answer.status, await answer.text()]).toEqual([202, '']);
  });

  it('answers 400 to a broken batch with the place, and 415 to other types', async () => {
    const { token } = await createTenant();
    const broken = await push('/api/traces', token, binary.subarray(0, 9), { 'Content-Type': 'application/x-thrift' });
    expect(broken.status).toBe(400);
    expect(await broken.text()).toMatch(/^malformed Thrift at byte 6: /);
    expect((await push('/api/traces', token, '{}', JSON_TYPE)).status).toBe(415);
  });
});

describe('a Pushgateway client', () => {
  it.each(['PUT', 'POST'])('may %s text of any type, and gets 200', async (method) => {
    const { token } = await createTenant();
    const body = '# TYPE done counter\ndone{instance="x"} 5\n';
    const answer = await send(method, '/metrics/job/backup/instance/web-1', token, body, {
      'Content-Type': 'text/plain',
    });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    const [done, pushTime] = samples();
    expect(done).toMatch(/^\{__name__="done", instance="web-1", job="backup"\} 5 \d+$/);
    expect(pushTime).toMatch(/^\{__name__="push_time_seconds", instance="web-1", job="backup"\} 1\d+/);
  });

  it('may compress with gzip, with a block of snappy and with framed snappy', async () => {
    const { token } = await createTenant();
    const text = new TextEncoder().encode('abcd');
    // The frame is that of Go's snappy package, TestReaderUncompressedDataOK: the text "abcd".
    const frame = [
      0xff, 6, 0, 0, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59, 1, 8, 0, 0, 0x68, 0x10, 0xe6, 0xb6, 97, 98, 99, 100,
    ];
    const bodies: [string, Uint8Array][] = [
      ['gzip', await gzip(text)],
      ['snappy', snappyEncode(text)],
      ['snappy', new Uint8Array(frame)],
    ];
    for (const [encoding, body] of bodies) {
      const headers = { 'Content-Encoding': encoding };
      const answer = await send('POST', '/metrics/job@base64/YQ', token, body as BodyInit, headers);
      expect([answer.status, await answer.text()]).toEqual([
        400,
        expect.stringContaining('expected a value after the metric'),
      ]);
    }
    expect((await send('POST', '/metrics/job/a', token, 'a 1\n', { 'Content-Encoding': 'br' })).status).toBe(415);
  });

  it('may delete its group at the end of a job, and gets 202', async () => {
    const { token } = await createTenant();
    const answer = await send('DELETE', '/metrics/job/backup/instance/web-1', token);
    expect([answer.status, await answer.text()]).toEqual([202, '']);
    expect(destinations.received).toEqual([]);
  });

  it('gets 400 for a timestamp and for labels that are no pairs, 401 without a token, 405 for GET', async () => {
    const { token } = await createTenant();
    const timed = await send('PUT', '/metrics/job/a', token, 'a 1 1700000000000\n');
    expect([timed.status, await timed.text()]).toEqual([400, expect.stringContaining('must not have a timestamp')]);
    expect((await send('PUT', '/metrics/job/a/b', token, 'a 1\n')).status).toBe(400);
    expect((await send('PUT', '/metrics/job/a', 'nonsense', 'a 1\n')).status).toBe(401);
    expect((await send('GET', '/metrics/job/a', token)).status).toBe(405);
    expect((await send('GET', '/metrics', token)).status).toBe(200);
  });
});

describe('an Influx client', () => {
  const PATH = '/api/v1/push/influx/write';

  it('writes lines, plain or gzip, and gets 204', async () => {
    const { token } = await createTenant();
    const lines = 'cpu,host=a usage=0.5 1700000000\n';
    expect((await send('POST', `${PATH}?db=metrics&precision=s`, token, lines)).status).toBe(204);
    const packed = await gzip(new TextEncoder().encode(lines));
    const headers = { 'Content-Encoding': 'gzip', Authorization: `Token ${token}` };
    expect((await send('POST', `${PATH}?precision=s`, token, packed as BodyInit, headers)).status).toBe(204);
    const sample = '{__name__="cpu_usage", host="a"} 0.5 1700000000000';
    expect(samples()).toEqual([sample, sample]);
  });

  it('has its good lines taken, and gets 400 with the number of each bad one in the JSON of InfluxDB', async () => {
    const { token } = await createTenant();
    const answer = await send('POST', PATH, token, 'a value=1 1000000\nb\nc value=2 1000000\nd,e value=1\n');
    const message =
      'partial write: 2 of 4 samples were rejected, the others were taken: ' +
      '2 malformed_line (line 2: it has no fields; line 4: tag "e" has no value)';
    expect([answer.status, await answer.json()]).toEqual([400, { code: 'invalid', message, error: message }]);
    expect(samples()).toEqual(['{__name__="a"} 1 1', '{__name__="c"} 2 1']);
  });

  it('gets 204 for fields that hold text, which are left out', async () => {
    const { token } = await createTenant();
    expect((await send('POST', PATH, token, 'a value=1,os="linux" 1000000\n')).status).toBe(204);
    expect(samples()).toEqual(['{__name__="a"} 1 1']);
  });

  it('gets errors as JSON, whatever they are', async () => {
    const { token } = await createTenant();
    const wrong = await send('POST', PATH, 'nonsense', 'a value=1\n');
    expect([wrong.status, await wrong.json()]).toMatchObject([401, { code: 'unauthorized' }]);
    const precision = await send('POST', `${PATH}?precision=days`, token, 'a value=1\n');
    expect([precision.status, await precision.json()]).toMatchObject([400, { code: 'invalid' }]);
  });
});

describe('Loki', () => {
  const PATH = '/loki/api/v1/push';
  const line = { timestampNs: 1_700_000_000_000_000_000n, line: 'x', metadata: [] };
  const json = JSON.stringify({ streams: [{ stream: { app: 'web' }, values: [['1700000000000000000', 'x']] }] });

  it('takes JSON and protobuf under deflate of both kinds, gzip, and the marker "snappy"', async () => {
    const { token } = await createTenant();
    const text = new TextEncoder().encode(json);
    const block = snappyEncode(encodeLokiPush([{ labels: [{ name: 'app', value: 'web' }], entries: [line] }]));
    const PROTOBUF = { 'Content-Type': 'application/x-protobuf' };
    const bodies: [Uint8Array, Record<string, string>][] = [
      [text, { ...JSON_TYPE, 'Content-Encoding': 'snappy' }],
      [await deflated(text, 'deflate'), { ...JSON_TYPE, 'Content-Encoding': 'deflate' }],
      [await deflated(text, 'deflate-raw'), { ...JSON_TYPE, 'Content-Encoding': 'deflate' }],
      [block, PROTOBUF],
      [block, { ...PROTOBUF, 'Content-Encoding': 'snappy' }],
      [await gzip(block), { ...PROTOBUF, 'Content-Encoding': 'gzip' }],
      [await deflated(block, 'deflate-raw'), { ...PROTOBUF, 'Content-Encoding': 'deflate' }],
    ];
    for (const [body, headers] of bodies) expect((await push(PATH, token, body, headers)).status).toBe(204);
    const sent = destinations.received.map(({ body }) => decodeLokiPush(snappyDecode(body, 1000)));
    expect(sent).toEqual(bodies.map(() => [{ labels: [{ name: 'app', value: 'web' }], entries: [line] }]));
  });

  it('answers 400 where the Content-Type is missing, as Loki does', async () => {
    const { token } = await createTenant();
    const answer = await send('POST', PATH, token, new TextEncoder().encode(json));
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('Content-Type is missing');
  });

  it("answers 422 with Loki's words to a push without streams", async () => {
    const { token } = await createTenant();
    for (const body of ['{"streams":[]}', '{}']) {
      const answer = await push(PATH, token, body, JSON_TYPE);
      expect([answer.status, await answer.text()]).toEqual([
        422,
        'error at least one valid stream is required for ingestion\n',
      ]);
    }
  });

  it('leaves a stream with invalid labels out, takes the rest and answers 400 that tells', async () => {
    const { token } = await createTenant();
    const values = [['1700000000000000000', 'x']];
    const streams = [
      { stream: { 'a-b': '1' }, values: [...values, ...values] },
      { stream: { app: 'web' }, values },
    ];
    const answer = await push(PATH, token, JSON.stringify({ streams }), JSON_TYPE);
    expect([answer.status, await answer.text()]).toEqual([
      400,
      '2 of 3 lines were rejected, the others were taken: 2 invalid_labels (streams[0].stream: "a-b" is not a valid label name)\n',
    ]);
    expect(decodeLokiPush(snappyDecode(destinations.received[0].body, 1000))).toHaveLength(1);
  });

  it.each([
    ['a line that is a number', [['1', 5]]],
    ['a time in words', [['now', 'x']]],
  ])('refuses %s with the whole push, as Loki does', async (_, values) => {
    const { token } = await createTenant();
    const body = JSON.stringify({ streams: [{ stream: { app: 'web' }, values }] });
    const answer = await push(PATH, token, body, JSON_TYPE);
    expect(answer.status).toBe(400);
    expect(destinations.received).toEqual([]);
  });

  it('takes a label that is a number, as Loki does, but no object, which Loki stores as its JSON', async () => {
    const { token } = await createTenant();
    const pushLabel = (app: unknown) =>
      push(PATH, token, JSON.stringify({ streams: [{ stream: { app }, values: [['1', 'x']] }] }), JSON_TYPE);
    expect((await pushLabel({ a: 'b' })).status).toBe(400);
    expect((await pushLabel(404)).status).toBe(204);
    const [{ labels }] = decodeLokiPush(snappyDecode(destinations.received[0].body, 1000));
    expect(labels).toEqual([{ name: 'app', value: '404' }]);
  });
});
