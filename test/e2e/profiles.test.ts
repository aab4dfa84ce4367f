/** Profiles from a real profiler and from the agent, through the real gateway: what arrives is what was sent, byte for byte. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Line, Location, Function as PprofFunction, Profile, Sample, StringTable, ValueType } from 'pprof-format';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatLabels, labelsFromRecord } from '../../core/labels/labels.ts';
import {
  decodePyroscopePush,
  encodePyroscopePush,
  encodeRawSample,
  rawProfileOf,
} from '../../core/wire/pyroscope/push.ts';
import { TestAgent } from '../support/agent.ts';
import { FakeDestination } from '../support/fake-destination.ts';
import { TestGateway } from '../support/gateway.ts';
import { freePort } from '../support/ports.ts';
import { RecordingProxy } from '../support/recording-proxy.ts';
import { waitUntil } from '../support/wait-until.ts';

const PUSH = '/push.v1.PusherService/Push';

const pipeline = (url: string) => `
spillway.receive "in" {
  profiles = [pyroscope.write.out.receiver]
}

pyroscope.write "out" {
  endpoint {
    url                = "${url}"
    max_backoff_period = "1s"
  }
}
`;

/** The SDK in a process of its own, as an application has it: busy until its input ends, then it stops and ends. */
const APPLICATION = `
  const { default: Pyroscope } = require('@pyroscope/nodejs');
  Pyroscope.init({
    serverAddress: process.env.SERVER,
    basicAuthUser: 'anyone',
    basicAuthPassword: process.env.TOKEN,
    appName: 'shop',
    tags: { region: 'eu' },
    flushIntervalMs: 500,
    wall: { collectCpuTime: true, samplingDurationMs: 500 },
  });
  Pyroscope.start();
  const busy = setInterval(() => { for (let i = 0, x = 0; i < 1e6; i++) x += Math.sqrt(i); }, 5);
  process.stdin.resume().once('end', async () => { clearInterval(busy); await Pyroscope.stop(); });
`;

function pprof(value: number): Uint8Array {
  const strings = new StringTable();
  const type = new ValueType({ type: strings.dedup('cpu'), unit: strings.dedup('nanoseconds') });
  const fn = new PprofFunction({ id: 1, name: strings.dedup('main'), filename: strings.dedup('main.ts') });
  return gzipSync(
    new Profile({
      sampleType: [type],
      sample: [new Sample({ locationId: [1], value: [value] })],
      location: [new Location({ id: 1, line: [new Line({ functionId: 1, line: 7 })] })],
      function: [fn],
      stringTable: strings,
      timeNanos: 1_700_000_000_000_000_000n,
      periodType: type,
      period: 10_000_000,
    }).encode(),
  );
}

function push(value: number): Uint8Array {
  const samples = [encodeRawSample(pprof(value), `id-${value}`)];
  const labels = labelsFromRecord({ __name__: 'process_cpu', service_name: 'cart' });
  return encodePyroscopePush([{ labels, content: { kind: 'push', samples } }]);
}

const digest = (body: Uint8Array) => createHash('sha256').update(body).digest('hex');

let destination: FakeDestination;
let gateway: TestGateway;
let token: string;

beforeAll(async () => {
  destination = await FakeDestination.start();
  gateway = await TestGateway.start();
  token = await gateway.createTenant('apps', pipeline(destination.url), ['profiles:write', 'agent']);
});

beforeEach(() => {
  destination.refuseWith = 0;
  destination.profiles.length = 0;
});

afterAll(async () => {
  await gateway?.stop();
  await destination?.close();
});

