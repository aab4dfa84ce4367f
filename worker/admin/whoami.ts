/** Who the API takes the caller for: to try a token, and for clients that show what one may do. */
import * as v from 'valibot';
import { OPERATOR_ROLES } from '../tenants/operators.ts';
import { jsonResponse, type Operation, principalOf } from './operation.ts';
import { timeMsOrNull } from './shapes.ts';

const principalShape = v.object({
  kind: v.picklist(['root', 'operator', 'tenant']),
  name: v.pipe(v.string(), v.description('as the audit log has it: `root`, `operator:NAME`, `token:ID`')),
  role: v.picklist(OPERATOR_ROLES),
  tenant: v.pipe(v.optional(v.string()), v.description('the one tenant that it may administer')),
  expiresAtMs: timeMsOrNull,
});

export const whoamiOperations: readonly Operation[] = [
  {
    id: 'whoami',
    method: 'GET',
    path: '/whoami',
    summary: 'Tells whose token was sent and what it may do.',
    access: 'any',
    responses: { 200: jsonResponse(principalShape, 'The principal.') },
    example: { answer: { kind: 'operator', name: 'operator:ada', role: 'viewer', expiresAtMs: null } },
    handle: (c) => c.json(principalOf(c)),
  },
];
