import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../core/alloy/values.ts';
import { snappyDecode } from '../../core/codec/snappy.ts';
import type { LogsBatch, MetricsBatch, TracesBatch } from '../../core/pipeline/signals.ts';
import { decodeLokiPush } from '../../core/wire/loki/push.ts';
import { countSpans, otlpTracesJsonToProtobuf } from '../../core/wire/otlp/traces.ts';
import { decodeWriteRequest, encodeLabelBlock, WriteRequestBuilder } from '../../core/wire/remote-write/v1.ts';
import { decodeBatch, encodeBatchResponse } from '../../core/wire/spillway-batch.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { FailingFileSystem } from '../spool/testing.ts';
import { Telemetry } from '../telemetry/metrics.ts';
import { HttpTarget } from '../testing/http-target.ts';
import { recordingLogger } from '../testing/quiet-logger.ts';
import { DestinationAgents } from './destination-agents.ts';
import type { HostDestination } from './host-destination.ts';
import { Senders } from './senders.ts';

let target: HttpTarget;
let storagePath: string;
let telemetry: Telemetry;
let senders: Senders;
let fs: FailingFileSystem;
let log: { lines: string[] };

beforeEach(async () => {
  target = await new HttpTarget().start();
  storagePath = mkdtempSync(join(tmpdir(), 'senders-'));
  fs = new FailingFileSystem();
  open();
});

afterEach(async () => {
  await senders.stop();
  await target.stop();
  rmSync(storagePath, { recursive: true, force: true });
});

/** The senders of a process; called again, those of the next. */
function open(clock: Clock = systemClock): void {
  telemetry = new Telemetry();
  const { logger, lines } = recordingLogger();
  log = { lines };
  senders = new Senders({
    storagePath,
    fs,
    clock,
    logger,
    telemetry,
    agents: new DestinationAgents(),
    userAgent: 'agent/1',
  });
}

function destination(more: Partial<HostDestination> = {}): HostDestination {
  return {
    id: 'prometheus.remote_write.a',
    componentId: 'prometheus.remote_write.a',
    signal: 'metrics',
    protocol: 'remote_write',
    url: `http://${target.address}/push`,
    headers: {},
    auth: { bearer: new Secret('hush') },
    timeoutMs: 5000,
    retry: { minBackoffMs: 2, maxBackoffMs: 10, retryOnHttp429: true, maxAgeMs: 0 },
    batch: { maxItems: 100, maxBytes: 1_000_000, maxWaitMs: 5 },
    ...more,
  };
}

function metrics(name: string, samples = 1): MetricsBatch {
  const builder = new WriteRequestBuilder();
  for (let i = 0; i < samples; i++) {
    builder.addSample(
      encodeLabelBlock([
        { name: '__name__', value: name },
        { name: 'n', value: `${i}` },
      ]),
      i,
      1000 + i,
    );
  }
  return { signal: 'metrics', series: samples, samples, body: builder.take() };
}

const logs = (line: string, marks: LogsBatch['marks'] = []): LogsBatch => ({
  signal: 'logs',
  streams: [{ labels: [{ name: 'job', value: 'x' }], entries: [{ timestampNs: 1n, line, metadata: [] }] }],
  marks,
});

function tracesBody(spans: number): Uint8Array {
  const named = Array.from({ length: spans }, (_, i) => ({
    name: `span ${i}`,
    traceId: 'ab'.repeat(16),
    spanId: 'cd'.repeat(8),
  }));
  return otlpTracesJsonToProtobuf(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: named }] }] }));
}

const receivedNames = () =>
  target.asked.flatMap(({ body }) =>
    decodeWriteRequest(snappyDecode(body, 1 << 24)).series.map(
      ({ labels }) => labels.find(({ name }) => name === '__name__')!.value,
    ),
  );
const metric = (text: string) =>
  telemetry
    .expose()
    .split('\n')
    .find((line) => line.startsWith(text))
    ?.split(' ')
    .at(-1);
const until = async (condition: () => boolean) => {
  while (!condition()) await systemClock.sleep(2);
};

