/** Requests made from the gateway's own OpenAPI document, as it is allowed and as it is not, to the running gateway. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenApiDocument, OpenApiOperation, OpenApiParameter } from '../../../worker/admin/openapi-document.ts';
import { AdminConformance } from '../../../worker/testing/admin-conformance.ts';
import { faultRandom, points } from '../../faults/fault-runs.ts';
import { TestGateway } from '../../support/gateway.ts';
import { hostileText, mutatedText, type Schema, validValue } from './schema-arbitrary.ts';

const TENANT = 'generated';
const DESTINATION = 'prometheus.remote_write.mimir';
const PIPELINE = `
prometheus.remote_write "mimir" {
  endpoint { url = "http://127.0.0.1:1/api/v1/push" }
}
spillway.receive "all" { metrics = [prometheus.remote_write.mimir.receiver] }
`;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const;
const RUNS = points(40, 300);
const SEED = { seed: faultRandom('requests from the OpenAPI document').below(2 ** 31) };
/** Of a dry run, which waits for live traffic for as long as it is told: hardly, and seldom. */
const WAITING = { parameter: 'seconds', values: ['1', '0', '-1', 'x', '1e9'], runs: 3 };
const MAX_MS = 10_000;

let gateway: TestGateway;
let document: OpenApiDocument;
let conformance: AdminConformance;
let tokens: readonly string[];
/** What was answered to valid requests: a generator that only makes nonsense would prove nothing. */
const answered = new Map<string, Set<number>>();

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly token: string;
}

beforeAll(async () => {
  gateway = await TestGateway.start();
  await gateway.createTenant(TENANT, PIPELINE);
  await gateway.admin('PUT', '/default-pipeline', PIPELINE);
  document = (await (await fetch(`${gateway.url}/admin/v1/openapi.json`)).json()) as OpenApiDocument;
  conformance = new AdminConformance(document);
  const operator = await gateway.admin('POST', '/operators', { name: 'generated', role: 'viewer' });
  ids['/operators/{id}'] = await newId('/operators', { name: 'to revoke', role: 'viewer' });
  for (const path of ['/tenants/{tenant}/tokens/{id}', '/tenants/{tenant}/tokens/{id}/rotate']) {
    ids[path] = await newId(`/tenants/${TENANT}/tokens`, { name: 'to change', scopes: ['agent'] });
  }
  tokens = [
    gateway.adminToken,
    ((await operator.json()) as { token: string }).token,
    await gateway.createToken(TENANT, ['admin']),
    await gateway.createToken(TENANT, ['read']),
    await gateway.createToken(TENANT, ['agent']),
  ];
});

async function newId(path: string, body: unknown): Promise<string> {
  return ((await (await gateway.admin('POST', path, body)).json()) as { id: string }).id;
}

afterAll(async () => {
  await gateway.stop();
});

async function send({ method, path, body, token }: Sent): Promise<number> {
  const url = new URL(`${gateway.url}/admin/v1${path}`);
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(MAX_MS),
    ...(body === undefined || method === 'GET' || method === 'HEAD' ? {} : { body }),
  });
  const text = await response.text();
  // A path with dots may have left the API.
  if (!url.pathname.startsWith('/admin/v1/')) return response.status;
  const { status, headers } = response;
  conformance.check({ method, path: url.pathname.slice('/admin/v1'.length) + url.search, status, headers, text });
  if (status >= 500) throw new Error(`${method} ${url.pathname}${url.search} answered ${status}: ${text}`);
  return status;
}

/** Parameters for which there is something, and ids of each path. */
const known: Record<string, string> = { tenant: TENANT, destination: DESTINATION, name: 'a_secret', version: '1' };
const ids: Record<string, string> = {};

function parameterText(parameter: OpenApiParameter, template: string, isValid: boolean): fc.Arbitrary<string> {
  const schema = parameter.schema as Schema;
  const one = (schema.type === 'array' ? schema.items : schema) as Schema;
  if (parameter.name === WAITING.parameter) return fc.constantFrom(...WAITING.values.slice(0, isValid ? 1 : undefined));
  const usual = parameter.name === 'id' ? (ids[template] ?? '1') : known[parameter.name];
  const valid = usual === undefined ? validValue(one, {}).map(String) : fc.constant(usual);
  return isValid ? valid : fc.oneof(valid, hostileText, validValue(one, {}).map(String));
}

