/** Every operation of the admin API, in the order in which people read of them. */
import { auditOperations } from './audit.ts';
import { dryRunOperations } from './dry-run.ts';
import { explainOperations } from './explain.ts';
import { graphOperations } from './graph.ts';
import { limitsOperations } from './limits.ts';
import { metricsOperations } from './metrics.ts';
import { openApiOperation } from './openapi.ts';
import type { Operation, OperationGroup } from './operation.ts';
import { operatorOperations } from './operators.ts';
import { outboxOperations } from './outbox-actions.ts';
import { overviewOperations } from './overview.ts';
import { pipelineOperations } from './pipelines.ts';
import { secretOperations } from './secrets.ts';
import { tenantOperations } from './tenants.ts';
import { tokenOperations } from './tokens.ts';
import { usageOperations } from './usage.ts';
import { whoamiOperations } from './whoami.ts';

export const OPERATION_GROUPS: readonly OperationGroup[] = [
  { title: 'Tenants', operations: [...tenantOperations, ...limitsOperations] },
  { title: 'Tokens', operations: tokenOperations },
  { title: 'Usage', operations: usageOperations },
  {
    title: 'Pipelines',
    operations: [...pipelineOperations, ...dryRunOperations, ...graphOperations, ...explainOperations],
  },
  { title: 'Secrets', operations: secretOperations },
  {
    title: 'Outboxes',
    prose:
      'What waits for a destination. An id of a destination may hold slashes, so it is a query parameter. Data in an outbox is never thrown away unasked: a pause, by an operator (`held`) or because the destination says that its configuration is wrong (`paused`), keeps it.',
    operations: outboxOperations,
  },
  { title: 'The gateway', operations: [...overviewOperations, ...metricsOperations] },
  {
    title: 'Operators and the audit log',
    operations: [...operatorOperations, ...auditOperations, ...whoamiOperations],
  },
  { title: 'This API', operations: [openApiOperation(() => OPERATION_GROUPS)] },
];

export const OPERATIONS: readonly Operation[] = OPERATION_GROUPS.flatMap(({ operations }) => operations);
