/**
 * Tenants are separate: every operation of the admin API and every route that takes data, tried on the tenant `alpha` with
 * every kind of credential that is not good for it. The test walks the gateway's own tables, so that a new operation or
 * protocol is tried without being named here. Nothing of alpha may be read and nothing of it may change.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestGateway } from '../support/gateway.ts';
import { changesSomething, OPERATIONS, type Operation, PUSH_ROUTES } from '../support/gateway-tables.ts';
import { RawDestination } from '../support/raw-http.ts';
import { push } from '../support/remote-write-client.ts';
import { waitUntil } from '../support/wait-until.ts';

/** In everything that is alpha's, and nowhere else. */
const CANARY = 'canary-of-alpha';
const DESTINATION = 'prometheus.remote_write.canary_of_alpha';
/** Never shown to anybody who may not change it. */
const SECRETS = ['password-of-alpha', 'value-of-alpha', 'password-of-default', 'value-of-default'];
const RUNS = 150;

let destination: RawDestination;
let gateway: TestGateway;

interface Credential {
  /** `beta`: good for the tenant beta, with its scope; `nobody`: good for nothing. */
  readonly of: 'nobody' | 'beta' | 'alpha' | 'gateway';
  readonly role: 'none' | 'push' | 'read' | 'admin' | 'viewer' | 'metrics';
  readonly headers: Readonly<Record<string, string>>;
  readonly query?: string;
}

let credentials: Readonly<Record<string, Credential>>;
let alphaTokenId: string;

const pipelineOf = (name: string, more = '') => `
spillway.receive "d" { metrics = [prometheus.remote_write.${name}.receiver] }
prometheus.remote_write "${name}" {
  external_labels = { owner = "${more}" }
  endpoint {
    url = "${destination.url}/${name}"
    basic_auth {
      username = "u"
      password = "password-of-${more.replace('canary-of-', '')}"
    }
  }
}
`;

