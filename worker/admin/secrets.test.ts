import { env } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Env } from '../env.ts';
import { reencrypt } from '../tenants/reencrypt.ts';
import { readSecrets } from '../tenants/secrets.ts';
import { admin, createTenant, FakeDestinations, newIsolate, pushMetrics } from '../testing/gateway.ts';

const vault = env as unknown as Env;

async function rows(tenant: string) {
  const { results } = await env.DB.prepare(
    'SELECT version, name, sealed FROM secrets WHERE tenant = ? ORDER BY version',
  )
    .bind(tenant)
    .all<{ version: number; name: string; sealed: string | null }>();
  return results;
}

describe('secrets', () => {
  it('are listed by name and never by value; what was replaced or deleted is wiped', async () => {
    const { name } = await createTenant();
    const path = `tenants/${name}/secrets`;
    await admin('PUT', `${path}/b`, { value: 'one' });
    await admin('PUT', `${path}/a.x-1`, { value: 'two' });
    const { json } = await admin('PUT', `${path}/b`, { value: 'three' });
    expect(json).toEqual({ name: 'b', version: 3, createdAtMs: expect.any(Number) });
    const listed = (await admin('GET', path)).json;
    expect(listed.secrets).toMatchObject([
      { name: 'a.x-1', version: 2, keyId: 'test' },
      { name: 'b', version: 3, keyId: 'test' },
    ]);
    expect(JSON.stringify(listed)).not.toMatch(/one|two|three|v1\./);
    expect((await admin('DELETE', `${path}/a.x-1`)).status).toBe(204);
    expect((await admin('DELETE', `${path}/a.x-1`)).json.error).toBe('secret_unknown');
    expect((await rows(name)).map(({ name, sealed }) => [name, sealed === null])).toEqual([
      ['b', false],
      ['a.x-1', true],
    ]);
    expect(await readSecrets(vault, name)).toEqual({
      version: 4,
      values: new Map([['b', 'three']]),
      unreadable: new Map(),
    });
  });

  it.each([
    ['bad%20name', { value: 'x' }, "name: a secret's name has"],
    ['-x', { value: 'x' }, "name: a secret's name has"],
    ['x', { value: '' }, 'value: a value is not empty'],
    ['x', { value: 'x'.repeat(16_385) }, 'value: a value has at most 16384 bytes'],
    ['x', { value: 7 }, 'value: the value is a text'],
    ['x', { value: 'x', other: 1 }, 'other'],
  ])('%s with %j is refused, and it is said why', async (secret, body, message) => {
    const { name } = await createTenant();
    const answer = await admin('PUT', `tenants/${name}/secrets/${secret}`, body);
    expect(answer.status).toBe(400);
    expect(answer.json.message).toContain(message);
  });

  it('leave one row for each however often they change, and versions that only grow', async () => {
    const { name } = await createTenant();
    const path = `tenants/${name}/secrets`;
    for (let i = 0; i < 3; i++) {
      await admin('PUT', `${path}/kept`, { value: `value ${i}` });
      await admin('PUT', `${path}/passing-${i}`, { value: 'x' });
      await admin('DELETE', `${path}/passing-${i}`);
    }
    expect((await rows(name)).map(({ version, name }) => [version, name])).toEqual([
      [7, 'kept'],
      [9, 'passing-2'],
    ]);
    expect((await admin('PUT', `${path}/kept`, { value: 'last' })).json.version).toBe(10);
    expect(await readSecrets(vault, name)).toEqual({
      version: 10,
      values: new Map([['kept', 'last']]),
      unreadable: new Map(),
    });
  });

  it('that the pipeline reads cannot be deleted', async () => {
    const { name } = await createTenant({ pipeline: '' });
    await admin('PUT', `tenants/${name}/secrets/mimir`, { value: 'hunter2' });
    await admin(
      'PUT',
      `tenants/${name}/pipeline`,
      'prometheus.remote_write "x" {\n endpoint {\n url = "https://x.example.com"\n bearer_token = secret("mimir")\n }\n}\n',
    );
    const { status, json } = await admin('DELETE', `tenants/${name}/secrets/mimir`);
    expect([status, json.error]).toEqual([409, 'secret_in_use']);
    expect(json.message).toBe(`the pipeline of ${name} reads secret("mimir"); change it first`);
  });

  it('of one tenant do not open as those of another', async () => {
    const [one, two] = [await createTenant(), await createTenant()];
    await admin('PUT', `tenants/${one.name}/secrets/x`, { value: 'of one' });
    await admin('PUT', `tenants/${two.name}/secrets/x`, { value: 'of two' });
    await env.DB.prepare('UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE tenant = ?1) WHERE tenant = ?2')
      .bind(one.name, two.name)
      .run();
    const { values, unreadable } = await readSecrets(vault, two.name);
    expect([values.size, unreadable.get('x')]).toEqual([0, expect.stringContaining('belongs elsewhere')]);
    const rotated = { ...vault, SECRETS_KEY: `next:${btoa('n'.repeat(32))},${env.SECRETS_KEY}` };
    expect((await reencrypt(rotated)).unreadable).toContain(`secret x of tenant ${two.name}`);
    expect(
      (await reencrypt({ ...vault, SECRETS_KEY: `${env.SECRETS_KEY},next:${btoa('n'.repeat(32))}` })).reencrypted,
    ).toBeGreaterThan(0);
    await env.DB.prepare('DELETE FROM secrets WHERE tenant = ?').bind(two.name).run();
  });
});

