import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { snappyDecode } from '../../core/codec/snappy.ts';
import { decodeLokiPush } from '../../core/wire/loki/push.ts';
import { admin, createTenant, FakeDestinations, push } from '../testing/gateway.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const SHOWN = { timeout: 30_000 };

let destinations: FakeDestinations;

beforeEach(() => {
  destinations = new FakeDestinations().install();
});

afterEach(() => {
  vi.restoreAllMocks();
});

function pipeline(stages: string, entry = 'logs = [loki.process.all.receiver]'): string {
  return `
spillway.receive "all" {
  ${entry}
}

loki.process "all" {
  forward_to = [loki.write.main.receiver]

  ${stages}
}

loki.write "main" {
  endpoint { url = "https://loki.example.com/loki/api/v1/push" }
}
`;
}

function lokiPush(lines: readonly string[]): string {
  const values = lines.map((line, i) => [`${1_700_000_000_000_000_000n + BigInt(i)}`, line]);
  return JSON.stringify({ streams: [{ stream: { app: 'web' }, values }] });
}

async function pushLines(token: string, lines: readonly string[]): Promise<[number, string]> {
  const response = await push('/loki/api/v1/push', token, lokiPush(lines), JSON_TYPE);
  return [response.status, await response.text()];
}

/** What the console shows of a tenant. */
async function shown(name: string) {
  const { json } = await admin('GET', 'overview');
  return json.tenants.find((tenant: { name: string }) => tenant.name === name);
}

const SELECT_TENANT = `
  stage.json {
    expressions = { org = "" }
  }
  stage.tenant {
    source = "org"
  }`;

const orgLines = (count: number) => Array.from({ length: count }, (_, i) => JSON.stringify({ org: `org-${i}` }));
const linesSent = () => destinations.received.flatMap(({ body }) => decodeLokiPush(snappyDecode(body, 1_000_000)));

describe('a pipeline that makes a lot of each line', () => {
  const GROW = `
  stage.template {
    source   = "out"
    template = "${'{{ .Entry }}'.repeat(60)}"
  }
  stage.output {
    source = "out"
  }`;

  it('is stopped before it fills the memory: 413 with the limit, and nothing is sent', async () => {
    const { token, name } = await createTenant({ pipeline: pipeline(GROW) });
    const wide = 'x'.repeat(10_000);
    const [status, text] = await pushLines(token, Array(40).fill(wide));
    expect([status, text]).toEqual([413, expect.stringContaining('more than 16777216 characters')]);
    expect(destinations.received).toEqual([]);
    // In parts it is taken.
    expect(await pushLines(token, Array(20).fill(wide))).toEqual([204, '']);
    await vi.waitFor(
      async () =>
        expect((await shown(name)).errors).toEqual([expect.objectContaining({ reason: 'pipeline_output_too_large' })]),
      SHOWN,
    );
  });

  it('is stopped in the same way where the lines came as OTLP', async () => {
    const { token } = await createTenant({ pipeline: pipeline(GROW) });
    const record = { timeUnixNano: '1700000000000000000', body: { stringValue: 'x'.repeat(10_000) } };
    const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: Array(40).fill(record) }] }] });
    const response = await push('/v1/logs', token, body, JSON_TYPE);
    expect([response.status, await response.text()]).toEqual([413, expect.stringContaining('16777216 characters')]);
    expect(destinations.received).toEqual([]);
  });
});

describe('a pipeline that takes the tenant of Loki from the data', () => {
  it('makes a request for each of 100 tenants', async () => {
    const { token } = await createTenant({ pipeline: pipeline(SELECT_TENANT) });
    expect(await pushLines(token, orgLines(100))).toEqual([204, '']);
    const named = destinations.received.map(({ headers }) => headers.get('X-Scope-OrgID'));
    expect(named).toEqual(Array.from({ length: 100 }, (_, i) => `org-${i}`));
  });

  it('makes no more: lines of the tenants beyond are rejected and counted, the others are taken', async () => {
    const { token, name } = await createTenant({ pipeline: pipeline(SELECT_TENANT) });
    const [status, text] = await pushLines(token, [...orgLines(130), ...orgLines(3), 'no tenant']);
    const why = /^30 of 134 lines were rejected, the others were taken: 30 max_tenants_per_push \(.*100 tenants/;
    expect([status, text]).toEqual([400, expect.stringMatching(why)]);
    // The one without a tenant is a request as well.
    expect(destinations.received).toHaveLength(101);
    expect(linesSent().flatMap(({ entries }) => entries)).toHaveLength(104);
    await vi.waitFor(async () => {
      const { signals, errors } = await shown(name);
      expect(signals.logs).toMatchObject({
        acceptedTotal: 104,
        deliveredTotal: 104,
        rejectedTotal: 30,
        droppedTotal: 0,
      });
      expect(errors).toEqual([expect.objectContaining({ reason: 'max_tenants_per_push' })]);
    }, SHOWN);
  });

  it('counts a line as delivered that another destination took', async () => {
    const both = pipeline(SELECT_TENANT, 'logs = [loki.process.all.receiver, loki.write.plain.receiver]');
    const plain = 'loki.write "plain" {\n  endpoint { url = "https://plain.example.com/loki/api/v1/push" }\n}\n';
    const { token } = await createTenant({ pipeline: `${both}\n${plain}` });
    const [status, text] = await pushLines(token, orgLines(105));
    expect([status, text]).toEqual([400, expect.stringContaining('0 max_tenants_per_push')]);
    const plainLines = destinations.received.filter(({ url }) => url.includes('plain'));
    expect(
      decodeLokiPush(snappyDecode((plainLines[0] as { body: Uint8Array }).body, 1_000_000))[0]?.entries,
    ).toHaveLength(105);
  });
});