async function ok(response: Response): Promise<Response> {
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`);
  return response;
}

async function create<T>(path: string, body: unknown): Promise<T> {
  return (await (await ok(await gateway.admin('POST', path, body))).json()) as T;
}

interface Created {
  readonly id: string;
  readonly token: string;
}

const tokenOf = (tenant: string, scopes: readonly string[], more: object = {}) =>
  create<Created>(`/tenants/${tenant}/tokens`, { name: `${tenant} ${scopes.join(' ')}`, scopes, ...more });

beforeAll(async () => {
  destination = await RawDestination.start();
  destination.status = 503;
  // Thousands of bad tokens come from one address here.
  gateway = await TestGateway.start({ settings: { AUTH_FAILURES_PER_MINUTE: '1000000' } });
  const alphaPush = await gateway.createTenant('alpha', pipelineOf('canary_of_alpha', CANARY), ['agent']);
  const betaPush = await gateway.createTenant('beta', pipelineOf('store_of_beta', 'beta'), ['agent']);
  await ok(await gateway.admin('PUT', '/tenants/alpha/secrets/canary-of-alpha', { value: 'value-of-alpha' }));
  await ok(await gateway.admin('PUT', '/secrets/of-the-gateway', { value: 'value-of-default' }));
  await ok(await gateway.admin('PUT', '/default-pipeline', pipelineOf('store_of_default', 'default')));
  const named = await tokenOf('alpha', ['metrics:write'], { name: CANARY, labels: { team: CANARY } });
  alphaTokenId = named.id;
  await fillOutbox(alphaPush);

  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const operator = async (role: string) => create<Created>('/operators', { name: `op-${role}-${Math.random()}`, role });
  const revoked = await tokenOf('alpha', ['admin']);
  await ok(await gateway.admin('DELETE', `/tenants/alpha/tokens/${revoked.id}`));
  const gone = await operator('admin');
  await ok(await gateway.admin('DELETE', `/operators/${gone.id}`));
  const expired = await tokenOf('alpha', ['admin', 'agent'], { expiresAtMs: 1 });
  const alphaAdmin = await tokenOf('alpha', ['admin']);
  const betaAdmin = (await tokenOf('beta', ['admin'])).token;
  const flipped = alphaAdmin.token.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  const nobody = (headers: Record<string, string>, query?: string): Credential => {
    return { of: 'nobody', role: 'none', headers, ...(query === undefined ? {} : { query }) };
  };
  credentials = {
    nothing: nobody({}),
    'an empty token': nobody({ authorization: 'Bearer ' }),
    garbage: nobody(bearer('garbage')),
    "alpha's admin token with one digit changed": nobody(bearer(flipped)),
    "alpha's admin token in the query": nobody({}, `token=${alphaAdmin.token}&access_token=${alphaAdmin.token}`),
    "alpha's admin token in a cookie": nobody({
      cookie: `token=${alphaAdmin.token}; authorization=${alphaAdmin.token}`,
    }),
    "alpha's admin token without its secret": nobody(bearer(alphaAdmin.token.split('_').slice(0, 2).join('_'))),
    'a revoked admin token of alpha': nobody(bearer(revoked.token)),
    'an expired token of alpha': nobody(bearer(expired.token)),
    'a revoked operator': nobody(bearer(gone.token)),
    "beta's push token": { of: 'beta', role: 'push', headers: bearer(betaPush) },
    "beta's read token": { of: 'beta', role: 'read', headers: bearer((await tokenOf('beta', ['read'])).token) },
    "beta's admin token": { of: 'beta', role: 'admin', headers: bearer(betaAdmin) },
    "beta's token of every scope": {
      of: 'beta',
      role: 'admin',
      headers: bearer((await tokenOf('beta', ['admin', 'read', 'agent', 'metrics:write', 'logs:write'])).token),
    },
    "alpha's push token": { of: 'alpha', role: 'push', headers: bearer(named.token) },
    "alpha's read token": { of: 'alpha', role: 'read', headers: bearer((await tokenOf('alpha', ['read'])).token) },
    'an operator who may view': { of: 'gateway', role: 'viewer', headers: bearer((await operator('viewer')).token) },
    'an operator for metrics': { of: 'gateway', role: 'metrics', headers: bearer((await operator('metrics')).token) },
  };
});

afterAll(async () => {
  await gateway?.stop();
  await destination?.close();
});

/** Data that waits, and a dead letter. */
async function fillOutbox(token: string): Promise<void> {
  const sample = () => [{ labels: { __name__: 'up', owner: CANARY }, value: 1, timestampMs: Date.now() }];
  destination.status = 400;
  destination.answerBody = CANARY;
  expect((await push(gateway.url, token, sample())).status).toBe(400);
  destination.status = 503;
  expect((await push(gateway.url, token, sample())).status).toBe(204);
  const id = encodeURIComponent(DESTINATION);
  await ok(await gateway.admin('POST', `/tenants/alpha/outbox/pause?destination=${id}`));
  await waitUntil('data waits at alpha', async () => (await gateway.queuedItems('alpha')) === 1);
}

/** Everything that an administrator can see of alpha and of the gateway, but for times at which something was used. */
async function stateOfAlpha(): Promise<unknown> {
  const paths = OPERATIONS.filter(({ method, path, access, query }) => {
    const isPlain = method === 'GET' && access !== 'public' && !/:(?!tenant)/.test(path);
    return isPlain && !/audit|usage|metrics$|overview|whoami/.test(path) && !(query?.destination?.required ?? false);
  }).map(({ path }) => path.replace(':tenant', 'alpha'));
  expect(paths.length).toBeGreaterThan(8);
  const bodies = await Promise.all(paths.map(async (path) => [path, await (await gateway.admin('GET', path)).text()]));
  const [outbox] = await gateway.outboxDetails('alpha');
  const { state, payloads, items, deadLetters, ledger } = outbox ?? {};
  const volatile =
    /"(?:lastUsedAtMs|nextAttemptAtMs|attempts|lastError|history|state)":(?:\d+|null|"[a-z_]*"|\{[^{}]*\})/g;
  const texts = bodies.map(([path, text = '']) => `${path} ${text.replace(volatile, '')}`);
  return { texts, outbox: { state, payloads, items, deadLetters, ledger } };
}

const BODIES: Readonly<Record<string, unknown>> = {
  setSecret: { value: 'value-of-an-attacker' },
  setTenantSecret: { value: 'value-of-an-attacker' },
  purgeOutbox: { enqueuedBeforeMs: Date.now() + 1e9 },
  rollbackPipeline: { version: 1 },
};

/** A body that the operation would take, as far as the table tells. */
function bodyOf(operation: Operation): string | undefined {
  if (operation.body === undefined) return undefined;
  if (!operation.body.contentType.includes('json')) return 'prometheus.remote_write "evil" { }';
  if (operation.path.endsWith('/purge')) return JSON.stringify(BODIES.purgeOutbox);
  if (operation.path.includes('/secrets/')) return JSON.stringify(BODIES.setSecret);
  return JSON.stringify(operation.example?.body ?? {});
}

/** Ways of writing `alpha` in a path that something on the way might read as it. */
const SPELLINGS = [
  'alpha',
  '%61lpha',
  'alph%61',
  'ALPHA',
  'alpha%00',
  'alpha%20',
  'alpha/',
  './alpha',
  'beta/../alpha',
  'beta%2f..%2falpha',
  'alpha;beta',
  'beta,alpha',
  'alpha%0d%0a',
  '%2561lpha',
];

interface Attempt {
  readonly operation: Operation;
  readonly credential: Credential;
  readonly spelling: string;
  readonly withHints: boolean;
  readonly body: string | undefined;
}

function request({ operation, credential, spelling, withHints, body }: Attempt): Promise<Response> {
  const path = operation.path
    .replace(':tenant', spelling)
    .replace(':id', operation.path.includes('dead-letters') ? '1' : alphaTokenId)
    .replace(':version', '1')
    .replace(':name', CANARY);
  const query = new URLSearchParams(credential.query ?? '');
  if (operation.query?.destination !== undefined) query.set('destination', DESTINATION);
  if (withHints && operation.query?.tenant !== undefined) query.set('tenant', 'alpha');
  const hints = {
    'x-scope-orgid': 'alpha',
    'x-tenant': 'alpha',
    'x-http-method-override': 'GET',
    'x-original-url': '/admin/v1/tenants/alpha/tokens',
  };
  return fetch(`${gateway.url}/admin/v1${path}${query.size === 0 ? '' : `?${query}`}`, {
    method: operation.method,
    headers: {
      ...credential.headers,
      ...(withHints ? hints : {}),
      ...(body === undefined ? {} : { 'content-type': operation.body?.contentType ?? 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
    redirect: 'manual',
  });
}

/** Who may do it on alpha at all. */
function mayRead({ of, role }: Credential, operation: Operation): boolean {
  if (operation.access === 'public') return true;
  if (role === 'push' || role === 'none') return false;
  if (operation.access === 'any') return true;
  if (changesSomething(operation)) return false;
  if (role === 'metrics') return operation.metricsRole === true;
  return of === 'gateway' || (of === 'alpha' && operation.access === 'tenant');
}

async function expectRefused(attempt: Attempt): Promise<void> {
  const { operation, credential } = attempt;
  const response = await request(attempt);
  const text = await response.text();
  const told = `${operation.method} ${operation.path} as ${JSON.stringify(attempt.spelling)}: ${response.status} ${text.slice(0, 300)}`;
  for (const secret of SECRETS) expect(text.includes(secret), told).toBe(false);
  expect(response.headers.get('access-control-allow-origin'), told).toBeNull();
  expect(response.status, told).toBeLessThan(500);
  if (mayRead(credential, operation)) return;
  // A path that there is not is said back to the one who wrote it.
  const learned = text.replace(/the admin API has no \w+ [^"]*/, '');
  expect(learned.includes(CANARY), told).toBe(false);
  expect(learned.includes(alphaTokenId), told).toBe(false);
  expect([400, 401, 403, 404, 405], told).toContain(response.status);
  if (credential.of === 'nobody')
    expect(response.status === 401 || !/^(?:%61|alph)/.test(attempt.spelling), told).toBe(true);
}

describe('tenant isolation of the admin API', () => {
  it('has the whole table to try', () => {
    expect(OPERATIONS.length).toBeGreaterThan(40);
    expect(Object.keys(credentials).length).toBeGreaterThan(15);
  });

  it('holds for every operation with every kind of credential', async () => {
    const before = await stateOfAlpha();
    for (const operation of OPERATIONS) {
      const body = bodyOf(operation);
      await Promise.all(
        Object.values(credentials).map((credential) =>
          expectRefused({ operation, credential, spelling: 'alpha', withHints: true, body }),
        ),
      );
    }
    expect(await stateOfAlpha()).toEqual(before);
  });

  it('holds however the path is written and whatever the body is', async () => {
    const before = await stateOfAlpha();
    const attempts = fc.record({
      id: fc.constantFrom(...OPERATIONS.filter(({ path }) => path.includes(':tenant')).map(({ id }) => id)),
      who: fc.constantFrom(
        ...Object.keys(credentials).filter((name) => /beta|nobody/.test(credentials[name]?.of ?? '')),
      ),
      spelling: fc.constantFrom(...SPELLINGS),
      withHints: fc.boolean(),
      body: fc.oneof(
        fc.constant('valid'),
        fc.json({ maxDepth: 2 }),
        fc.constantFrom(
          '{"tenant":"alpha"}',
          '{"__proto__":{"role":"admin"}}',
          '{"scopes":["admin"],"tenant":"alpha","name":"x"}',
          '',
        ),
      ),
    });
    await fc.assert(
      fc.asyncProperty(attempts, async ({ body, id, who, ...rest }) => {
        const operation = OPERATIONS.find((one) => one.id === id) as Operation;
        const credential = credentials[who] as Credential;
        const given = operation.method === 'GET' ? undefined : body === 'valid' ? bodyOf(operation) : body;
        await expectRefused({ ...rest, operation, credential, body: given });
      }),
      { numRuns: RUNS },
    );
    expect(await stateOfAlpha()).toEqual(before);
  });

  it('tells everybody who is nobody the same, and other tenants nothing of who exists', async () => {
    const ask = async (name: string, path: string) => {
      const response = await fetch(`${gateway.url}/admin/v1${path}`, { headers: credentials[name]?.headers ?? {} });
      return [response.status, (await response.text()).replaceAll('alpha', 'TENANT').replaceAll('nobody', 'TENANT')];
    };
    const nobodies = Object.entries(credentials).filter(([, { of }]) => of === 'nobody');
    const answers = await Promise.all(nobodies.map(([name]) => ask(name, '/tenants/alpha/tokens')));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    for (const name of ["beta's admin token", "beta's read token"]) {
      expect(await ask(name, '/tenants/alpha/tokens')).toEqual(await ask(name, '/tenants/nobody/tokens'));
      expect(await ask(name, '/tenants/alpha/pipeline')).toEqual(await ask(name, '/tenants/nobody/pipeline'));
    }
  });

  it('lets nobody who may only read have a secret worked into an answer', async () => {
    const value = `convert.nonsensitive(secret("${CANARY}"))`;
    const worked = [
      value,
      `string.to_upper(${value})`,
      `string.replace(${value}, "-", "_")`,
      `string.join(string.split(${value}, ""), " ")`,
    ];
    for (const name of ["alpha's read token", 'an operator who may view']) {
      for (const expression of worked) {
        for (const argument of [
          `url = ${expression}`,
          `url = "https://a.example.com"\n remote_timeout = ${expression}`,
        ]) {
          const body = `prometheus.remote_write "w" {\n endpoint {\n ${argument}\n }\n}`;
          const response = await fetch(`${gateway.url}/admin/v1/tenants/alpha/pipeline/validate`, {
            method: 'POST',
            headers: { ...credentials[name]?.headers, 'content-type': 'text/plain' },
            body,
          });
          const text = (await response.text()).toLowerCase().replace(/[^a-z]/g, '');
          expect(response.status).toBe(200);
          expect(text).toContain('isnotaurl|invalidduration'.split('|')[argument.includes('timeout') ? 1 : 0]);
          expect(text).not.toContain('valueofalpha');
        }
      }
    }
  });

  it('keeps the secrets of the default pipeline from the tenants that run on it', async () => {
    await create('/tenants', { name: 'gamma' });
    for (const scopes of [['admin'], ['read'], ['admin', 'read', 'agent']]) {
      const { token } = await tokenOf('gamma', scopes);
      for (const operation of OPERATIONS.filter(
        ({ access, path }) => access !== 'gateway' && !path.endsWith('/dry-run'),
      )) {
        const credential = { of: 'beta', role: 'none', headers: { authorization: `Bearer ${token}` } } as const;
        const body = bodyOf(operation);
        const response = await request({ operation, credential, spelling: 'gamma', withHints: false, body });
        const text = await response.text();
        for (const secret of SECRETS)
          expect(text.includes(secret), `${operation.method} ${operation.path}`).toBe(false);
      }
    }
  });

  it('leaves beta what is its own', async () => {
    const headers = credentials["beta's admin token"]?.headers ?? {};
    const response = await fetch(`${gateway.url}/admin/v1/tenants/beta/pipeline`, { headers });
    expect(await response.text()).toContain('store_of_beta');
    expect(response.status).toBe(200);
  });
});

describe('tenant isolation of what takes data', () => {
  const routes = [
    ...PUSH_ROUTES,
    { method: 'POST', path: '/api/v1/batch' },
    { method: 'GET', path: '/api/v1/received' },
  ].map(({ method, path }) => ({ method, path: path.replace('*', 'x') }));
  const hints = { 'x-scope-orgid': 'alpha', 'x-tenant': 'alpha', accountid: 'alpha' };

  it('holds for every route with every credential that may not push, and says no more than that', async () => {
    const before = await stateOfAlpha();
    const barred = Object.entries(credentials).filter(([, { role }]) => role !== 'push');
    const root = { headers: { authorization: `Bearer ${gateway.adminToken}` }, of: 'gateway', role: 'admin' } as const;
    for (const { method, path } of routes) {
      for (const [name, { headers, query }] of [...barred, ['root', root] as const].map(
        ([n, c]) => [n, c as Credential] as const,
      )) {
        if (name === "beta's token of every scope") continue;
        const url = `${gateway.url}${path}${query === undefined ? '' : `?${query}`}`;
        const types = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };
        const response = await fetch(url, {
          method,
          headers: { ...headers, ...hints, ...types },
          ...(method === 'GET' || method === 'DELETE' ? {} : { body: '\u0000' }),
        });
        const told = `${method} ${path} with ${name}: ${response.status}`;
        expect([401, 403], told).toContain(response.status);
        expect((await response.text()).includes(CANARY), told).toBe(false);
      }
    }
    expect(await stateOfAlpha()).toEqual(before);
  });

  it('holds for good data of beta: it is beta’s, whatever headers, paths and labels say', async () => {
    const before = await stateOfAlpha();
    destination.take();
    destination.status = 204;
    const labels = { __name__: 'up', tenant: 'alpha', __tenant_id__: 'alpha', owner: 'nobody' };
    const { headers } = credentials["beta's push token"] as Credential;
    const token = headers.authorization?.slice('Bearer '.length) ?? '';
    expect((await push(gateway.url, token, [{ labels, value: 1, timestampMs: Date.now() }])).status).toBe(204);
    const taken = destination.take();
    expect(taken.map(({ path }) => path)).toEqual(['/store_of_beta']);
    expect(taken[0]?.headers.map(([name]) => name.toLowerCase())).not.toContain('x-scope-orgid');
    destination.status = 503;
    expect(await stateOfAlpha()).toEqual(before);
  });
});
