/** The commands that administer a gateway: tenant, limits, token, usage, pipeline, secret, outbox. */
import type { Command } from 'commander';
import { addAuditCommand } from './audit.ts';
import { addLimitsCommands } from './limits.ts';
import { addOperatorCommands } from './operators.ts';
import { addOutboxCommands } from './outboxes.ts';
import { addPipelineCommands } from './pipelines.ts';
import { addSecretCommands } from './secrets.ts';
import { addTenantCommands } from './tenants.ts';
import { addTokenCommands } from './tokens.ts';
import { addUsageCommand } from './usage.ts';
import { addWhoamiCommand } from './whoami.ts';

export function addAdminCommands(program: Command): void {
  addTenantCommands(program);
  addLimitsCommands(program);
  addTokenCommands(program);
  addUsageCommand(program);
  addPipelineCommands(program);
  addSecretCommands(program);
  addOutboxCommands(program);
  addOperatorCommands(program);
  addAuditCommand(program);
  addWhoamiCommand(program);
}
