import { env } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { snappyEncode } from '../../core/codec/snappy.ts';
import { expireLease } from '../hub/lease-cache.ts';
import {
  admin,
  createTenant,
  createToken,
  FakeDestinations,
  PIPELINE,
  pushMetrics,
  upSample,
  writeRequest,
} from '../testing/gateway.ts';

const GATEWAY_URL = 'https://gateway.test/admin/v1';

function metricsTo(host: string, more = ''): string {
  return `prometheus.remote_write "mimir" {
  endpoint {
    url = "https://${host}/push"
    ${more}
  }
}
spillway.receive "in" { metrics = [prometheus.remote_write.mimir.receiver] }
`;
}

const BASIC = 'basic_auth {\n username = "u"\n password = secret("mimir")\n }';

async function put(path: string, text: string, headers: Record<string, string> = {}) {
  const { SELF } = await import('cloudflare:test');
  const response = await SELF.fetch(`${GATEWAY_URL}/${path}`, {
    method: 'PUT',
    headers: { Authorization: `Bearer ${env.ADMIN_TOKEN}`, ...headers },
    body: text,
  });
  // biome-ignore lint/suspicious/noExplicitAny: tests read many shapes
  return { status: response.status, headers: response.headers, json: (await response.json()) as any };
}

describe("a pipeline's versions", () => {
  it('are kept with author and comment, newest first, and each can be read', async () => {
    const { name } = await createTenant({ pipeline: metricsTo('one.example.com') });
    const { token, tokenId } = await createToken(name, ['admin']);
    const comment = encodeURIComponent('moved to\nthe new cluster');
    await admin('PUT', `tenants/${name}/pipeline?comment=${comment}`, metricsTo('two.example.com'), token);
    const { json } = await admin('GET', `tenants/${name}/pipeline/versions`);
    expect(json.versions).toMatchObject([
      { version: 2, author: `token:${tokenId}`, comment: 'moved to the new cluster', restores: null, current: true },
      { version: 1, author: 'root', comment: '', current: false, bytes: metricsTo('one.example.com').length },
    ]);
    expect((await admin('GET', `tenants/${name}/pipeline/versions/1`)).json).toBe(metricsTo('one.example.com'));
    expect((await admin('GET', `tenants/${name}/pipeline/versions?before=2`)).json.versions).toHaveLength(1);
    expect((await admin('GET', `tenants/${name}/pipeline/versions/3`)).json.error).toBe('version_unknown');
    expect((await admin('GET', `tenants/${name}/pipeline/versions/x`)).status).toBe(404);
  });

  it('are kept up to 500 and up to 16 MiB: nobody fills the database, which is everybody’s', async () => {
    const { name } = await createTenant({ pipeline: metricsTo('one.example.com') });
    const INSERT = `INSERT INTO pipelines (tenant, version, text, created_at_ms)
      WITH RECURSIVE n (i) AS (SELECT ?2 UNION ALL SELECT i + 1 FROM n WHERE i < ?3)
      SELECT ?1, i, ?4, 1 FROM n`;
    const fill = (from: number, to: number, text: string) => env.DB.prepare(INSERT).bind(name, from, to, text).run();
    const kept = () =>
      env.DB.prepare(
        'SELECT count(*) AS count, min(version) AS oldest, max(version) AS newest FROM pipelines WHERE tenant = ?',
      )
        .bind(name)
        .first();
    await fill(2, 600, 'x');
    await put(`tenants/${name}/pipeline`, metricsTo('two.example.com'));
    expect(await kept()).toEqual({ count: 500, oldest: 102, newest: 601 });
    for (let version = 602; version < 612; version++) await fill(version, version, 'x'.repeat(1_900_000));
    await put(`tenants/${name}/pipeline`, metricsTo('three.example.com'));
    expect(await kept()).toEqual({ count: 9, oldest: 604, newest: 612 });
  });

  it('lie sealed in the database, and what was stored before that is still read', async () => {
    const { name } = await createTenant({
      pipeline: metricsTo('one.example.com', 'basic_auth { password = "hunter2" }'),
    });
    const row = await env.DB.prepare('SELECT text FROM pipelines WHERE tenant = ?')
      .bind(name)
      .first<{ text: string }>();
    expect(row?.text).toMatch(/^v1\.test\./);
    await env.DB.prepare('INSERT INTO pipelines (tenant, version, text, created_at_ms) VALUES (?, 2, ?, 0)')
      .bind(name, PIPELINE)
      .run();
    expect((await admin('GET', `tenants/${name}/pipeline`)).json).toBe(PIPELINE);
  });

  it('do not open in the place of another version or tenant', async () => {
    const { name } = await createTenant({ pipeline: metricsTo('one.example.com') });
    await env.DB.prepare(
      `INSERT INTO pipelines (tenant, version, text, created_at_ms) SELECT tenant, 2, text, 0 FROM pipelines WHERE tenant = ?`,
    )
      .bind(name)
      .run();
    const { status, json } = await admin('GET', `tenants/${name}/pipeline`);
    expect([status, json.error]).toEqual([503, 'unreadable']);
    expect(json.message).toContain('belongs elsewhere');
  });

  it('that cannot be opened say what to do, and can be taken away and set anew', async () => {
    const { name } = await createTenant({ pipeline: metricsTo('one.example.com') });
    await env.DB.prepare(`UPDATE pipelines SET text = replace(text, 'v1.test.', 'v1.lost.') WHERE tenant = ?`)
      .bind(name)
      .run();
    for (const [method, path, body] of [
      ['GET', 'pipeline', undefined],
      ['GET', 'pipeline/graph', undefined],
      ['POST', 'explain', { series: 'up' }],
    ] as const) {
      const { status, json } = await admin(method, `tenants/${name}/${path}`, body);
      expect([path, status, json.error]).toEqual([path, 503, 'unreadable']);
      expect(json.message).toBe(
        `version 1 of tenant ${name}'s pipeline is sealed with the key lost, which SECRETS_KEY does not have any more; put the key back into SECRETS_KEY, or set it anew`,
      );
    }
    expect((await admin('DELETE', `tenants/${name}/pipeline`)).json).toEqual({ version: 2 });
    expect((await admin('PUT', `tenants/${name}/pipeline`, metricsTo('two.example.com'))).json.version).toBe(3);
  });

  it('come back as a new version', async () => {
    const { name } = await createTenant({ pipeline: metricsTo('one.example.com') });
    await admin('PUT', `tenants/${name}/pipeline`, metricsTo('two.example.com'));
    const back = await admin('POST', `tenants/${name}/pipeline/rollback`, { version: 1, comment: 'two was wrong' });
    expect(back.json.version).toBe(3);
    expect((await admin('GET', `tenants/${name}/pipeline`)).json).toBe(metricsTo('one.example.com'));
    const { versions } = (await admin('GET', `tenants/${name}/pipeline/versions`)).json;
    expect(versions[0]).toMatchObject({ version: 3, restores: 1, comment: 'two was wrong' });
  });

  it('do not come back where they no longer hold, and it is said why', async () => {
    const { name } = await createTenant({ pipeline: '' });
    await admin('PUT', `tenants/${name}/secrets/mimir`, { value: 'hunter2' });
    await admin('PUT', `tenants/${name}/pipeline`, metricsTo('one.example.com', BASIC));
    await admin('PUT', `tenants/${name}/pipeline`, metricsTo('one.example.com'));
    expect((await admin('DELETE', `tenants/${name}/secrets/mimir`)).status).toBe(204);
    const back = await admin('POST', `tenants/${name}/pipeline/rollback`, { version: 1 });
    expect(back.status).toBe(422);
    expect(back.json.diagnostics[0].message).toContain('finds no secret named "mimir"; there are none yet');
  });
});

