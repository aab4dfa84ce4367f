/** Bytes no sender should send: each gets a clear 4xx, and the process lives. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snappyEncode } from '../../core/codec/snappy.ts';
import { agentProgram } from '../support/agent.ts';
import { FakeDestination } from '../support/fake-destination.ts';
import { TestGateway } from '../support/gateway.ts';
import { forwardPipeline } from '../support/pipelines.ts';
import { push, pushBody, writeRequestBody } from '../support/remote-write-client.ts';
import { tempFolder } from '../support/temp-folder.ts';

const encoder = new TextEncoder();
const sample = { labels: { __name__: 'fine' }, value: 1, timestampMs: Date.now() };

describe('bad input to the gateway', () => {
  let destination: FakeDestination;
  let gateway: TestGateway;
  let token: string;

  beforeAll(async () => {
    destination = await FakeDestination.start();
    gateway = await TestGateway.start();
    token = await gateway.createTenant('home', forwardPipeline(destination.url), [
      'metrics:write',
      'logs:write',
      'traces:write',
    ]);
  });

  afterAll(async () => {
    await gateway?.stop();
    await destination?.close();
  });

  const whole = snappyEncode(
    writeRequestBody(Array.from({ length: 50 }, (_, i) => ({ ...sample, labels: { __name__: `m${i}`, job: 'x' } }))),
  );
  const claimOneGibibyte = Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x04, 0x00, 0x61);

  const cases: readonly (readonly [what: string, path: string, body: Uint8Array, status: number, text: RegExp])[] = [
    ['truncated snappy', '/api/v1/push', whole.subarray(0, whole.length - 5), 400, /snappy/i],
    ['a claim of 1 GiB in 7 bytes', '/api/v1/push', claimOneGibibyte, 413, /1073741824|1 GiB|limit/i],
    [
      'truncated protobuf',
      '/api/v1/push',
      snappyEncode(writeRequestBody([sample]).subarray(0, 9)),
      400,
      /protobuf|WriteRequest|truncated/i,
    ],
    ['JSON instead of protobuf', '/api/v1/push', encoder.encode('{"timeseries":[]}'), 400, /snappy/i],
    [
      'a series without a name',
      '/api/v1/push',
      snappyEncode(writeRequestBody([{ ...sample, labels: { job: 'x' } }])),
      400,
      /missing_metric_name.*job/,
    ],
    [
      'truncated Loki protobuf',
      '/loki/api/v1/push',
      snappyEncode(Uint8Array.of(0x0a, 0x7f, 0x01)),
      400,
      /protobuf|truncated/i,
    ],
  ];
  for (const [what, path, body, status, text] of cases) {
    it(`answers ${status} to ${what}`, async () => {
      const response = await pushBody(`${gateway.url}${path}`, token, body);
      expect(response.status).toBe(status);
      expect(await response.text()).toMatch(text);
    });
  }

  const MIB = 1024 * 1024;
  const deep = new Uint8Array(12 * MIB).map((_, i) => [12, 0, 9][i % 3] as number);
  const hostile: readonly (readonly [
    what: string,
    path: string,
    type: string,
    body: Uint8Array | string,
    status: number,
  ])[] = [
    [
      'Jaeger spans by the billion in nine bytes',
      '/api/traces',
      'application/x-thrift',
      Uint8Array.of(15, 0, 2, 12, 127, 255, 255, 255, 0),
      400,
    ],
    ['Thrift structs four million deep', '/api/traces', 'application/x-thrift', deep, 400],
    [
      'a Zipkin list of a million lists',
      '/api/v2/spans',
      'application/json',
      `[${'[]'.padEnd(4)}${',[]'.repeat(MIB)}]`,
      413,
    ],
    ['JSON a million levels deep', '/api/v2/spans', 'application/json', '['.repeat(MIB) + ']'.repeat(MIB), 413],
    ['Zipkin protobuf cut off', '/api/v2/spans', 'application/x-protobuf', Uint8Array.of(0x0a, 0x7f, 0x01), 400],
    [
      'a line whose tags grow with its fields',
      '/api/v1/push/influx/write',
      'text/plain',
      `a,t=${'x'.repeat(MIB)} ${'f=1,'.repeat(MIB)}f=1`,
      413,
    ],
    ['a million bad lines', '/api/v1/push/influx/write', 'text/plain', 'a v=\n'.repeat(MIB), 400],
    ['a text that is no exposition', '/metrics/job/a', 'text/plain', '\u0000'.repeat(MIB), 400],
    ['a series a million times', '/metrics/job/a', 'text/plain', 'a 1\n'.repeat(MIB), 400],
    [
      'a grouping key on every series',
      `/metrics/job/${'j'.repeat(4000)}`,
      'text/plain',
      Array.from({ length: 100_000 }, (_, i) => `a${i} 1\n`).join(''),
      413,
    ],
  ];
  for (const [what, path, type, body, status] of hostile) {
    it(`answers ${status} to ${what}, and takes the next push`, async () => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': type };
      const response = await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body: body as BodyInit });
      expect(response.status).toBe(status);
      const text = await response.text();
      expect(text.length).toBeGreaterThan(10);
      expect(text.length).toBeLessThan(3000);
      expect((await push(gateway.url, token, [sample])).status).toBe(204);
    });
  }

  it('answers 415 to a content type it does not take, before it looks at the body', async () => {
    const response = await pushBody(`${gateway.url}/api/v1/push`, token, whole, { 'content-type': 'application/json' });
    expect(response.status).toBe(415);
  });

  it('answers 400 to broken Loki JSON and to broken OTLP JSON', async () => {
    for (const path of ['/loki/api/v1/push', '/v1/traces']) {
      const response = await fetch(`${gateway.url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: '{"streams": [',
      });
      expect(response.status).toBe(400);
      expect((await response.text()).length).toBeGreaterThan(10);
    }
  });

  it('still works afterwards', async () => {
    expect((await push(gateway.url, token, [sample])).status).toBe(204);
    expect(destination.samples.get('{__name__="fine"}')).toBeDefined();
  });

  it('names every mistake of a pipeline with its line, and keeps the old pipeline', async () => {
    const response = await gateway.admin(
      'PUT',
      '/tenants/home/pipeline',
      'spillway.receive "default" {\n  metrics = [prometheus.remote_wriite.store.receiver]\n}\n\nprometheus.remote_write "store" {\n  endpoint {\n    uri = "http://x"\n  }\n}\n\nprometheus.scrape "node" {\n  targets    = []\n  forward_to = []\n}\n',
    );
    expect(response.status).toBe(422);
    const { diagnostics } = (await response.json()) as { diagnostics: { line: number; message: string }[] };
    expect(diagnostics.map(({ line }) => line)).toEqual(expect.arrayContaining([2, 7, 11]));
    expect((await push(gateway.url, token, [sample])).status).toBe(204);
  });
});

describe('a config with three mistakes', () => {
  it('stops the agent with all three, each with its line and excerpt', () => {
    const folder = tempFolder('config');
    const file = join(folder.path, 'config.alloy');
    writeFileSync(
      file,
      'prometheus.exporter.unix "host" { }\n\nprometheus.scrape "host" {\n  targets    = prometheus.exporter.unix.hots.targets\n  forward_to = [spillway.write.gateway.metrics_receiver]\n  scrape_intervall = "5s"\n}\n\nspillway.write "gateway" {\n  batch_wait = "1s"\n}\n',
    );
    const [program, ...own] = agentProgram();
    const result = spawnSync(program, [...own, 'run', `--storage.path=${folder.path}/data`, file], {
      encoding: 'utf8',
      timeout: 90_000,
    });
    expect(result.status).toBe(1);
    expect(result.stderr).toContain('config.alloy:4:');
    expect(result.stderr).toContain('config.alloy:6:');
    expect(result.stderr).toContain('config.alloy:9:');
    expect(result.stderr).toContain('6 |   scrape_intervall = "5s"');
    expect(result.stderr).toContain('missing required attribute "url"');
    folder.remove();
  });
});
