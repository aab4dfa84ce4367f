import { env } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { formatLabels, labelsFromRecord } from '../../core/labels/labels.ts';
import {
  decodePyroscopePush,
  encodePyroscopePush,
  encodeRawSample,
  rawProfileOf,
} from '../../core/wire/pyroscope/push.ts';
import { type BatchSection, decodeBatchResponse, encodeBatch } from '../../core/wire/spillway-batch.ts';
import { gzip } from '../compression.ts';
import { outbox as outboxRpc } from '../outbox/client.ts';
import { admin, createTenant, createToken, FakeDestinations, push } from '../testing/gateway.ts';

const PUSH = '/push.v1.PusherService/Push';
const PROTO = { 'Content-Type': 'application/proto' };
const JSON_TYPE = { 'Content-Type': 'application/json' };
const DESTINATION = 'pyroscope.write.main';
const PIPELINE = `
spillway.receive "all" {
  profiles = [pyroscope.relabel.site.receiver]
}

pyroscope.relabel "site" {
  forward_to = [pyroscope.write.main.receiver]
  rule {
    source_labels = ["drop_me"]
    regex         = "yes"
    action        = "drop"
  }
}

pyroscope.write "main" {
  endpoint {
    url     = "https://pyroscope.example.com/base"
    headers = { "X-Scope-OrgID" = "team-a" }
  }
}
`;

/** Every byte, so that a body that went through a text would show. */
const RAW = Uint8Array.from({ length: 256 }, (_, i) => i);
const series = (labels: Record<string, string>, profiles = 1) => ({
  labels: labelsFromRecord(labels),
  content: {
    kind: 'push' as const,
    samples: Array.from({ length: profiles }, (_, i) => encodeRawSample(RAW, `id-${i}`)),
  },
});
const CPU = { __name__: 'process_cpu', service_name: 'shop' };

let destinations: FakeDestinations;