describe('If-Match', () => {
  it('keeps one from overwriting what another one set in between', async () => {
    const { name } = await createTenant({ pipeline: metricsTo('one.example.com') });
    const path = `tenants/${name}/pipeline`;
    const first = await put(path, metricsTo('two.example.com'), { 'If-Match': '"1"' });
    expect([first.status, first.headers.get('ETag')]).toEqual([200, '"2"']);
    const late = await put(path, metricsTo('three.example.com'), { 'If-Match': '"1"' });
    expect(late.status).toBe(412);
    expect(late.json).toEqual({
      error: 'version_conflict',
      message:
        'nothing was changed: If-Match asked for version 1, but the newest version is 2; read that one and try again',
    });
    expect((await put(path, metricsTo('x.example.com'), { 'If-Match': '3' })).json.message).toContain('in quotes');
    const both = await Promise.all(
      ['a', 'b'].map((host) => put(path, metricsTo(`${host}.example.com`), { 'If-Match': '"2"' })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
  });
});

describe('validate', () => {
  it('says what PUT would say, and saves nothing', async () => {
    const { name } = await createTenant({ pipeline: metricsTo('one.example.com') });
    const path = `tenants/${name}/pipeline/validate?filename=new.alloy`;
    expect((await admin('POST', path, metricsTo('two.example.com'))).json).toEqual({ ok: true, diagnostics: [] });
    const bad = await admin('POST', path, metricsTo('two.example.com', 'bearer_token = secret("gone")'));
    expect(bad.status).toBe(200);
    expect(bad.json).toMatchObject({ ok: false, diagnostics: [{ severity: 'error', file: 'new.alloy', line: 4 }] });
    expect((await admin('GET', `tenants/${name}/pipeline/versions`)).json.versions).toHaveLength(1);
  });

  it('tells every mistake of a component and of those that need it, each once at its place', async () => {
    const { name } = await createTenant({ pipeline: '' });
    const text = `prometheus.remote_write "mimir" {
  endpoint {
    url            = "https://a b/push"
    headres        = { "X-Scope-OrgID" = "one" }
    remote_timeout = "soon"
    bearer_token   = secret("gone")
    write_relabel_config {
      regex        = "("
      target_label = "x"
    }
    write_relabel_config {
      action = "explode"
    }
  }
}
prometheus.relabel "rules" {
  forward_to = [prometheus.remote_write.mimir.receiver]
  rule {
    action = "keepall"
  }
  rule {
    regex        = "["
    target_label = "x"
  }
}
`;
    const { json } = await admin('POST', `tenants/${name}/pipeline/validate`, text);
    const lines = json.diagnostics.map((each: { line: number; column: number }) => `${each.line}:${each.column}`);
    expect(lines).toEqual(['3:5', '4:5', '5:22', '6:22', '8:7', '12:7', '19:5', '22:5']);
  });

  it('marks an address that data may not go to at the argument that names it', async () => {
    const { name } = await createTenant({ pipeline: '' });
    const text = `// prometheus.remote_write "mimir" is below
prometheus.remote_write "mimir" {
  endpoint {
    url = "https://one.example.com/push"
  }
  endpoint {
    name = "two"
    url  = "http://two.example.com/push"
  }
}
otelcol.exporter.otlphttp "tempo" {
  metrics_endpoint = "https://three.example.com"
  client {
    endpoint = "https://10.0.0.1"
  }
}
declare "inside" {
  loki.write "loki" {
    endpoint {
      url = "https://127.0.0.1/push"
    }
  }
}
inside "it" { }
`;
    const { json } = await admin('POST', `tenants/${name}/pipeline/validate`, text);
    const places = json.diagnostics.map(
      ({ line, column, message }: { line: number; column: number; message: string }) =>
        `${line}:${column} ${message.slice(0, message.indexOf(':'))}`,
    );
    expect(places).toEqual([
      '8:5 prometheus.remote_write.mimir/two',
      '14:5 otelcol.exporter.otlphttp.tempo',
      '14:5 otelcol.exporter.otlphttp.tempo/logs',
      '24:1 inside.it/loki.write.loki',
    ]);
  });

  it('warns of a password that stands there as it is, and does not repeat it', async () => {
    const { name } = await createTenant({ pipeline: '' });
    const text = metricsTo('one.example.com', 'basic_auth { password = "hunter2" }');
    const { json } = await admin('POST', `tenants/${name}/pipeline/validate`, text);
    expect(json.ok).toBe(true);
    expect(json.diagnostics).toMatchObject([{ severity: 'warning', line: 4 }]);
    expect(json.diagnostics[0].excerpt).toContain('secret("NAME")');
    expect(JSON.stringify(json)).not.toContain('hunter2');
  });
});

describe('the default pipeline', () => {
  it('serves tenants without their own, each under its own name, and gives way to their own', async () => {
    const destinations = new FakeDestinations().install();
    const { name, token } = await createTenant({ pipeline: '' });
    expect((await pushMetrics(token)).status).toBe(503);
    await admin('PUT', 'secrets/shared', { value: 'shared-password' });
    const text = metricsTo(
      'shared.example.com',
      'headers = {"X-Scope-OrgID" = constants.tenant}\nbearer_token = secret("shared")',
    );
    expect((await admin('PUT', 'default-pipeline', text)).status).toBe(200);
    await vi.waitFor(async () => expect((await pushMetrics(token)).status).toBe(204), { timeout: 30_000 });
    expect(destinations.received[0]?.headers.get('X-Scope-OrgID')).toBe(name);
    expect(destinations.received[0]?.headers.get('Authorization')).toBe('Bearer shared-password');

    await admin('PUT', `tenants/${name}/pipeline`, metricsTo('own.example.com'));
    await pushMetrics(token, snappyEncode(writeRequest([upSample(2)])));
    expect(destinations.received.at(-1)?.url).toBe('https://own.example.com/push');

    expect((await admin('DELETE', `tenants/${name}/pipeline`)).json).toEqual({ version: 2 });
    expect((await admin('GET', `tenants/${name}/pipeline`)).json.error).toBe('pipeline_unknown');
    await pushMetrics(token, snappyEncode(writeRequest([upSample(3)])));
    expect(destinations.received.at(-1)?.url).toBe('https://shared.example.com/push');
    const { versions } = (await admin('GET', `tenants/${name}/pipeline/versions`)).json;
    expect(versions.map(({ bytes, current }: { bytes: number; current: boolean }) => [bytes > 0, current])).toEqual([
      [false, false],
      [true, false],
    ]);
    expect((await admin('DELETE', 'secrets/shared')).json.error).toBe('secret_in_use');
    expect((await admin('POST', 'default-pipeline/rollback', { version: 1 })).json.version).toBe(2);
    expect((await admin('DELETE', 'default-pipeline')).status).toBe(200);
    expect((await admin('GET', 'default-pipeline')).status).toBe(404);
    await vi.waitFor(async () => expect((await pushMetrics(token)).status).toBe(503), { timeout: 30_000 });
  });

  it("is none of a tenant's business", async () => {
    const { name } = await createTenant({ pipeline: '' });
    const { token } = await createToken(name, ['admin']);
    expect((await admin('GET', 'default-pipeline', undefined, token)).status).toBe(403);
    expect((await admin('GET', 'secrets', undefined, token)).status).toBe(403);
  });
});

describe('viewers', () => {
  it('see a pipeline without what may be a secret', async () => {
    const text = metricsTo(
      'one.example.com',
      'basic_auth {\n username = "u"\n password = "hunter2" // hunter2\n }\n headers = { "X-Api-Key" = "hunter2" }',
    );
    const { name } = await createTenant({ pipeline: text });
    const { token } = await createToken(name, ['read']);
    for (const path of ['pipeline', 'pipeline/versions/1']) {
      const { json, headers } = await admin('GET', `tenants/${name}/${path}`, undefined, token);
      expect(headers.get('X-Spillway-Redacted')).toBe('true');
      expect(json).not.toContain('hunter2');
      expect(json).toContain('password = "(secret)" // (comment left out)');
      expect(json).toContain('url = "https://one.example.com/push"');
    }
    expect((await admin('PUT', `tenants/${name}/secrets/x`, { value: 'y' }, token)).status).toBe(403);
  });
});

describe('a changed secret', () => {
  it('is in force with the next lease, in the pipeline that was compiled before', async () => {
    const destinations = new FakeDestinations().install();
    const { name, token } = await createTenant({ pipeline: '' });
    await admin('PUT', `tenants/${name}/secrets/mimir`, { value: 'first' });
    await admin('PUT', `tenants/${name}/pipeline`, metricsTo('one.example.com', BASIC));
    await pushMetrics(token);
    await admin('PUT', `tenants/${name}/secrets/mimir`, { value: 'second' });
    expireLease(name);
    await pushMetrics(token, snappyEncode(writeRequest([upSample(2)])));
    expect(destinations.received.map(({ headers }) => headers.get('Authorization'))).toEqual([
      `Basic ${btoa('u:first')}`,
      `Basic ${btoa('u:second')}`,
    ]);
  });

  it('is not read by pipelines that no secret of the name is for', async () => {
    const { name } = await createTenant({ pipeline: '' });
    await admin('PUT', `tenants/${name}/secrets/mimir-old`, { value: 'x' });
    await admin('PUT', `tenants/${name}/secrets/loki`, { value: 'x' });
    const { status, json } = await put(
      `tenants/${name}/pipeline?filename=p.alloy`,
      metricsTo('one.example.com', BASIC),
    );
    expect(status).toBe(422);
    expect(json.diagnostics[0]).toMatchObject({ file: 'p.alloy', line: 6 });
    expect(json.diagnostics[0].message).toContain('finds no secret named "mimir"; there are: "loki", "mimir-old"');
    expect(json.diagnostics[0].excerpt).toContain('secret("mimir")');
  });

  it('never shows in what its pipeline is refused for', async () => {
    const { name } = await createTenant({ pipeline: '' });
    await admin('PUT', `tenants/${name}/secrets/address`, { value: 'no-url-hunter2' });
    const text = metricsTo('x').replace('"https://x/push"', 'convert.nonsensitive(secret("address"))');
    const { status, json } = await put(`tenants/${name}/pipeline`, text);
    expect(status).toBe(422);
    expect(JSON.stringify(json)).not.toContain('hunter2');
  });
});