describe('a sender', () => {
  it('joins what is written at the same time into one request, and counts it', async () => {
    const sender = senders.get(destination());
    await Promise.all([sender.write(metrics('a')), sender.write(metrics('b', 2))]);
    await until(() => metric('prometheus_remote_storage_samples_total') === '3');
    expect(receivedNames()).toEqual(['a', 'b', 'b']);
    const { headers, method } = target.asked[0]!;
    expect(method).toBe('POST');
    expect(headers).toMatchObject({
      'content-encoding': 'snappy',
      'content-type': 'application/x-protobuf',
      'user-agent': 'agent/1',
      authorization: 'Bearer hush',
      'x-prometheus-remote-write-version': '0.1.0',
    });
    expect(telemetry.expose() + log.lines.join('')).not.toContain('hush');
  });

  it('splits what is more than one request may hold', async () => {
    const sender = senders.get(destination({ batch: { maxItems: 40, maxBytes: 1_000_000, maxWaitMs: 5 } }));
    await sender.write(metrics('a', 100));
    await until(() => metric('prometheus_remote_storage_samples_total') === '100');
    expect(target.asked).toHaveLength(3);
  });

  it('tries again with backoff, in order, and says how often', async () => {
    let refusals = 3;
    target.answer = () => ({ status: refusals-- > 0 ? 503 : 200 });
    const sender = senders.get(destination());
    await sender.write(metrics('first'));
    await until(() => target.asked.length >= 1);
    await sender.write(metrics('second'));
    await until(() => metric('prometheus_remote_storage_samples_total') === '2');
    expect(receivedNames()).toEqual(['first', 'first', 'first', 'first', 'second']);
    expect(target.asked.map(({ headers }) => headers['retry-attempt'])).toEqual([undefined, '1', '2', '3', undefined]);
    expect(target.asked[1]!.body.equals(target.asked[0]!.body)).toBe(true);
  });

  it('gives up what the destination refuses for good, keeps it to be looked at, and goes on', async () => {
    target.answer = () => ({ status: target.asked.length === 1 ? 400 : 200, body: 'out of order' });
    const sender = senders.get(destination());
    await sender.write(metrics('bad', 2));
    await until(() => target.asked.length === 1);
    await sender.write(metrics('good'));
    await until(() => metric('prometheus_remote_storage_samples_total') === '1');
    expect(metric('prometheus_remote_storage_samples_failed_total')).toBe('2');
    expect(
      metric('spillway_agent_rejected_items_total{destination="prometheus.remote_write.a",reason="bad_request"'),
    ).toBe('2');
    expect(readdirSync(join(storagePath, 'prometheus.remote_write.a/default/rejected'))).toHaveLength(1);
  });

  it('keeps everything while it is paused, and is woken by new settings', async () => {
    target.answer = ({ headers }) => ({ status: headers.authorization === 'Bearer good' ? 200 : 401 });
    const sender = senders.get(destination());
    await sender.write(metrics('a'));
    await until(() => metric('spillway_agent_destination_paused') === '1');
    await senders.use([destination({ auth: { bearer: new Secret('good') } })]);
    await until(() => metric('prometheus_remote_storage_samples_total') === '1');
    expect(metric('spillway_agent_destination_paused')).toBe('0');
  });

  it('sends after a restart what it could not send before', async () => {
    target.answer = () => ({ status: 503 });
    await senders.get(destination()).write(metrics('kept', 3));
    await until(() => target.asked.length > 0);
    await senders.stop();
    target.asked.length = 0;
    target.answer = () => ({});
    open();
    await senders.use([destination()]);
    await until(() => metric('prometheus_remote_storage_samples_total') === '3');
    expect(receivedNames()).toEqual(['kept', 'kept', 'kept']);
  });

  it('resolves a write only once the data is on the disk, and heals when the disk does', async () => {
    fs.freeBytesLeft = 500;
    const sender = senders.get(destination({ id: 'loki.write.a', componentId: 'loki.write.a', protocol: 'loki_push' }));
    let written = false;
    const mark = { source: 's', key: 'k', position: '7' };
    const write = sender.write(
      logs(
        'x'.repeat(4000).replace(/x/g, () => String.fromCharCode(97 + Math.random() * 26)),
        [mark],
      ),
    );
    void write.then(() => {
      written = true;
    });
    await until(() => log.lines.some((line) => line.includes('cannot be written')));
    expect([written, target.asked.length]).toEqual([false, 0]);
    fs.freeBytesLeft = Number.POSITIVE_INFINITY;
    await write;
    expect((await sender.spool()).marks('s').get('k')).toBe('7');
    await until(() => target.asked.length === 1);
  });

  it('refuses spans when the spool is full, so that their sender can keep them', async () => {
    target.answer = () => ({ status: 503 });
    const sender = senders.get(destination({ protocol: 'otlp_http', signal: 'traces', queue: { maxBytes: 100 } }));
    const spans = (bytes: number): TracesBatch => ({ signal: 'traces', body: new Uint8Array(bytes), spans: 1 });
    await sender.write(spans(80));
    await expect(sender.write(spans(80))).rejects.toMatchObject({ failure: { reason: 'outbox_full' } });
  });

  it('holds back who pushes where the configuration says that a full queue blocks', async () => {
    let isUp = false;
    target.answer = () => ({ status: isUp ? 200 : 503 });
    const queue = { maxPayloads: 1, whenFull: 'block' } as const;
    const sender = senders.get(destination({ protocol: 'otlp_http', signal: 'traces', queue }));
    const spans: TracesBatch = { signal: 'traces', body: new Uint8Array(8), spans: 1 };
    await sender.write(spans);
    const second = sender.write(spans);
    await until(() => sender.health !== undefined);
    expect(sender.health?.message).toMatch(/^degraded since .*the spool is full: .*1 of 1 payloads/);
    isUp = true;
    await second;
    expect(sender.health).toBeUndefined();
  });

  it('drops the oldest lines where the configuration says so, and counts them', async () => {
    target.answer = () => ({ status: 503 });
    const queue = { maxPayloads: 1, whenFull: 'drop_oldest' } as const;
    const sender = senders.get(destination({ protocol: 'loki_push', signal: 'logs', queue }));
    await sender.write(logs('old'));
    await sender.write(logs('new'));
    expect(metric('spillway_agent_spool_payloads')).toBe('1');
    expect(sender.health?.message).toContain('the oldest data makes room');
    // It was under way when it was dropped: the answer decides.
    await until(() => metric('spillway_agent_dropped_items_total') === '1');
  });

  it('drops new metrics rather than acknowledged spans, and lets scrapes go on', async () => {
    target.answer = () => ({ status: 503 });
    const sender = senders.get(destination({ protocol: 'spillway_batch', queue: { maxPayloads: 1 } }));
    await sender.write({ signal: 'traces', body: new Uint8Array(8), spans: 4 });
    await sender.write(metrics('a', 3));
    const labels = 'destination="prometheus.remote_write.a",reason="spool_full",signal="metrics"';
    expect(metric(`spillway_agent_dropped_items_total{${labels}}`)).toBe('3');
    expect(metric('spillway_agent_spool_items')).toBe('4');
    expect(metric('spillway_agent_accepted_items_total{destination="prometheus.remote_write.a",signal="metrics"')).toBe(
      '3',
    );
  });

  it('cuts pushes of OTLP to the size of a request that the configuration names', async () => {
    const batch = { maxItems: 4, maxBytes: 1_000_000, maxWaitMs: 5 };
    const sender = senders.get(destination({ protocol: 'otlp_http', signal: 'traces', compression: 'none', batch }));
    await sender.write({ signal: 'traces', body: tracesBody(10), spans: 10 });
    await until(() => target.asked.length === 4);
    expect(target.asked.map(({ body }) => countSpans(body))).toEqual([2, 3, 2, 3]);
  });

  it('sends on for as long as drain_timeout says when it stops, and keeps the rest', async () => {
    let answer: () => void = () => undefined;
    const late = new Promise<void>((resolve) => {
      answer = resolve;
    });
    target.answer = async () => {
      await late;
      return {};
    };
    const sender = senders.get(destination({ queue: { drainTimeoutMs: 1 } }));
    await sender.write(metrics('a'));
    await senders.stop();
    answer();
    expect(metric('prometheus_remote_storage_samples_total')).toBeUndefined();
  });

  it('keeps to the bounds of a new configuration without a restart', async () => {
    target.answer = () => ({ status: 503 });
    const otlp = { protocol: 'otlp_http', signal: 'traces' } as const;
    const spans: TracesBatch = { signal: 'traces', body: new Uint8Array(8), spans: 1 };
    const sender = senders.get(destination({ ...otlp, queue: { maxPayloads: 1 } }));
    await sender.write(spans);
    await expect(sender.write(spans)).rejects.toThrow();
    await senders.use([destination({ ...otlp, queue: { maxPayloads: 2 } })]);
    await sender.write(spans);
  });

  it('waits as long as it meant to when the wall clock jumps back', async () => {
    let jumpMs = 0;
    open({ ...systemClock, nowMs: () => Date.now() + jumpMs });
    target.answer = () => ({ status: target.asked.length < 2 ? 503 : 200 });
    const retry = { minBackoffMs: 20, maxBackoffMs: 30, retryOnHttp429: true, maxAgeMs: 0 };
    await senders.get(destination({ retry })).write(metrics('a'));
    await until(() => target.asked.length === 1);
    jumpMs = -600_000;
    await until(() => metric('prometheus_remote_storage_samples_total') === '1');
  });

  it('puts what waits in memory on the spool when it stops', async () => {
    target.answer = () => ({ status: 503 });
    const slow = destination({ batch: { maxItems: 100, maxBytes: 1_000_000, maxWaitMs: 3_600_000 } });
    const write = senders.get(slow).write(metrics('late'));
    await systemClock.sleep(5);
    await senders.stop();
    await write;
    open();
    target.answer = () => ({});
    await senders.use([slow]);
    await until(() => metric('prometheus_remote_storage_samples_total') === '1');
  });
});

