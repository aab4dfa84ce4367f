import { env, SELF } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AdminAnswer, admin, createTenant, createToken, GATEWAY } from '../testing/gateway.ts';
import { changesSomething, type Operation } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { forgetAllOperators } from './operator-auth.ts';

let own: string;
let other: string;
const tokens: Record<string, string> = {};

async function createOperator(name: string, role: string, more: object = {}): Promise<{ id: string; token: string }> {
  const { status, json } = await admin('POST', 'operators', { name, role, ...more });
  expect(status).toBe(201);
  return json;
}

beforeAll(async () => {
  own = (await createTenant()).name;
  other = (await createTenant()).name;
  for (const role of ['admin', 'viewer', 'metrics']) tokens[role] = (await createOperator(role, role)).token;
  tokens.tenantAdmin = (await createToken(own, ['admin'])).token;
  tokens.tenantRead = (await createToken(own, ['read'])).token;
  tokens.push = (await createToken(own, ['agent'])).token;
});

/** With a query parameter that there is not: whoever may ask gets 400, and nothing is done. */
const call = ({ method, path }: Operation, who: string, tenant = own) => {
  const filled = path.replace(':tenant', tenant).replace(/:\w+/g, '1').slice(1);
  return admin(method, `${filled}?none=1`, undefined, tokens[who] ?? who);
};

const isRefused = ({ status, json }: AdminAnswer) => status === 403 && json.error === 'forbidden';
const changing = OPERATIONS.filter(changesSomething);
const reading = OPERATIONS.filter((operation) => !changesSomething(operation) && operation.access !== 'public');
const title = ({ id }: Operation) => id;
const named = (operations: readonly Operation[]) => operations.map((each) => [title(each), each] as const);

