/** Who administers the gateway beside the holder of ADMIN_TOKEN. An operator's token is shown once, when it is made. */
import * as v from 'valibot';
import { sha256Hex } from '../auth/token.ts';
import {
  insertOperator,
  listOperators,
  OPERATOR_ROLES,
  type OperatorRecord,
  revokeOperator,
} from '../tenants/operators.ts';
import {
  type AdminContext,
  auditDetail,
  jsonBody,
  jsonResponse,
  noContent,
  type Operation,
  pathParameter,
} from './operation.ts';
import { createOperatorToken, forgetOperator } from './operator-auth.ts';
import { readJson, refuse } from './read-json.ts';
import { createOperatorSchema } from './schemas.ts';
import { errorShape, timeMs, timeMsOrNull } from './shapes.ts';

const operatorEntries = {
  id: v.string(),
  name: v.string(),
  role: v.picklist(OPERATOR_ROLES),
  createdAtMs: timeMs,
  expiresAtMs: timeMsOrNull,
  revokedAtMs: timeMsOrNull,
};

export const operatorOperations: readonly Operation[] = [
  {
    id: 'listOperators',
    method: 'GET',
    path: '/operators',
    summary: 'Lists all operators, also those that were revoked.',
    access: 'gateway',
    responses: { 200: jsonResponse(v.object({ operators: v.array(v.object(operatorEntries)) }), 'Oldest first.') },
    handle: async (c) => c.json({ operators: (await listOperators(c.env.DB)).map(publicOperator) }),
  },
  {
    id: 'createOperator',
    method: 'POST',
    path: '/operators',
    summary: 'Creates an operator and its token.',
    access: 'gateway',
    body: jsonBody(createOperatorSchema),
    responses: {
      201: jsonResponse(
        v.object({ ...operatorEntries, token: v.pipe(v.string(), v.description('the only time that it is shown')) }),
        'The operator with its token.',
      ),
      409: jsonResponse(errorShape, '`operator_exists`: one of this name works; the audit log tells them apart by it.'),
    },
    audit: 'operator.create',
    example: {
      body: { name: 'grafana', role: 'metrics' },
      answer: {
        id: '5f0c1d2e3b4a5968',
        name: 'grafana',
        role: 'metrics',
        createdAtMs: 1_795_384_800_000,
        expiresAtMs: null,
        revokedAtMs: null,
        token: 'spo_5f0c1d2e3b4a5968_…',
      },
    },
    handle: createOperator,
  },
  {
    id: 'revokeOperator',
    method: 'DELETE',
    path: '/operators/:id',
    summary: 'Revokes an operator: its token is refused everywhere within 60 s.',
    access: 'gateway',
    responses: {
      204: noContent('Revoked.'),
      404: jsonResponse(errorShape, '`operator_unknown`: there is no operator of this id.'),
    },
    audit: 'operator.revoke',
    handle: revoke,
  },
];

async function createOperator(c: AdminContext): Promise<Response> {
  const body = await readJson(c, createOperatorSchema);
  if ('response' in body) return body.response;
  const { id, secret, text } = createOperatorToken();
  const operator: OperatorRecord = {
    ...body.value,
    id,
    secretSha256: sha256Hex(secret),
    createdAtMs: Date.now(),
    revokedAtMs: null,
  };
  auditDetail(c, id, { name: operator.name, role: operator.role });
  if (!(await insertOperator(c.env.DB, operator))) {
    return refuse(c, 409, 'operator_exists', `there is an operator ${operator.name} already; revoke it first`);
  }
  return c.json({ ...publicOperator(operator), token: text }, 201);
}

async function revoke(c: AdminContext): Promise<Response> {
  const id = pathParameter(c, 'id');
  const revoked = await revokeOperator(c.env.DB, id, Date.now());
  if (revoked === undefined) return refuse(c, 404, 'operator_unknown', `there is no operator ${JSON.stringify(id)}`);
  auditDetail(c, id, { name: revoked.name, role: revoked.role });
  forgetOperator(id);
  return c.body(null, 204);
}

function publicOperator({ secretSha256: _, ...operator }: OperatorRecord): Omit<OperatorRecord, 'secretSha256'> {
  return operator;
}
