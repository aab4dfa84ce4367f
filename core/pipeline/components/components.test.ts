import { describe, expect, it } from 'vitest';
import type { Destination } from '../../delivery/destination.ts';
import type { TestLine } from '../pipeline.fixture.ts';
import { loadPipeline, outLines, runLines, runSeries } from '../pipeline.fixture.ts';
import { runTracesPlan } from '../traces-plan.ts';

const refusal = (text: string) => {
  try {
    loadPipeline(text);
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
};

const metrics = (rules: string, endpoint = '') => `
  spillway.receive "in" { metrics = [prometheus.relabel.r.receiver] }
  prometheus.relabel "r" {
    forward_to = [prometheus.remote_write.out.receiver]
    ${rules}
  }
  prometheus.remote_write "out" {
    ${endpoint === '' ? 'endpoint { url = "https://mimir.example/api/v1/push" }' : endpoint}
  }`;

describe('prometheus.relabel', () => {
  it('passes everything without rules', () => {
    expect(runSeries(metrics(''), { __name__: 'up', job: 'a' })).toEqual({
      'prometheus.remote_write.out': [{ __name__: 'up', job: 'a' }],
    });
  });
  it('applies its rules in order', () => {
    const rules = `
      rule {
        source_labels = ["job", "env"]
        separator     = "/"
        regex         = "(.*)/prod"
        target_label  = "service"
        replacement   = "\${1}-live"
      }
      rule {
        action        = "keep"
        source_labels = ["service"]
        regex         = ".+"
      }
      rule {
        action = "labeldrop"
        regex  = "env"
      }`;
    expect(
      runSeries(metrics(rules), { __name__: 'up', job: 'a', env: 'prod' }, { __name__: 'up', job: 'a', env: 'dev' }),
    ).toEqual({
      'prometheus.remote_write.out': [{ __name__: 'up', job: 'a', service: 'a-live' }],
    });
  });
  it('drops a series that is left without labels', () => {
    expect(runSeries(metrics('rule {\n action = "labelkeep"\n regex = "none" }'), { __name__: 'up' })).toEqual({});
  });
  it('refuses rules that make no sense', () => {
    expect(refusal(metrics('rule {\n action = "explode" }'))).toMatch(/unknown relabel action "explode"/);
    expect(refusal(metrics('rule {\n target_label = "x"\n regex = "(" }'))).toMatch(/error parsing regexp/);
    expect(refusal(metrics('max_cache_size = 5\n cache_ttl = "1m"'))).toMatch(
      /at most one of cache_ttl and max_cache_size/,
    );
  });
});

describe('prometheus.remote_write', () => {
  const destinationsOf = (arguments_: string): readonly Destination[] =>
    loadPipeline(`prometheus.remote_write "out" { ${arguments_} }`).destinations;
  const url = 'url = "https://mimir.example/api/v1/push"';

  it('adds external labels where a series has none, then applies write rules, and keeps internal labels', () => {
    const text = metrics(
      '',
      `external_labels = { cluster = "eu", job = "external" }
       endpoint {
         ${url}
         write_relabel_config {
           source_labels = ["__tmp", "cluster"]
           target_label  = "joined"
         }
       }
       endpoint {
         url  = "https://other.example/api/v1/push"
         name = "other"
         write_relabel_config {
           action        = "drop"
           source_labels = ["job"]
           regex         = "a"
         }
       }`,
    );
    expect(runSeries(text, { __name__: 'up', job: 'a', __tmp: 't' }, { __name__: 'x' })).toEqual({
      'prometheus.remote_write.out': [
        { __name__: 'up', __tmp: 't', cluster: 'eu', job: 'a', joined: 't;eu' },
        { __name__: 'x', cluster: 'eu', job: 'external', joined: ';eu' },
      ],
      'prometheus.remote_write.out/other': [{ __name__: 'x', cluster: 'eu', job: 'external' }],
    });
  });

  it('has the defaults of Alloy', () => {
    expect(destinationsOf(`endpoint { ${url} }`)).toMatchObject([
      {
        id: 'prometheus.remote_write.out',
        protocol: 'remote_write',
        url: 'https://mimir.example/api/v1/push',
        timeoutMs: 30_000,
        retry: { minBackoffMs: 30, maxBackoffMs: 5000, retryOnHttp429: true, maxAgeMs: 0 },
        batch: { maxItems: 2000, maxWaitMs: 5000 },
      },
    ]);
  });

  it('passes on authentication, headers and the queue settings that mean something here', () => {
    const [destination] = destinationsOf(`endpoint {
      ${url}
      headers      = { "X-Scope-OrgID" = "team" }
      http_headers = { "X-Key" = ["k1", "k2"] }
      basic_auth {
        username = "u"
        password = "p"
      }
      queue_config {
        max_samples_per_send = 500
        sample_age_limit     = "1h"
        retry_on_http_429    = false
      }
    }`);
    expect(destination.headers).toEqual({ 'X-Scope-OrgID': 'team' });
    expect(destination.secretHeaders?.map(({ name, value }) => [name, value.reveal()])).toEqual([['X-Key', 'k1, k2']]);
    expect(destination.auth.basic?.password.reveal()).toBe('p');
    expect(destination).toMatchObject({
      batch: { maxItems: 500 },
      retry: { maxAgeMs: 3_600_000, retryOnHttp429: false },
    });
    expect(JSON.stringify(destination)).not.toMatch(/"p"|k1/);
  });

  it.each([
    ['min_backoff = "1s"', { retry: { minBackoffMs: 1000 } }],
    ['max_backoff = "1m"', { retry: { maxBackoffMs: 60_000 } }],
    ['batch_send_deadline = "1s"', { batch: { maxWaitMs: 1000 } }],
    ['max_samples_per_send = 7', { batch: { maxItems: 7 } }],
    ['retry_on_http_429 = false', { retry: { retryOnHttp429: false } }],
    ['sample_age_limit = "1h"', { retry: { maxAgeMs: 3_600_000 } }],
    ['capacity = 5', { batch: { maxItems: 2000 } }],
    ['max_shards = 5', { batch: { maxItems: 2000 } }],
    ['min_shards = 5', { batch: { maxItems: 2000 } }],
  ])('takes queue_config { %s }', (setting, expected) => {
    expect(destinationsOf(`endpoint {\n ${url}\n queue_config { ${setting} } }`)).toMatchObject([expected]);
  });

  it.each([
    ['wal { }', 0],
    ['wal { truncate_frequency = "1h" }', 0],
    ['wal { min_keepalive_time = "1h" }', 0],
    ['wal { max_keepalive_time = "8h" }', 8 * 3_600_000],
  ])('with %s bounds the age of what waits to %i ms', (wal, maxAgeMs) => {
    expect(destinationsOf(`endpoint { ${url} }\n ${wal}`)).toMatchObject([{ retry: { maxAgeMs } }]);
  });

  it('keeps to the shorter of two ages', () => {
    const limited = `endpoint {\n ${url}\n queue_config { sample_age_limit = "2h" } }`;
    const age = (wal: string) => destinationsOf(`${limited}\n wal { max_keepalive_time = "${wal}" }`)[0].retry.maxAgeMs;
    expect([age('1h'), age('3h')]).toEqual([3_600_000, 7_200_000]);
  });

  it('gives endpoints ids that stay when one is added at the end', () => {
    const ids = destinationsOf(`endpoint { ${url} }\n endpoint { ${url} }\n endpoint {\n ${url}\n name = "c" }`).map(
      ({ id }) => id,
    );
    expect(ids).toEqual([
      'prometheus.remote_write.out',
      'prometheus.remote_write.out/1',
      'prometheus.remote_write.out/c',
    ]);
  });

  it.each([
    ['endpoint { url = "mimir:9009" }', /must begin with http:\/\/ or https:\/\//],
    ['endpoint { url = "/api/v1/push" }', /is not a URL/],
    ['endpoint { url = "https://u:p@mimir/" }', /cannot hold a user name/],
    [`endpoint {\n ${url}\n name = "../x" }`, /endpoint name/],
    [`endpoint {\n ${url}\n name = "a" }\n endpoint {\n ${url}\n name = "a" }`, /same name/],
    [`endpoint {\n ${url}\n headers = { "Host" = "x" } }`, /header Host is set by Spillway/],
    [`endpoint {\n ${url}\n bearer_token = "a"\n basic_auth { username = "u" } }`, /at most one of/],
    [`endpoint {\n ${url}\n bearer_token = "line\\nbreak" }`, /line break/],
    [`endpoint {\n ${url}\n bearer_token_file = "/x" }`, /bearer_token_file is known to Alloy and not yet supported/],
    [
      `endpoint {\n ${url}\n tls_config { insecure_skip_verify = true } }`,
      /insecure_skip_verify is known to Alloy and not yet/,
    ],
    [`endpoint {\n ${url}\n sigv4 { } }`, /block sigv4 is known to Alloy and not yet/],
    [`endpoint {\n ${url}\n write_relabel_config { action = "hashmod" } }`, /requires non-zero modulus/],
  ])('refuses %s', (arguments_, message) =>
    expect(refusal(`prometheus.remote_write "out" { ${arguments_} }`)).toMatch(message),
  );

  it('does not repeat a refused secret', () => {
    expect(
      refusal(`prometheus.remote_write "out" { endpoint {\n ${url}\n bearer_token = "hunter2\\n" } }`),
    ).not.toContain('hunter2');
  });
});

describe('loki.relabel and loki.write', () => {
  const logs = (writer: string) =>
    loadPipeline(`
    spillway.receive "in" { logs = [loki.relabel.r.receiver] }
    loki.relabel "r" {
      forward_to = [loki.write.out.receiver]
      rule {
        action        = "drop"
        source_labels = ["level"]
        regex         = "debug"
      }
      rule {
        source_labels = ["app"]
        target_label  = "__tenant_id__"
      }
      rule {
        action = "labeldrop"
        regex  = "pod"
      }
    }
    loki.write "out" {
      ${writer}
      endpoint { url = "https://loki.example/loki/api/v1/push" }
    }`);
  const lines: TestLine[] = [
    { line: 'a', labels: { app: 'x', pod: 'p', __internal: '1' } },
    { line: 'b', labels: { app: 'x', level: 'debug' } },
    { line: 'c', labels: { pod: 'p' } },
  ];

  it('relabel streams, drop those that are left without labels, and count them', () => {
    const result = runLines(logs(''), lines);
    expect(outLines(result).map(({ line, labels }) => [line, labels])).toEqual([
      ['a', { __tenant_id__: 'x', app: 'x' }],
    ]);
    expect(result).toMatchObject({
      received: 3,
      dropped: 2,
      drops: [{ componentId: 'loki.relabel.r', reason: 'relabel', lines: 2 }],
    });
  });

  it('add external labels to streams that have none of the name', () => {
    const [out] = outLines(runLines(logs('external_labels = { app = "other", cluster = "eu" }'), lines));
    expect(out.labels).toEqual({ __tenant_id__: 'x', app: 'x', cluster: 'eu' });
  });

  it('hand marks on even when no line is left', () => {
    const marks = [{ source: 's', key: 'f', position: '9' }];
    const result = runLines(logs(''), [lines[1]], marks);
    expect(result.outputs).toMatchObject([{ lines: 0, batch: { marks } }]);
    expect(runLines(logs(''), [lines[1]]).outputs).toEqual([]);
  });

  it('have the defaults of Alloy, with sizes and durations of their own where given', () => {
    expect(logs('').destinations).toMatchObject([
      {
        id: 'loki.write.out',
        protocol: 'loki_push',
        timeoutMs: 10_000,
        retry: { minBackoffMs: 500, maxBackoffMs: 300_000 },
        batch: { maxBytes: 1_048_576, maxWaitMs: 1000 },
      },
    ]);
    const [own] = loadPipeline(
      'loki.write "o" { endpoint {\n url = "http://l/p"\n batch_size = "10KiB"\n tenant_id = "t" } }',
    ).destinations;
    expect(own).toMatchObject({ tenantId: 't', batch: { maxBytes: 10_240 } });
  });

  it.each([
    ['max_streams = 5', /max_streams is known to Alloy/],
    ['endpoint {\n url = "http://l/p"\n tenant_id = "a\\nb" }', /cannot carry/],
    ['endpoint {\n url = "http://l/p"\n queue_config { capacity = 0 } }', /must be greater than 0/],
  ])('refuse %s', (arguments_, message) => expect(refusal(`loki.write "o" { ${arguments_} }`)).toMatch(message));

  it.each([
    ['', '', { retry: { maxAgeMs: 0 } }],
    ['max_backoff_retries = 10', '', { retry: { maxAttempts: 10 } }],
    ['queue_config { capacity = "100MiB" }', '', { queue: { maxBytes: 100 * 1024 * 1024 } }],
    ['queue_config { block_on_overflow = false }', '', { queue: { whenFull: 'drop_oldest' } }],
    ['queue_config { drain_timeout = "1m" }', '', { queue: { drainTimeoutMs: 60_000 } }],
    ['queue_config { min_shards = 4 }', '', { retry: { maxAgeMs: 0 } }],
    ['', 'wal {\n enabled = true\n max_segment_age = "1h" }', { retry: { maxAgeMs: 3_600_000 } }],
    ['', 'wal { max_segment_age = "1h" }', { retry: { maxAgeMs: 0 } }],
    ['', 'wal {\n enabled = true\n drain_timeout = "30s" }', { queue: { drainTimeoutMs: 30_000 } }],
    [
      '',
      'wal {\n enabled = true\n min_read_frequency = "1s"\n max_read_frequency = "2s" }',
      { retry: { maxAgeMs: 0 } },
    ],
  ])('take %j and %j', (endpoint, wal, expected) => {
    const text = `loki.write "o" { endpoint {\n url = "http://l/p"\n ${endpoint} }\n ${wal} }`;
    expect(loadPipeline(text).destinations).toMatchObject([expected]);
  });

  it('give up or drop nothing, and leave the bounds of the queue to the host, where nothing is set', () => {
    const [destination] = logs('').destinations;
    expect(destination.retry).not.toHaveProperty('maxAttempts');
    expect(destination).not.toHaveProperty('queue');
  });

  it('count a line as dropped only when no path delivers it', () => {
    const forked = loadPipeline(`
      spillway.receive "in" { logs = [loki.process.a.receiver, loki.process.b.receiver] }
      loki.process "a" {
        forward_to = [loki.write.out.receiver]
        stage.drop { expression = "^[bc]" }
      }
      loki.process "b" {
        forward_to = [loki.write.out.receiver]
        stage.drop { expression = "^[ac]" }
      }
      loki.write "out" { endpoint { url = "http://loki/loki/api/v1/push" } }`);
    const result = runLines(forked, [{ line: 'a' }, { line: 'b' }, { line: 'c' }]);
    expect(outLines(result).map(({ line }) => line)).toEqual(['a', 'b']);
    expect(result.dropped).toBe(1);
    expect(result.drops.map(({ componentId, lines: count }) => [componentId, count])).toEqual([
      ['loki.process.a', 2],
      ['loki.process.b', 2],
    ]);
  });
});

describe('otelcol.exporter.otlphttp', () => {
  const traces = (client: string, more = '') => `
    spillway.receive "in" { traces = [otelcol.exporter.otlphttp.t.input] }
    otelcol.exporter.otlphttp "t" {
      client { ${client} }
      ${more}
    }`;
  const batch = { signal: 'traces' as const, body: new Uint8Array([1]), spans: 3 };

  it('sends traces as they came to /v1/traces of its endpoint, gzipped', () => {
    const { entry } = loadPipeline(traces('endpoint = "https://tempo.example:4318/"'));
    const result = runTracesPlan(entry.traces, batch, 0n);
    expect(result).toMatchObject({ received: 3, dropped: 0 });
    expect(result.outputs).toMatchObject([
      {
        spans: 3,
        destination: {
          url: 'https://tempo.example:4318/v1/traces',
          compression: 'gzip',
          protocol: 'otlp_http',
          signal: 'traces',
        },
      },
    ]);
    expect(result.outputs[0].batch.body).toBe(batch.body);
  });
  it('counts spans that nothing takes', () => {
    const { entry } = loadPipeline('spillway.receive "in" { }');
    expect(runTracesPlan(entry.traces, batch, 0n)).toMatchObject({ outputs: [], dropped: 3 });
  });
  it('takes another URL for traces, and no compression', () => {
    const [destination] = loadPipeline(
      traces('endpoint = "http://a"\n compression = "none"', 'traces_endpoint = "http://b/custom"'),
    ).destinations;
    expect(destination).toMatchObject({ url: 'http://b/custom', compression: 'none' });
  });
  it('drops by age only where the configuration says so', () => {
    const maxAge = (more: string) => loadPipeline(traces('endpoint = "http://a"', more)).destinations[0].retry.maxAgeMs;
    expect(maxAge('')).toBe(0);
    expect(maxAge('retry_on_failure { }')).toBe(0);
    expect(maxAge('retry_on_failure { max_elapsed_time = "5m" }')).toBe(300_000);
  });
  it.each([
    ['retry_on_failure { enabled = false }', { retry: { maxAttempts: 1 } }],
    ['retry_on_failure { initial_interval = "1s" }', { retry: { minBackoffMs: 1000 } }],
    ['retry_on_failure { max_interval = "1m" }', { retry: { maxBackoffMs: 60_000 } }],
    ['retry_on_failure { multiplier = 3 }', { retry: { otelBackoff: { multiplier: 3, randomization: 0.5 } } }],
    [
      'retry_on_failure { randomization_factor = 0 }',
      { retry: { otelBackoff: { multiplier: 1.5, randomization: 0 } } },
    ],
    ['sending_queue { queue_size = 50 }', { queue: { maxPayloads: 50 } }],
    ['sending_queue {\n queue_size = 50\n sizer = "items" }', { queue: { maxItems: 50 } }],
    ['sending_queue {\n queue_size = 50\n sizer = "bytes" }', { queue: { maxBytes: 50 } }],
    ['sending_queue { block_on_overflow = true }', { queue: { whenFull: 'block' } }],
    ['sending_queue { batch { max_size = 10 } }', { batch: { maxItems: 10 } }],
    ['sending_queue { batch { max_size = 0 } }', { batch: { maxItems: Number.MAX_SAFE_INTEGER } }],
    ['sending_queue { batch {\n max_size = 9000\n sizer = "bytes" } }', { batch: { maxBytes: 9000 } }],
    ['sending_queue {\n enabled = false\n num_consumers = 2\n wait_for_result = true }', { batch: { maxItems: 3000 } }],
  ])('takes %s', (block, expected) => {
    expect(loadPipeline(traces('endpoint = "http://a"', block)).destinations[0]).toMatchObject(expected);
  });
  it.each([
    ['sending_queue { queue_size = 0 }', /must be greater than 0/],
    ['retry_on_failure { multiplier = 0.5 }', /must not be less than 1/],
    ['retry_on_failure { randomization_factor = 2 }', /must be between 0 and 1/],
  ])('refuses %s', (block, message) => expect(refusal(traces('endpoint = "http://a"', block))).toMatch(message));
  it.each([
    [traces('endpoint = "http://a"\n compression = "zstd"'), /compression zstd is not yet supported/],
    [traces('endpoint = "http://a"', 'encoding = "json"'), /encoding is known to Alloy/],
    [
      traces('endpoint = "https://a"\n tls {\n insecure_skip_verify = true }'),
      /insecure_skip_verify is known to Alloy/,
    ],
    [traces('endpoint = "tempo:4317"'), /must begin with http/],
    ['otelcol.exporter.otlphttp "t" { }', /missing required block "client"/],
  ])('refuses case %#', (text, message) => expect(refusal(text)).toMatch(message));
});

describe('spillway.receive', () => {
  it('is where each signal enters', () => {
    const { entry } = loadPipeline(`
      spillway.receive "in" { metrics = [prometheus.remote_write.m.receiver] }
      prometheus.remote_write "m" { endpoint { url = "http://m/push" } }`);
    expect([entry.metrics.length, entry.logs.length, entry.traces.length]).toEqual([1, 0, 0]);
  });
  it('refuses a receiver of another signal', () => {
    expect(refusal('spillway.receive "in" { metrics = [loki.write.l.receiver] }\n loki.write "l" { }')).toMatch(
      /expected capsule\("storage.Appendable"\) or capsule\("otelcol.Consumer"\), got capsule\("loki.LogsReceiver"\)/,
    );
  });
});