describe('a secret that does not open', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    newIsolate();
  });

  const pipeline = (secret: string) =>
    `spillway.receive "all" { metrics = [prometheus.remote_write.x.receiver] }\nprometheus.remote_write "x" {\n endpoint {\n url = "https://x.example.com"\n bearer_token = secret("${secret}")\n }\n}\n`;

  /** `broken` is sealed with a key that is gone. */
  async function halfBroken() {
    const { name, token } = await createTenant({ pipeline: '' });
    const secrets = `tenants/${name}/secrets`;
    for (const secret of ['good', 'broken'])
      await admin('PUT', `${secrets}/${secret}`, { value: `value of ${secret}` });
    const breakIt = () =>
      env.DB.prepare(
        "UPDATE secrets SET sealed = replace(sealed, 'v1.test.', 'v1.gone.') WHERE tenant = ? AND name = ?",
      )
        .bind(name, 'broken')
        .run();
    const put = (secret: string) => admin('PUT', `tenants/${name}/pipeline`, pipeline(secret));
    return { name, token, secrets, breakIt, put };
  }

  it('stops no pipeline that does not name it', async () => {
    const destinations = new FakeDestinations().install();
    const { token, breakIt, put } = await halfBroken();
    await breakIt();
    expect((await put('good')).status).toBe(200);
    expect((await pushMetrics(token)).status).toBe(204);
    expect(destinations.received[0]?.headers.get('authorization')).toBe('Bearer value of good');
  });

  it('is a mistake of a pipeline that names it, which says what to do; set anew it is none', async () => {
    const { secrets, breakIt, put } = await halfBroken();
    await breakIt();
    const refused = await put('broken');
    expect(refused.status).toBe(422);
    const { line, message } = refused.json.diagnostics[0];
    expect(line).toBe(5);
    expect(message).toContain('cannot open the secret "broken"');
    expect(message).toContain('the key gone, which SECRETS_KEY does not have');
    expect(message).toContain('"spillway secret set broken"');
    await admin('PUT', `${secrets}/broken`, { value: 'anew' });
    expect((await put('broken')).status).toBe(200);
  });

  it('of the pipeline in force shows on the page of the tenant, in the list of secrets and not to who pushes', async () => {
    new FakeDestinations().install();
    const { name, token, secrets, breakIt, put } = await halfBroken();
    expect((await put('broken')).status).toBe(200);
    await breakIt();
    // Isolates that compiled it go on; one that did not is as good as new secrets.
    await admin('PUT', `${secrets}/good`, { value: 'newer' });
    const pushed = await pushMetrics(token);
    expect([pushed.status, await pushed.text()]).toEqual([503, expect.not.stringContaining('broken')]);
    await expect
      .poll(async () => (await admin('GET', `tenants/${name}/overview`)).json.tenant.errors)
      .toContainEqual(
        expect.objectContaining({ reason: 'pipeline_unavailable', message: expect.stringContaining('"broken"') }),
      );
    const graph = await admin('GET', `tenants/${name}/pipeline/graph`);
    expect([graph.status, graph.json.error]).toEqual([503, 'pipeline_invalid']);
    const explained = await admin('POST', `tenants/${name}/explain`, { series: 'up' });
    expect([explained.status, explained.json.message]).toEqual([422, expect.stringContaining('"broken"')]);
    const { json } = await admin('GET', secrets);
    expect(json.secrets).toMatchObject([
      { name: 'broken', keyId: 'gone', problem: expect.stringContaining('the key gone') },
      { name: 'good', problem: null },
    ]);
    expect((await admin('DELETE', `${secrets}/broken`)).json.error).toBe('secret_in_use');
    await put('good');
    expect((await admin('DELETE', `${secrets}/broken`)).status).toBe(204);
  });
});

describe('a rotated key', () => {
  it('takes over step by step, and it is told when the old one can go', async () => {
    const { name } = await createTenant();
    await admin('PUT', `tenants/${name}/secrets/x`, { value: 'kept' });
    const rotated = { ...vault, SECRETS_KEY: `next:${btoa('n'.repeat(32))},${env.SECRETS_KEY}` };
    const before = await reencrypt(rotated, 0);
    expect(before).toMatchObject({ reencrypted: 0, unreadable: [] });
    expect(before.keyIds.find(({ keyId }) => keyId === 'next')).toMatchObject({ state: 'current', secrets: 0 });
    let { remaining } = before;
    expect(remaining).toBeGreaterThan(1);
    while (remaining > 0) {
      const step = await reencrypt(rotated, 2);
      expect(step.reencrypted).toBe(Math.min(2, remaining));
      expect(step.remaining).toBe(remaining - step.reencrypted);
      remaining = step.remaining;
    }
    const after = await reencrypt(rotated, 0);
    expect(after.keyIds.find(({ keyId }) => keyId === 'test')).toEqual({
      keyId: 'test',
      state: 'known',
      secrets: 0,
      pipelines: 0,
    });
    const alone = { ...vault, SECRETS_KEY: `next:${btoa('n'.repeat(32))}` };
    expect((await readSecrets(alone, name)).values.get('x')).toBe('kept');
    expect((await reencrypt(vault, 0)).keyIds.find(({ keyId }) => keyId === 'next')).toMatchObject({
      state: 'missing',
    });
    expect((await readSecrets(vault, name)).unreadable.get('x')).toContain(
      'sealed with the key next, which SECRETS_KEY does not have',
    );
    await reencrypt({ ...vault, SECRETS_KEY: `${env.SECRETS_KEY},next:${btoa('n'.repeat(32))}` });
  });

  it('is asked for over the admin API', async () => {
    const { status, json } = await admin('POST', 'secrets/reencrypt?limit=0');
    expect(status).toBe(200);
    expect(json.keyIds).toContainEqual(expect.objectContaining({ keyId: 'test', state: 'current' }));
  });
});
