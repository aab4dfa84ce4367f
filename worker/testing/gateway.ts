/** What tests of the whole gateway share: tenants with pipelines, pushes, and destinations that answer as told. */
import { env, SELF } from 'cloudflare:test';
import { vi } from 'vitest';
import { snappyEncode } from '../../core/codec/snappy.ts';
import { encodeLabelBlock, WriteRequestBuilder } from '../../core/wire/remote-write/v1.ts';
import { openApiDocument } from '../admin/openapi.ts';
import { OPERATION_GROUPS } from '../admin/operations.ts';
import { forgetAllTokens } from '../auth/authenticate.ts';
import { sendReport, takeReport } from '../hub/report-buffer.ts';
import { AdminConformance } from './admin-conformance.ts';

export const GATEWAY = 'https://gateway.test';

export interface AdminAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read many shapes
  readonly json: any;
}

const conformance = new AdminConformance(openApiDocument(OPERATION_GROUPS));

/** Calls the admin API; an answer that its document does not describe fails the test. */
export async function admin(
  method: string,
  path: string,
  body?: unknown,
  token: string = env.ADMIN_TOKEN,
  headers: Readonly<Record<string, string>> = {},
): Promise<AdminAnswer> {
  const response = await SELF.fetch(`${GATEWAY}/admin/v1/${path}`, {
    method,
    headers: { ...headers, Authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  conformance.check({ method, path: `/${path}`, status: response.status, headers: response.headers, text });
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return { status: response.status, headers: response.headers, json: isJson ? JSON.parse(text) : text };
}

export const PIPELINE = `
prometheus.remote_write "mimir" {
  endpoint { url = "https://mimir.example.com/api/v1/push" }
}

loki.write "main" {
  endpoint { url = "https://loki.example.com/loki/api/v1/push" }
}

otelcol.exporter.otlphttp "tempo" {
  client { endpoint = "https://tempo.example.com" }
}

spillway.receive "all" {
  metrics = [prometheus.remote_write.mimir.receiver]
  logs    = [loki.write.main.receiver]
  traces  = [otelcol.exporter.otlphttp.tempo.input]
}
`;

export const METRICS_DESTINATION = 'prometheus.remote_write.mimir';

/** What tests push has times of its own. */
const FIXED_TIMES = { logs: { reject_old_samples: false } };

let tenants = 0;
let created: string[] = [];

/** Since the last time. */
export function takeCreatedTenants(): readonly string[] {
  const names = created;
  created = [];
  return names;
}

export interface TestTenant {
  readonly name: string;
  readonly token: string;
  readonly tokenId: string;
}

/** Names are new each time: leases and caches of the isolate outlive a test. */
export async function createTenant(
  options: { pipeline?: string; scopes?: string[]; limits?: object; labels?: object } = {},
): Promise<TestTenant> {
  const name = `t${++tenants}-${crypto.randomUUID().slice(0, 8)}`;
  created.push(name);
  await expectStatus(201, admin('POST', 'tenants', { name, limits: options.limits ?? FIXED_TIMES }));
  const text = options.pipeline ?? PIPELINE;
  if (text !== '') await expectStatus(200, admin('PUT', `tenants/${name}/pipeline`, text));
  const { token, tokenId } = await createToken(name, options.scopes ?? ['agent'], options.labels);
  return { name, token, tokenId };
}

export async function createToken(tenant: string, scopes: string[], labels: object = {}) {
  const created = await expectStatus(201, admin('POST', `tenants/${tenant}/tokens`, { name: 'test', scopes, labels }));
  return { token: created.json.token as string, tokenId: created.json.id as string };
}

async function expectStatus(status: number, answer: Promise<AdminAnswer>): Promise<AdminAnswer> {
  const given = await answer;
  if (given.status !== status)
    throw new Error(`expected ${status}, got ${given.status}: ${JSON.stringify(given.json)}`);
  return given;
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestampMs: number;
}

export function writeRequest(samples: readonly Sample[]): Uint8Array<ArrayBuffer> {
  const builder = new WriteRequestBuilder();
  for (const { labels, value, timestampMs } of samples) {
    const sorted = Object.entries(labels)
      .map(([label, text]) => ({ name: label, value: text }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    builder.addSample(encodeLabelBlock(sorted), value, timestampMs);
  }
  return builder.take();
}

export function upSample(value: number): Sample {
  return { labels: { __name__: 'up', job: 'test' }, value, timestampMs: 1_700_000_000_000 + value };
}

export function pushMetrics(
  token: string,
  body: Uint8Array = snappyEncode(writeRequest([upSample(1)])),
): Promise<Response> {
  return push('/api/v1/push', token, body, {
    'Content-Type': 'application/x-protobuf',
    'Content-Encoding': 'snappy',
    'X-Prometheus-Remote-Write-Version': '0.1.0',
  });
}

export function push(
  path: string,
  token: string,
  body: BodyInit | Uint8Array,
  headers: Record<string, string>,
): Promise<Response> {
  return SELF.fetch(`${GATEWAY}${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, ...headers },
    body: body as BodyInit,
  });
}

export interface Received {
  readonly url: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** Stands in for the internet: only faults that no real destination shows on request need it. */
export class FakeDestinations {
  readonly received: Received[] = [];
  answer: (request: Received) => Response | Promise<Response> = () => new Response(null, { status: 204 });

  /** Replaces fetch() until the test ends; vitest restores it (`unstubGlobals`). */
  install(): this {
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      const request = new Request(input as RequestInfo, init as RequestInit);
      const received = {
        url: request.url,
        headers: request.headers,
        body: new Uint8Array(await request.arrayBuffer()),
      };
      this.received.push(received);
      return this.answer(received);
    });
    return this;
  }
}

/** What this isolate would tell the tenant's hub in a moment; returns when the hub knows. */
export async function reportNow(tenant: string): Promise<void> {
  const report = takeReport(tenant);
  if (report !== undefined) await sendReport(env as never, report);
}

export function newIsolate(): void {
  forgetAllTokens();
}