describe('a sender of batches', () => {
  const batches = () => target.asked.map(({ body }) => decodeBatch(body));
  const gateway = (more: Partial<HostDestination> = {}) =>
    destination({ id: 'spillway.write.g', componentId: 'spillway.write.g', protocol: 'spillway_batch', ...more });

  it('sends every signal in one message', async () => {
    target.answer = () => ({ status: target.asked.length === 1 ? 503 : 200 });
    const sender = senders.get(gateway());
    await Promise.all([sender.write(metrics('a', 2)), sender.write(logs('hello'))]);
    await until(() => metric('spillway_agent_spool_payloads') === '0' && target.asked.length > 1);
    const sections = new Map(
      batches()
        .flatMap(({ sections }) => sections)
        .map((section) => [section.signal, section]),
    );
    expect([...sections.keys()].sort()).toEqual(['logs', 'metrics']);
    expect(decodeLokiPush(snappyDecode(sections.get('logs')!.body, 1 << 20))[0]!.entries[0]!.line).toBe('hello');
    expect(Number(sections.get('metrics')!.items)).toBe(2);
  });

  it('repeats a message byte for byte, and gives the next another sequence of the same agent', async () => {
    target.answer = () => ({ status: target.asked.length < 3 ? 503 : 200 });
    const sender = senders.get(gateway());
    await sender.write(metrics('a'));
    await until(() => target.asked.length >= 1);
    await sender.write(metrics('b'));
    await until(() => metric('spillway_agent_spool_payloads') === '0');
    expect(target.asked[1]!.body.equals(target.asked[0]!.body)).toBe(true);
    expect(target.asked[2]!.body.equals(target.asked[0]!.body)).toBe(true);
    const [first, , , last] = batches();
    expect(last!.agentId).toBe(first!.agentId);
    expect(Number(last!.sequence)).toBeGreaterThan(Number(first!.sequence));
  });

  it('counts what the gateway refused of a message it took', async () => {
    const results = [{ section: 0, acceptedItems: 3, rejectedItems: 2, reason: 'label_name_invalid', message: 'no' }];
    target.answer = () => ({ body: encodeBatchResponse({ duplicate: false, results }) });
    await senders.get(gateway()).write(metrics('a', 5));
    await until(() => metric('spillway_agent_spool_payloads') === '0' && target.asked.length === 1);
    const labels = 'destination="spillway.write.g"';
    expect(metric(`spillway_agent_delivered_items_total{${labels},signal="metrics"}`)).toBe('3');
    expect(metric(`spillway_agent_rejected_items_total{${labels},reason="label_name_invalid",signal="metrics"}`)).toBe(
      '2',
    );
  });

  it('makes smaller messages where one was too large', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    target.answer = async ({ body }) => {
      await held;
      return { status: decodeBatch(body).sections.length > 1 ? 413 : 200 };
    };
    const sender = senders.get(gateway());
    for (const name of ['a', 'b', 'c', 'd']) await sender.write(metrics(name));
    release();
    await until(() => metric('spillway_agent_spool_payloads') === '0');
    expect(metric('spillway_agent_delivered_items_total')).toBe('4');
    expect(metric('spillway_agent_rejected_items_total')).toBeUndefined();
  });
});