describe('who may do what in the admin API', () => {
  it('knows the operation of every route and the audit action of everything that changes something', () => {
    expect(changing.filter(({ audit }) => audit === undefined).map(title)).toEqual([]);
    expect(OPERATIONS.filter((each) => each.audit !== undefined && !changesSomething(each)).map(title)).toEqual([]);
    expect(new Set(OPERATIONS.map(title)).size).toBe(OPERATIONS.length);
    for (const { access, path } of OPERATIONS) expect(path.includes('/:tenant')).toBe(access === 'tenant');
  });

  it.each(named(changing))('%s: not for viewers, metrics, read scopes and push tokens', async (_, operation) => {
    for (const who of ['viewer', 'metrics', 'tenantRead', 'push']) {
      expect([who, isRefused(await call(operation, who))]).toEqual([who, true]);
    }
    expect((await call(operation, 'nonsense')).status).toBe(401);
  });

  it.each(named(reading))('%s: for viewers, and metrics only where it is said', async (_, operation) => {
    expect((await call(operation, 'viewer')).status).toBe(400);
    const forMetrics = operation.metricsRole === true || operation.access === 'any';
    expect(isRefused(await call(operation, 'metrics'))).toBe(!forMetrics);
    expect(isRefused(await call(operation, 'push'))).toBe(true);
    expect((await call(operation, 'nonsense')).status).toBe(401);
  });

  it.each(named(OPERATIONS.filter(({ access }) => access === 'gateway')))(
    '%s: not for tokens of tenants, whatever their scopes',
    async (_, operation) => {
      for (const who of ['tenantAdmin', 'tenantRead']) expect(isRefused(await call(operation, who))).toBe(true);
    },
  );

  it.each(named(OPERATIONS.filter(({ access }) => access === 'tenant')))(
    '%s: a tenant hears of other tenants what it hears of those that there are not',
    async (_, operation) => {
      for (const who of ['tenantAdmin', 'tenantRead']) {
        const theirs = await call(operation, who, other);
        const nobodys = await call(operation, who, 'nobody');
        expect(theirs.status).toBe(404);
        expect(nobodys.status).toBe(404);
        expect(JSON.stringify(theirs.json).replaceAll(other, 'nobody')).toBe(JSON.stringify(nobodys.json));
      }
    },
  );

  it('lets a tenant administer itself, but not set its limits', async () => {
    const mine = (method: string, path: string, body?: unknown) =>
      admin(method, `tenants/${own}/${path}`, body, tokens.tenantAdmin as string);
    expect((await mine('GET', 'limits')).status).toBe(200);
    expect((await mine('PUT', 'limits', {})).status).toBe(403);
    const created = await mine('POST', 'tokens', { name: 'mine', scopes: ['metrics:write'] });
    expect(created.status).toBe(201);
    expect((await mine('DELETE', `tokens/${created.json.id}`)).status).toBe(204);
    expect((await mine('GET', 'pipeline')).status).toBe(200);
    expect((await mine('GET', 'audit')).status).toBe(200);
  });

  it('tells everyone who they are', async () => {
    const who = async (token: string) => (await admin('GET', 'whoami', undefined, token)).json;
    expect(await who(env.ADMIN_TOKEN)).toEqual({ kind: 'root', name: 'root', role: 'admin', expiresAtMs: null });
    expect(await who(tokens.viewer as string)).toMatchObject({
      kind: 'operator',
      name: 'operator:viewer',
      role: 'viewer',
    });
    expect(await who(tokens.tenantRead as string)).toMatchObject({ kind: 'tenant', role: 'viewer', tenant: own });
  });

  it('answers every token that is not good in the same way', async () => {
    const expired = await createOperator('late', 'admin', { expiresAtMs: 1 });
    const revoked = await createOperator('gone', 'admin');
    expect((await admin('GET', 'tenants', undefined, revoked.token)).status).toBe(200);
    expect((await admin('DELETE', `operators/${revoked.id}`)).status).toBe(204);
    const good = tokens.admin as string;
    const wrongSecret = `${good.slice(0, -1)}${good.endsWith('0') ? '1' : '0'}`;
    const unknown = `spo_${'0'.repeat(16)}_${'0'.repeat(48)}`;
    const all = [expired.token, revoked.token, wrongSecret, unknown, 'spo_', 'spw_', good.replace('spo_', 'spw_'), 'x'];
    const answers = await Promise.all(all.map((token) => admin('GET', 'tenants', undefined, token)));
    expect(new Set(answers.map(({ status, json }) => `${status} ${JSON.stringify(json)}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(401);
  });

  it('does not let a push through with an operator token or a scope that administers', async () => {
    for (const who of ['admin', 'tenantAdmin', 'tenantRead']) {
      const response = await SELF.fetch(`${GATEWAY}/loki/api/v1/push`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${tokens[who]}`, 'Content-Type': 'application/json' },
        body: '{"streams":[]}',
      });
      expect([401, 403]).toContain(response.status);
    }
  });

  it('does not make two operators of one name, whom nobody could tell apart in the audit log', async () => {
    const first = await createOperator('twin', 'viewer');
    const again = () => admin('POST', 'operators', { name: 'twin', role: 'admin' });
    expect([(await again()).status, (await again()).json.error]).toEqual([409, 'operator_exists']);
    await admin('DELETE', `operators/${first.id}`);
    expect((await again()).status).toBe(201);
  });

  it('lists operators without anything of their secrets', async () => {
    forgetAllOperators();
    const { json } = await admin('GET', 'operators', undefined, tokens.viewer);
    const secret = (tokens.viewer as string).split('_')[2] as string;
    expect(json.operators).toContainEqual(
      expect.objectContaining({ name: 'viewer', role: 'viewer', revokedAtMs: null }),
    );
    expect(JSON.stringify(json)).not.toContain(secret);
    expect(JSON.stringify(json)).not.toContain('ha256');
    const rows = await env.DB.prepare('SELECT * FROM operators').all();
    expect(JSON.stringify(rows.results)).not.toContain(secret);
  });

  it('answers 405 with the methods of the path, and 404 to paths that there are not, to those who are known only', async () => {
    const wrongMethod = await admin('DELETE', 'tenants');
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'GET, POST']);
    expect((await admin('GET', 'nothing')).json.error).toBe('not_found');
    expect((await admin('GET', 'nothing', undefined, 'nonsense')).status).toBe(401);
    expect((await admin('DELETE', 'tenants', undefined, 'nonsense')).status).toBe(401);
  });

  it('refuses query parameters that it does not know, or that make no sense', async () => {
    const refused = async (path: string) => {
      const { status, json } = await admin('GET', path);
      expect([status, json.error]).toEqual([400, 'invalid_request']);
      return json.message as string;
    };
    expect(await refused('audit?tennant=a')).toBe(
      'there is no query parameter "tennant"; this operation takes before, limit, tenant',
    );
    expect(await refused('audit?limit=0')).toContain('limit: an integer from 1 to 1000');
    expect(await refused('audit?limit=1&limit=2')).toContain('more than once');
    expect(await refused(`tenants/${own}/outbox`)).toContain('destination: this query parameter is needed');
  });
});
