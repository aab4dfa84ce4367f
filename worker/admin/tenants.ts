/** Tenants: who pushes here. A tenant's name is its identity and never changes. */
import * as v from 'valibot';
import { insertTenant, listTenants } from '../tenants/repository.ts';
import { type AdminContext, auditDetail, jsonBody, jsonResponse, type Operation } from './operation.ts';
import { readJson, refuse } from './read-json.ts';
import { createTenantSchema, tenantName } from './schemas.ts';
import { errorShape, limitsShape, timeMs } from './shapes.ts';

const tenantShape = v.object({ name: v.string(), limits: limitsShape, createdAtMs: timeMs });

export const tenantOperations: readonly Operation[] = [
  {
    id: 'listTenants',
    method: 'GET',
    path: '/tenants',
    summary: 'Lists all tenants.',
    access: 'gateway',
    responses: { 200: jsonResponse(v.object({ tenants: v.array(tenantShape) }), 'All tenants, by name.') },
    handle: async (c) => c.json({ tenants: await listTenants(c.env.DB) }),
  },
  {
    id: 'createTenant',
    method: 'POST',
    path: '/tenants',
    summary: 'Creates a tenant.',
    access: 'gateway',
    body: jsonBody(v.strictObject({ name: tenantName, limits: v.optional(limitsShape) })),
    responses: {
      201: jsonResponse(tenantShape, 'The tenant.'),
      409: jsonResponse(errorShape, '`tenant_exists`: there is a tenant of this name.'),
    },
    audit: 'tenant.create',
    example: { body: { name: 'shop' }, answer: { name: 'shop', limits: {}, createdAtMs: 1_795_384_800_000 } },
    handle: createTenant,
  },
];

async function createTenant(c: AdminContext): Promise<Response> {
  const body = await readJson(c, createTenantSchema);
  if ('response' in body) return body.response;
  const tenant = { ...body.value, createdAtMs: Date.now() };
  auditDetail(c, tenant.name);
  if (!(await insertTenant(c.env.DB, tenant)))
    return refuse(c, 409, 'tenant_exists', `there is a tenant ${tenant.name} already`);
  return c.json(tenant, 201);
}
