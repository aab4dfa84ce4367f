import { SELF } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { AdminConformance, type AnswerSeen } from '../testing/admin-conformance.ts';
import { GATEWAY } from '../testing/gateway.ts';
import { openApiDocument } from './openapi.ts';
import { OPERATION_GROUPS, OPERATIONS } from './operations.ts';

const document = openApiDocument(OPERATION_GROUPS);
const text = JSON.stringify(document);

describe('the OpenAPI document', () => {
  it('is served to everyone, without a token', async () => {
    const response = await SELF.fetch(`${GATEWAY}/admin/v1/openapi.json`);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await response.json()).toEqual(JSON.parse(text));
  });

  it('has every operation once, with its parameters, and no reference that leads nowhere', () => {
    const described = Object.values(document.paths).flatMap((item) => Object.values(item));
    expect(described.map(({ operationId }) => operationId).sort()).toEqual(OPERATIONS.map(({ id }) => id).sort());
    for (const [path, item] of Object.entries(document.paths)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const { parameters } of Object.values(item)) {
        expect(parameters.filter(({ in: place }) => place === 'path').map(({ name }) => name)).toEqual(inPath);
      }
    }
    const { schemas, responses } = document.components;
    const known = [
      ...Object.keys(schemas).map((name) => `#/components/schemas/${name}`),
      ...Object.keys(responses).map((name) => `#/components/responses/${name}`),
    ];
    const referred = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, name]) => name);
    expect(referred.length).toBeGreaterThan(50);
    expect(referred.filter((name) => !known.includes(name as string))).toEqual([]);
  });

  it('says of each schema what it is, and leaves none open that takes a body', () => {
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      expect([name, Object.keys(schema as object).length > 0]).toEqual([name, true]);
      if (name.endsWith('Request')) {
        expect([name, (schema as { additionalProperties?: unknown }).additionalProperties]).toEqual([name, false]);
      }
    }
  });

  it('says of each operation all that the chain in front of it may answer', () => {
    for (const item of Object.values(document.paths)) {
      for (const { security, responses } of Object.values(item)) {
        if (security === undefined)
          expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '401', '403', '429', '503']));
      }
    }
  });
});

describe('the check of every answer against the document', () => {
  const conformance = new AdminConformance(document);
  const seen = (more: Partial<AnswerSeen>): AnswerSeen => ({
    method: 'GET',
    path: '/tenants',
    status: 200,
    headers: new Headers({ 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }),
    text: '{"tenants":[]}',
    ...more,
  });
  const problem = (more: Partial<AnswerSeen>) => () => conformance.check(seen(more));

  it('passes what is documented', () => {
    expect(problem({})).not.toThrow();
    expect(problem({ path: '/nothing', status: 404, text: '{"error":"not_found","message":"no"}' })).not.toThrow();
  });

  it.each([
    ['a status', { status: 201 }, 'no such status'],
    ['a field', { text: '{"tenants":[],"more":1}' }, 'additional properties'],
    [
      'a nested field',
      { text: '{"tenants":[{"name":"a","limits":{},"createdAtMs":1,"more":1}]}' },
      'additional properties',
    ],
    ['a missing field', { text: '{}' }, 'tenants'],
    ['a type', { text: '{"tenants":{}}' }, 'must be array'],
    ['text', { text: 'tenants' }, 'not JSON'],
    ['another content type', { headers: new Headers({ 'Cache-Control': 'no-store' }) }, 'of type'],
    ['an answer that may be cached', { headers: new Headers({ 'Content-Type': 'application/json' }) }, 'Cache-Control'],
    ['a path', { path: '/nothing' }, 'no such path'],
    ['a method', { method: 'PATCH' }, 'no such method'],
    ['an error of another form', { status: 400, text: '{"error":"Bad Thing","message":""}' }, 'pattern'],
    ['a body behind 204', { method: 'DELETE', path: '/operators/x', status: 204 }, 'with a body'],
  ] as const)('fails for %s that is not', (_, more, why) => {
    expect(problem(more)).toThrow(why);
  });
});