describe('@pyroscope/nodejs', () => {
  it('needs only our URL and a token, and its profiles arrive with the query they were sent with', async () => {
    const proxy = await RecordingProxy.start(gateway.url);
    const application = spawn(process.execPath, ['-e', APPLICATION], {
      env: { ...process.env, SERVER: proxy.url, TOKEN: token },
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    const exited = new Promise((resolve) => application.once('exit', resolve));
    await waitUntil('it has sent some profiles', () => application.exitCode !== null || proxy.passed.length > 2);
    application.stdin?.end();
    expect(await exited).toBe(0);
    await proxy.close();
    expect(proxy.passed.length).toBeGreaterThan(2);
    expect(new Set(proxy.passed.map(({ status }) => status))).toEqual(new Set([200]));
    const shown = ({ path, contentType, body }: (typeof destination.profiles)[number]) =>
      `${path} ${contentType} ${digest(body)}`;
    expect(destination.profiles.map(shown).sort()).toEqual(proxy.passed.map(shown).sort());
    const { searchParams } = new URL(destination.profiles[0]!.path, destination.url);
    expect(searchParams.get('name')).toMatch(/^shop\{.*region=eu.*\}$/);
    const profiles = destination.profiles.map(({ body }) => Profile.decode(new Uint8Array(unzip(body))));
    expect(profiles.reduce((samples, { sample }) => samples + sample.length, 0)).toBeGreaterThan(0);
  });
});

function unzip(body: Buffer): Buffer {
  return body[0] === 0x1f ? gunzipSync(body) : body;
}

describe('profiles', () => {
  it('wait in the outbox through an outage and a kill -9 of the gateway, and none is lost or sent twice', async () => {
    destination.refuseWith = 503;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/proto' };
    const sent: string[] = [];
    for (let i = 0; i < 10; i++) {
      const body = push(i);
      sent.push(digest(body));
      const answer = await fetch(`${gateway.url}${PUSH}`, { method: 'POST', headers, body: body as BodyInit });
      expect([answer.status, await answer.text()]).toEqual([200, '']);
    }
    expect(await gateway.queuedItems('apps')).toBe(10);
    await gateway.kill();
    destination.refuseWith = 0;
    await gateway.run();
    await waitUntil('the outbox is empty', async () => (await gateway.queuedItems('apps')) === 0);
    expect(destination.profiles.map(({ body }) => digest(body)).sort()).toEqual(sent.sort());
  });

  it('go from the agent through the gateway, in their own formats, over a kill -9 of the agent', async () => {
    const port = await freePort();
    const agent = await TestAgent.start(`
      pyroscope.receive_http "apps" {
        http { listen_port = ${port} }
        forward_to = [pyroscope.relabel.site.receiver]
      }
      pyroscope.relabel "site" {
        forward_to = [spillway.write.gateway.profiles_receiver]
        rule {
          target_label = "site"
          replacement  = "home"
        }
      }
      spillway.write "gateway" {
        url         = "${gateway.url}"
        token       = "${token}"
        max_backoff = "1s"
      }`);
    await gateway.kill();
    const url = `http://127.0.0.1:${port}`;
    const body = push(42);
    const pushed = await fetch(`${url}${PUSH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/proto' },
      body: body as BodyInit,
    });
    expect(pushed.status).toBe(200);
    const type = 'multipart/form-data; boundary=xyz';
    const form = Buffer.concat([
      Buffer.from('--xyz\r\n\r\n'),
      Buffer.from([0, 255, 254, 10]),
      Buffer.from('\r\n--xyz--'),
    ]);
    const ingested = await fetch(`${url}/ingest?name=shop.cpu{region=eu}&format=pprof&from=1`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: form,
    });
    expect(ingested.status).toBe(200);
    await agent.kill();
    await gateway.run();
    await agent.run();
    await waitUntil('both have arrived', () => destination.profiles.length === 2);
    const [first, second] = [...destination.profiles].sort((a, b) => (a.path > b.path ? -1 : 1));
    const [series] = decodePyroscopePush(first!.body);
    expect(formatLabels(series!.labels)).toBe(
      '{__name__="process_cpu", app_name="process_cpu", service_name="cart", site="home"}',
    );
    const { id, rawProfile } = rawProfileOf(series!.content.samples[0]!);
    expect([id, digest(rawProfile)]).toEqual(['id-42', digest(pprof(42))]);
    expect(second!.contentType).toBe(type);
    expect(digest(second!.body)).toBe(digest(form));
    expect(Object.fromEntries(new URL(second!.path, url).searchParams)).toEqual({
      name: 'shop.cpu{region=eu,service_name=shop.cpu,site=home}',
      format: 'pprof',
      from: '1',
    });
    await agent.stop();
  });
});
