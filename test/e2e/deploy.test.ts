/**
 * `npm run deploy` with the real wrangler against a fake Cloudflare API that keeps state, runs the migrations in SQLite and
 * the uploaded Worker in workerd. The real API cannot be reached from a test.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeCloudflare } from '../support/cloudflare/api.ts';
import { runDeploy } from '../support/cloudflare/deploy.ts';
import { push } from '../support/remote-write-client.ts';
import { tempFolder } from '../support/temp-folder.ts';

const ROOT = join(import.meta.dirname, '../..');
const NAME = 'spillway';

interface Report {
  readonly url: string;
  readonly urls: readonly string[];
  readonly databaseId: string;
  readonly accountId: string;
  readonly secretsMade: readonly string[];
  readonly adminToken?: string;
}

describe('npm run deploy', () => {
  const home = tempFolder('deploy-home');
  let cloudflare: FakeCloudflare;
  let first: Report;

  const deploy = async (...args: string[]): Promise<Report> => {
    const run = await runDeploy(cloudflare, home.path, [...args, '--json']);
    expect({ code: run.code, stderr: run.stderr }).toMatchObject({ code: 0 });
    expect(cloudflare.unknown).toEqual([]);
    return JSON.parse(run.stdout);
  };

  const admin = (token: string, path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${cloudflare.gatewayUrl(cloudflare.account, NAME)}/admin/v1${path}`, {
      ...init,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    });

  beforeAll(async () => {
    cloudflare = await FakeCloudflare.start();
    first = await deploy();
  });
  afterAll(async () => {
    await cloudflare.stop();
    home.remove();
  });

  it('makes the database, the secrets and the Worker of an empty account, and the gateway answers', async () => {
    const { account } = cloudflare;
    const script = account.scripts.get(NAME);
    expect(first).toMatchObject({
      url: 'https://spillway.one.workers.dev',
      accountId: account.id,
      secretsMade: ['ADMIN_TOKEN', 'SECRETS_KEY'],
    });
    expect(script).toMatchObject({ crons: ['* * * * *'], subdomainEnabled: true, migrationTag: 'v1' });
    expect(account.secretsOf(NAME)).toEqual({
      ADMIN_TOKEN: first.adminToken,
      SECRETS_KEY: expect.stringMatching(/^k[0-9a-f]{8}:[A-Za-z0-9+/]{43}=$/),
    });
    const ready = await fetch(`${cloudflare.gatewayUrl(account, NAME)}/-/ready`);
    expect([ready.status, await ready.text()]).toEqual([200, 'Ready\n']);
  });

  it('applies every migration before the code is uploaded', async () => {
    const applied = await cloudflare.rows(first.databaseId, 'SELECT name FROM d1_migrations ORDER BY id');
    expect(applied.map(({ name }) => name)).toContain('0001_tenants_tokens_pipelines.sql');
    const lastQuery = cloudflare.calls.findLastIndex((call) => call.endsWith('/query'));
    const upload = cloudflare.calls.indexOf(`PUT /accounts/${first.accountId}/workers/scripts/${NAME}`);
    expect(upload).toBeGreaterThan(lastQuery);
  });

  it('ends with a gateway that takes a push and keeps what it cannot deliver', async () => {
    const token = first.adminToken as string;
    const pipeline = `
      prometheus.remote_write "there" { endpoint { url = "https://mimir.example.com/api/v1/push" } }
      spillway.receive "all" { metrics = [prometheus.remote_write.there.receiver] }`;
    expect((await admin(token, '/tenants', { method: 'POST', body: '{"name":"acme"}' })).status).toBe(201);
    expect((await admin(token, '/tenants/acme/pipeline', { method: 'PUT', body: pipeline })).status).toBe(200);
    const body = '{"name":"test","scopes":["metrics:write"]}';
    const created = (await (await admin(token, '/tenants/acme/tokens', { method: 'POST', body })).json()) as {
      token: string;
    };
    const url = cloudflare.gatewayUrl(cloudflare.account, NAME) as string;
    expect(
      (await push(url, created.token, [{ labels: { __name__: 'up' }, value: 1, timestampMs: Date.now() }])).status,
    ).toBe(204);
    const { outboxes } = (await (await admin(token, '/tenants/acme/outboxes')).json()) as {
      outboxes: { items: number }[];
    };
    expect(outboxes.map(({ items }) => items)).toEqual([1]);
  });

  it('run again, changes neither database nor secrets, shows no token, and the tenants are still there', async () => {
    const secrets = cloudflare.account.secretsOf(NAME);
    const again = await deploy();
    expect(again).toMatchObject({ url: first.url, databaseId: first.databaseId, secretsMade: [] });
    expect(again.adminToken).toBeUndefined();
    expect(cloudflare.account.secretsOf(NAME)).toEqual(secrets);
    expect(cloudflare.account.databases.size).toBe(1);
    const tenants = await (await admin(first.adminToken as string, '/tenants')).json();
    expect(JSON.stringify(tenants)).toContain('"acme"');
  });

  it('adds a domain, a new admin token and a further key where asked, and keeps the key there was', async () => {
    const before = cloudflare.account.secretsOf(NAME);
    const rotated = await deploy('--domain', 'push.example.com', '--rotate-admin-token', '--rotate-secrets-key');
    expect(rotated.urls).toEqual(['https://push.example.com', 'https://spillway.one.workers.dev']);
    expect(rotated.secretsMade).toEqual(['ADMIN_TOKEN', 'SECRETS_KEY_2']);
    expect(cloudflare.account.secretsOf(NAME)).toMatchObject({ SECRETS_KEY: before.SECRETS_KEY });
    expect((await admin(first.adminToken as string, '/tenants')).status).toBe(401);
    expect((await admin(rotated.adminToken as string, '/tenants')).status).toBe(200);
  });

  it('writes the id of the database into its own file and leaves wrangler.toml as it is', () => {
    expect(readFileSync(join(ROOT, 'wrangler.toml'), 'utf8')).not.toContain(first.databaseId);
    const written = join(ROOT, 'dist/deploy', NAME, 'wrangler.json');
    expect(existsSync(written) && readFileSync(written, 'utf8')).toContain(first.databaseId);
  });
});
