/**
 * Abuse case A11 against a real gateway: whatever headers a client sends, a destination sees exactly the headers that the
 * pipeline's configuration and the protocol make, in value too.
 */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snappyEncode } from '../../core/codec/snappy.ts';
import { VERSION } from '../../core/version.ts';
import { TestGateway } from '../support/gateway.ts';
import { RawDestination, type RawRequest, rawExchange, statusesOf } from '../support/raw-http.ts';
import { writeRequestBody } from '../support/remote-write-client.ts';

let destination: RawDestination;
let gateway: TestGateway;
let token: string;

beforeAll(async () => {
  destination = await RawDestination.start();
  gateway = await TestGateway.start();
  token = await gateway.createTenant('home', pipeline(destination.url), ['agent']);
});

afterAll(async () => {
  await gateway?.stop();
  await destination?.close();
});

function pipeline(url: string): string {
  return `
spillway.receive "default" {
  metrics  = [prometheus.remote_write.store.receiver]
  logs     = [loki.write.store.receiver]
  traces   = [otelcol.exporter.otlphttp.store.input]
  profiles = [pyroscope.write.store.receiver]
}
prometheus.remote_write "store" {
  endpoint {
    url = "${url}/api/v1/write"
    headers = { "X-Scope-OrgID" = "configured" }
    bearer_token = "secret-of-the-store"
  }
}
loki.write "store" {
  endpoint {
    url = "${url}/loki/api/v1/push"
    tenant_id = "configured"
    basic_auth {
      username = "u"
      password = "p"
    }
  }
}
otelcol.exporter.otlphttp "store" {
  client {
    endpoint = "${url}"
    headers = { "X-Scope-OrgID" = "configured" }
  }
}
pyroscope.write "store" {
  endpoint {
    url = "${url}"
    headers = { "X-Scope-OrgID" = "configured" }
  }
}
`;
}

const OURS = { 'user-agent': `spillway/${VERSION}`, 'x-scope-orgid': 'configured' };
const GOLDEN_METRICS = {
  ...OURS,
  authorization: 'Bearer secret-of-the-store',
  'content-encoding': 'snappy',
  'content-type': 'application/x-protobuf',
  'x-prometheus-remote-write-version': '0.1.0',
};

/** All but what is of the connection: the destination's own name, and the length of the body that came. */
function sent({ headers, body }: RawRequest): Record<string, string> {
  const names = headers.map(([name]) => name.toLowerCase());
  expect(new Set(names).size).toBe(names.length);
  const seen = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
  const { host, 'content-length': length, connection: _, ...rest } = seen;
  expect(host).toBe(`127.0.0.1:${destination.port}`);
  expect(length).toBe(String(body.length));
  return rest;
}

let timestampMs = Date.now() - 600_000;

function metricsBody(): Uint8Array {
  timestampMs += 1_000;
  return snappyEncode(writeRequestBody([{ labels: { __name__: 'up', job: 'a' }, value: 1, timestampMs }]));
}