function pathAndQuery(
  template: string,
  parameters: readonly OpenApiParameter[],
  isValid: boolean,
): fc.Arbitrary<string> {
  const values = parameters.map((parameter) =>
    fc.tuple(
      fc.constant(parameter),
      parameterText(parameter, template, isValid),
      (parameter.required && isValid) || parameter.name === WAITING.parameter ? fc.constant(true) : fc.boolean(),
    ),
  );
  const extra = isValid
    ? fc.constant('')
    : fc.oneof(
        fc.constant(''),
        hostileText.map((name) => `${encoded(name)}=1`),
      );
  return fc.tuple(fc.tuple(...values), extra).map(([given, more]) => {
    const path = given
      .filter(([{ in: place }]) => place === 'path')
      .reduce((left, [{ name }, value]) => left.replace(`{${name}}`, encoded(value)), template);
    const query = given
      .filter(([{ in: place }, , isGiven]) => place === 'query' && isGiven)
      .map(([{ name }, value]) => `${name}=${encoded(value)}`);
    const all = [...query, ...(more === '' ? [] : [more])].join('&');
    return all === '' ? path : `${path}?${all}`;
  });
}

/** A lone surrogate has no percent form. */
function encoded(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '')).replaceAll('.', '%2E');
}

function bodyOf({ requestBody }: OpenApiOperation, isValid: boolean): fc.Arbitrary<string | undefined> {
  const json = requestBody?.content['application/json'];
  if (json !== undefined) {
    const made = validValue(json.schema as Schema, document.components.schemas);
    // What the page shows as an example must work.
    const valid = json.example === undefined ? made : fc.oneof(fc.constant(json.example), made);
    return isValid ? valid.map((value) => JSON.stringify(value)) : mutatedText(valid);
  }
  if (requestBody === undefined) return isValid ? fc.constant(undefined) : fc.option(fc.json(), { nil: undefined });
  return isValid
    ? fc.constant(PIPELINE)
    : fc.oneof(hostileText, fc.constant(PIPELINE), fc.constant('// '.repeat(100_000)));
}

function operations(): [string, string, OpenApiOperation][] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): [string, string, OpenApiOperation] => [
      method.toUpperCase(),
      path,
      operation,
    ]),
  );
}

function runsOf({ parameters }: OpenApiOperation, usual: number): number {
  return parameters.some(({ name }) => name === WAITING.parameter) ? WAITING.runs : usual;
}

describe('the admin API under requests made from its document', () => {
  it('answers what is allowed as it is documented, and nothing with 5xx', async () => {
    for (const [method, path, operation] of operations()) {
      const statuses = new Set<number>();
      answered.set(operation.operationId, statuses);
      const request = fc.tuple(pathAndQuery(path, operation.parameters, true), bodyOf(operation, true));
      await fc.assert(
        fc.asyncProperty(request, async ([target, body]) => {
          const sent = { method, path: target, token: gateway.adminToken };
          statuses.add(await send(body === undefined ? sent : { ...sent, body }));
        }),
        { ...SEED, numRuns: runsOf(operation, RUNS / 4) },
      );
    }
    const never = [...answered]
      .filter(([, statuses]) => ![...statuses].some((status) => status < 300))
      .map(([id]) => id);
    expect(never).toEqual(WITHOUT_SUCCESS);
  });

  it('answers what is not allowed as it is documented, whoever asks, and nothing with 5xx', async () => {
    for (const [method, path, operation] of operations()) {
      const request = fc.record({
        target: pathAndQuery(path, operation.parameters, false),
        body: bodyOf(operation, false),
        token: fc.constantFrom(...tokens),
        method: fc.oneof(
          { weight: 4, arbitrary: fc.constant(method) },
          { weight: 1, arbitrary: fc.constantFrom(...METHODS) },
        ),
      });
      await fc.assert(
        fc.asyncProperty(request, async ({ target, body, ...sent }) => {
          await send(body === undefined ? { ...sent, path: target } : { ...sent, path: target, body });
        }),
        { ...SEED, numRuns: runsOf(operation, RUNS) },
      );
    }
  });

  it('answers paths that there are not', async () => {
    const segment = fc.oneof(hostileText, fc.constantFrom('tenants', TENANT, 'tokens', 'pipeline', '', '{tenant}'));
    const request = fc.record({
      path: fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => `/${parts.map(encoded).join('/')}`),
      method: fc.constantFrom(...METHODS),
      token: fc.constantFrom(...tokens),
    });
    await fc.assert(
      fc.asyncProperty(request, async (sent) => void (await send(sent))),
      { ...SEED, numRuns: RUNS * 3 },
    );
  });
});

/** There is none: nothing was pushed. */
const WITHOUT_SUCCESS = ['getDeadLetter'];