beforeEach(() => {
  destinations = new FakeDestinations().install();
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("Pyroscope's push", () => {
  it('goes on byte for byte while the pipeline changes nothing, and is answered with an empty message', async () => {
    const { token } = await createTenant({ pipeline: PIPELINE });
    const body = encodePyroscopePush([series(CPU, 2), series({ ...CPU, __name__: 'memory' })]);
    const answer = await push(PUSH, token, body, PROTO);
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      200,
      'application/proto',
      '',
    ]);
    const [received] = destinations.received;
    expect(received!.url).toBe(`https://pyroscope.example.com/base${PUSH}`);
    expect(received!.body).toEqual(body);
    expect(received!.headers.get('content-type')).toBe('application/proto');
    expect(received!.headers.get('connect-protocol-version')).toBe('1');
    expect(received!.headers.get('x-scope-orgid')).toBe('team-a');
  });

  it('is taken as JSON and packed with gzip, and answered in the type of the request', async () => {
    const { token } = await createTenant({ pipeline: PIPELINE });
    const labels = Object.entries(CPU).map(([name, value]) => ({ name, value }));
    const rawProfile = btoa(String.fromCharCode(...RAW));
    const json = JSON.stringify({ series: [{ labels, samples: [{ rawProfile, ID: 'id-0' }] }] });
    const answer = await push(PUSH, token, json, JSON_TYPE);
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      200,
      'application/json',
      '{}',
    ]);
    const body = encodePyroscopePush([series(CPU)]);
    expect((await push(PUSH, token, await gzip(body), { ...PROTO, 'Content-Encoding': 'gzip' })).status).toBe(200);
    for (const received of destinations.received) {
      const [sample] = decodePyroscopePush(received.body)[0]!.content.samples;
      expect(rawProfileOf(sample!)).toEqual({ id: 'id-0', rawProfile: RAW });
      expect(received.headers.get('content-encoding')).toBe(null);
    }
    expect(destinations.received).toHaveLength(2);
  });

  it('gets the labels that a token forces, and loses the series that a rule drops, with its profiles untouched', async () => {
    const { name, token } = await createTenant({
      pipeline: PIPELINE,
      labels: { host: 'web-1', service_name: 'forced' },
    });
    const body = encodePyroscopePush([series({ ...CPU, drop_me: 'yes' }, 3), series({ ...CPU, host: 'liar' }, 2)]);
    expect((await push(PUSH, token, body, PROTO)).status).toBe(200);
    const sent = decodePyroscopePush(destinations.received[0]!.body);
    expect(sent.map(({ labels }) => formatLabels(labels))).toEqual([
      '{__name__="process_cpu", host="web-1", service_name="forced"}',
    ]);
    expect(sent[0]!.content.samples.map((sample) => rawProfileOf(sample).rawProfile)).toEqual([RAW, RAW]);
    await vi.waitFor(
      async () => {
        const { json } = await admin('GET', 'overview');
        const tenant = json.tenants.find((one: { name: string }) => one.name === name);
        expect(tenant.signals.profiles).toMatchObject({ acceptedTotal: 5, droppedTotal: 3, deliveredTotal: 2 });
      },
      { timeout: 30_000 },
    );
  });

  it.each([
    ['a body that is none', new Uint8Array([0xff]), PROTO, 400, 'invalid_argument'],
    [
      'labels that stand twice',
      encodePyroscopePush([{ ...series(CPU), labels: [...series(CPU).labels, { name: '__name__', value: 'x' }] }]),
      PROTO,
      400,
      'invalid_argument',
    ],
    ['gRPC', new Uint8Array(), { 'Content-Type': 'application/grpc' }, 415, 'invalid_argument'],
    ['gzip that is none', new Uint8Array([1, 2]), { ...PROTO, 'Content-Encoding': 'gzip' }, 400, 'invalid_argument'],
  ])('with %s is refused in the words of Connect', async (_what, body, headers, status, code) => {
    const { token } = await createTenant({ pipeline: PIPELINE });
    const answer = await push(PUSH, token, body, headers as Record<string, string>);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/json']);
    expect(await answer.json()).toEqual({ code, message: expect.any(String) });
    expect(destinations.received).toEqual([]);
  });

  it('answers 401, 403 and 429 as Connect does, with Retry-After where it helps', async () => {
    const limits = { profiles: { ingestion_rate_mb: 0.00001, ingestion_burst_size_mb: 0.00001 } };
    const { name, token } = await createTenant({ pipeline: PIPELINE, limits });
    const body = encodePyroscopePush([series(CPU, 2)]);
    const unknown = await push(PUSH, 'nobody', body, PROTO);
    expect([unknown.status, (await unknown.json<{ code: string }>()).code]).toEqual([401, 'unauthenticated']);
    const logs = await createToken(name, ['logs:write']);
    const forbidden = await push(PUSH, logs.token, body, PROTO);
    expect([forbidden.status, (await forbidden.json<{ code: string }>()).code]).toEqual([403, 'permission_denied']);
    expect((await push(PUSH, token, body, PROTO)).status).toBe(200);
    const limited = await push(PUSH, token, body, PROTO);
    expect([limited.status, (await limited.json<{ code: string }>()).code]).toEqual([429, 'resource_exhausted']);
    expect(limited.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('of more than a push may hold is answered 413, unpacked or not', async () => {
    const { token } = await createTenant({ pipeline: PIPELINE });
    expect((await push(PUSH, token, new Uint8Array(17 * 1024 * 1024), PROTO)).status).toBe(413);
    const bomb = await gzip(new Uint8Array(65 * 1024 * 1024));
    const answer = await push('/ingest?name=shop', token, bomb, { 'Content-Encoding': 'gzip' });
    expect([answer.status, (await answer.json<{ code: string }>()).code]).toEqual([413, 'invalid_argument']);
  });
});

describe("Pyroscope's /ingest", () => {
  it('passes a multipart body on with its boundary and its query', async () => {
    const { name } = await createTenant({ pipeline: PIPELINE });
    const tenant = await createTenant({ pipeline: PIPELINE });
    const { token } = await createToken(tenant.name, ['profiles:write']);
    expect(name).not.toBe(tenant.name);
    const type = 'multipart/form-data; boundary=--------123';
    const basic = { Authorization: `Basic ${btoa(`any:${token}`)}`, 'Content-Type': type };
    const query = 'name=shop.cpu%7Bregion%3Deu%7D&from=1700000000&until=1700000010&spyName=nodespy';
    for (const path of ['/ingest', '/pyroscope/ingest']) {
      const answer = await push(`${path}?${query}`, token, RAW, basic);
      expect([answer.status, await answer.text()]).toEqual([200, '']);
    }
    expect(destinations.received.map(({ url }) => url)).toEqual(
      Array(2).fill(`https://pyroscope.example.com/base/ingest?${query}`),
    );
    expect(destinations.received[0]!.headers.get('content-type')).toBe(type);
    expect(destinations.received[0]!.body).toEqual(RAW);
  });

  it('gets forced labels into its name, and is dropped by rules', async () => {
    const { token } = await createTenant({ pipeline: PIPELINE, labels: { host: 'web-1' } });
    expect((await push('/ingest?name=shop{drop_me=yes}', token, RAW, {})).status).toBe(200);
    expect(destinations.received).toEqual([]);
    expect((await push('/ingest?name=shop{host=liar}&format=jfr', token, RAW, {})).status).toBe(200);
    const url = new URL(destinations.received[0]!.url);
    expect(Object.fromEntries(url.searchParams)).toEqual({ name: 'shop{host=web-1}', format: 'jfr' });
  });

  it('says 400 for a name that is none, and 422 where the destination did not take the profile', async () => {
    const { token } = await createTenant({ pipeline: PIPELINE });
    const unnamed = await push('/ingest', token, RAW, {});
    expect([unnamed.status, (await unnamed.json<{ code: string }>()).code]).toEqual([400, 'invalid_argument']);
    destinations.answer = () => new Response('profile series is too old', { status: 422 });
    const refused = await push('/ingest?name=shop', token, RAW, {});
    expect(refused.status).toBe(422);
    expect((await refused.json<{ message: string }>()).message).toContain('too old');
  });
});

describe('profiles', () => {
  it('wait in the outbox with path, content type and bytes, and leave it as they came', async () => {
    const { name, token } = await createTenant({ pipeline: PIPELINE });
    const body = encodePyroscopePush([series(CPU)]);
    destinations.answer = () => new Response('', { status: 503 });
    expect((await push(PUSH, token, body, PROTO)).status).toBe(200);
    expect((await push('/ingest?name=shop&format=lines', token, RAW, { 'Content-Type': 'text/plain' })).status).toBe(
      200,
    );
    const rpc = outboxRpc(env as never, name, DESTINATION);
    expect(await rpc.details({ v: 1 })).toMatchObject({ payloads: 2, items: 2 });
    destinations.received.length = 0;
    destinations.answer = () => new Response('');
    await rpc.resume({ v: 1 });
    await vi.waitFor(async () => expect((await rpc.details({ v: 1 })).payloads).toBe(0), { timeout: 30_000 });
    const sent = destinations.received.map(({ url, headers, body }) => [url, headers.get('content-type'), body]);
    expect(sent.sort((a, b) => (a[0]! < b[0]! ? -1 : 1))).toEqual([
      ['https://pyroscope.example.com/base/ingest?name=shop&format=lines', 'text/plain', RAW],
      [`https://pyroscope.example.com/base${PUSH}`, 'application/proto', body],
    ]);
  });

  it('come in batches of agents, each section where its path says', async () => {
    const { token } = await createTenant({ pipeline: PIPELINE });
    const body = encodePyroscopePush([series(CPU)]);
    const section = (fields: Partial<BatchSection>): BatchSection => ({
      signal: 'profiles',
      contentType: 'application/proto',
      contentEncoding: '',
      body,
      items: 1,
      ...fields,
    });
    const sections = [
      section({}),
      section({ path: PUSH }),
      // Speedscope is JSON: the path decides, not the type.
      section({ path: '/ingest?name=shop&format=speedscope', contentType: 'application/json', body: RAW }),
      section({ path: '/api/v1/push' }),
      section({ path: 'https://evil.example/ingest?name=x' }),
      section({ path: '/ingest?name=x', contentType: 'a\r\nX-Evil: 1' }),
    ];
    const batch = encodeBatch({ agentId: 'host-1', sequence: 1, sentAtMs: 1, sections });
    const answer = await push('/api/v1/batch', token, batch, { 'Content-Type': 'application/x-protobuf' });
    const { results } = decodeBatchResponse(new Uint8Array(await answer.arrayBuffer()));
    expect(results.map(({ acceptedItems, reason }) => [acceptedItems, reason])).toEqual([
      [1, ''],
      [1, ''],
      [1, ''],
      [0, 'unsupported_media_type'],
      [0, 'unsupported_media_type'],
      [0, 'unsupported_media_type'],
    ]);
    expect(destinations.received.map(({ url }) => url.slice('https://pyroscope.example.com/base'.length))).toEqual([
      PUSH,
      PUSH,
      '/ingest?name=shop&format=speedscope',
    ]);
    expect(destinations.received[2]!.body).toEqual(RAW);
  });
});