function request(path: string, headers: readonly string[], body: Uint8Array): Buffer {
  const head = [`POST ${path} HTTP/1.1`, ...headers, `Content-Length: ${body.length}`, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

const HEADERS = () => [
  'Host: gateway.example.com',
  `Authorization: Bearer ${token}`,
  'Content-Type: application/x-protobuf',
  'Content-Encoding: snappy',
];

/** Added to a good push. Each either costs the push its acceptance or changes nothing of what goes out. */
const MUTATIONS: readonly (readonly string[])[] = [
  ['X-Scope-OrgID: victim'],
  ['x-scope-orgid: victim'],
  ['X-SCOPE-ORGID: a|b'],
  ['X-Scope-OrgID: victim', 'X-Scope-OrgID: other'],
  ['X-Scope-OrgID: configured|victim'],
  ['X-Scope-OrgID:'],
  ['X-Org-Id: victim', 'X-Tenant: victim', 'X-Grafana-Org-Id: 2'],
  ['AccountID: 7', 'ProjectID: 8'],
  ['X-Prometheus-Remote-Write-Version: 2.0.0'],
  ['X-Prometheus-Remote-Write-Version: 0.1.0', 'X-Prometheus-Remote-Write-Version: evil'],
  ['X-Prometheus-Remote-Write-Samples-Written: 9'],
  ['X-Prometheus-Scrape-Timeout-Seconds: 1'],
  ['Retry-Attempt: 99'],
  ['X-Forwarded-For: 127.0.0.1'],
  ['X-Forwarded-For: 127.0.0.1', 'X-Forwarded-Host: victim', 'X-Forwarded-Proto: https'],
  ['Forwarded: for=127.0.0.1;host=victim'],
  ['X-Real-IP: 127.0.0.1'],
  ['True-Client-IP: 127.0.0.1'],
  ['CF-Connecting-IP: 127.0.0.1'],
  ['CF-Ray: 1', 'CF-IPCountry: T1', 'CF-Visitor: {"scheme":"https"}'],
  ['CF-Worker: victim.example', 'CF-EW-Via: 15'],
  ['CF-Access-Jwt-Assertion: evil'],
  ['CDN-Loop: cloudflare'],
  ['Via: 1.1 evil'],
  ['Proxy-Authorization: Basic ZTpl'],
  ['Proxy-Connection: keep-alive'],
  ['Cookie: session=evil'],
  ['Cookie: a=1', 'Cookie: b=2'],
  ['Set-Cookie: a=1'],
  ['Referer: https://evil.example/'],
  ['Origin: https://evil.example'],
  ['User-Agent: evil/1.0'],
  ['Accept: text/evil'],
  ['Accept-Encoding: br, evil'],
  ['Accept-Language: tlh'],
  ['Connection: X-Scope-OrgID, Authorization'],
  ['Connection: close, X-Prometheus-Remote-Write-Version'],
  ['Connection: Upgrade', 'Upgrade: websocket'],
  ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'],
  ['Keep-Alive: timeout=1'],
  ['TE: trailers', 'Trailer: X-Scope-OrgID'],
  ['Expect: 100-continue'],
  ['Expect: evil'],
  ['Range: bytes=0-1'],
  ['If-Match: "1"', 'If-None-Match: *'],
  ['Idempotency-Key: evil'],
  ['traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'tracestate: evil=1', 'baggage: evil=1'],
  ['X-HTTP-Method-Override: DELETE'],
  ['X-Original-URL: /admin/v1/tenants', 'X-Rewrite-URL: /admin/v1/tenants'],
  ['Content-Language: evil', 'Content-Disposition: evil', 'Content-MD5: evil'],
  ['Priority: u=0', 'X-Evil: 1', 'Sec-Fetch-Site: cross-site'],
  ['Host: victim.example'],
  [`Authorization: Basic ${Buffer.from('evil:evil').toString('base64')}`],
  ['X-Evil: a', ' folded: X-Scope-OrgID: victim'],
  ['\tX-Scope-OrgID: victim'],
  ['X-Scope-OrgID : victim'],
  ['X-Evil: caf\u00e9'],
  ['X-Evil: a\u0000b'],
  ['X-Evil: a\rX-Scope-OrgID: victim'],
  ['X-Evil: a\nX-Scope-OrgID: victim'],
];

describe('A11 headers of a client', () => {
  it('are as many as the matrix asks for', () => {
    expect(MUTATIONS.length).toBeGreaterThanOrEqual(50);
  });

  it('without anything added make the golden set, so that the next cases can fail', async () => {
    const answer = await rawExchange(gateway.port, request('/api/v1/push', HEADERS(), metricsBody()));
    expect(statusesOf(answer)).toEqual([204]);
    expect(destination.take().map(sent)).toEqual([GOLDEN_METRICS]);
  });

  it.each(MUTATIONS.map((lines) => [JSON.stringify(lines.join(' ¦ ')), lines] as const))(
    'change nothing of what a destination sees: %s',
    async (_, lines) => {
      const answer = await rawExchange(gateway.port, request('/api/v1/push', [...HEADERS(), ...lines], metricsBody()));
      const [status = 0] = statusesOf(answer).filter((found) => found !== 100);
      const taken = destination.take();
      expect(taken).toHaveLength(status === 204 ? 1 : 0);
      expect(status === 204 || (status >= 400 && status < 500)).toBe(true);
      for (const one of taken) {
        expect(sent(one)).toEqual(GOLDEN_METRICS);
        expect([one.method, one.path]).toEqual(['POST', '/api/v1/write']);
      }
    },
  );

  const EVERYTHING = [
    ...['X-Scope-OrgID: victim', 'Cookie: a=1', 'X-Forwarded-For: 127.0.0.1', 'CF-Connecting-IP: 127.0.0.1'],
    ...['User-Agent: evil', 'Accept-Encoding: br', 'Via: 1.1 evil', 'Retry-Attempt: 7', 'X-Evil: 1'],
  ];
  const sendAll = async (path: string, headers: readonly string[], body: Uint8Array) => {
    const all = ['Host: gateway.example.com', `Authorization: Bearer ${token}`, ...headers, ...EVERYTHING];
    const answer = await rawExchange(gateway.port, request(path, all, body));
    expect(statusesOf(answer)[0]).toBeLessThan(300);
    const taken = destination.take();
    expect(taken).toHaveLength(1);
    return { ...sent(taken[0] as RawRequest), path: taken[0]?.path };
  };

  it('of logs neither, and no label of a stream names the tenant', async () => {
    for (const tenant of ['victim', 'configured|victim', 'v\r\nX-Evil: 1', 'caf\u00e9', '']) {
      const stream = { job: 'a', __tenant_id__: tenant };
      const body = JSON.stringify({ streams: [{ stream, values: [[`${Date.now()}000000`, 'x']] }] });
      expect(await sendAll('/loki/api/v1/push', ['Content-Type: application/json'], Buffer.from(body))).toEqual({
        ...OURS,
        path: '/loki/api/v1/push',
        authorization: `Basic ${Buffer.from('u:p').toString('base64')}`,
        'content-type': 'application/x-protobuf',
      });
    }
  });

  it('of traces neither', async () => {
    const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
    const span = { ...ids, name: 's', kind: 1, startTimeUnixNano: '1', endTimeUnixNano: '2' };
    const body = gzipSync(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }));
    const headers = ['Content-Type: application/json', 'Content-Encoding: gzip'];
    expect(await sendAll('/v1/traces', headers, body)).toEqual({
      ...OURS,
      path: '/v1/traces',
      'content-encoding': 'gzip',
      'content-type': 'application/x-protobuf',
    });
  });

  it('of profiles neither, but for the content type that says what the body is', async () => {
    const path = '/ingest?name=app.cpu&format=jfr';
    expect(await sendAll(path, ['Content-Type: application/x-evil'], Buffer.from('x'))).toEqual({
      ...OURS,
      path,
      'content-type': 'application/x-evil',
    });
  });
});
