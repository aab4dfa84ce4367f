/** The commands that administer a gateway: tenant, limits, token, pipeline, outbox. */
import type { Command } from 'commander';
import { addLimitsCommands } from './limits.ts';
import { addOutboxCommands } from './outboxes.ts';
import { addPipelineCommands } from './pipelines.ts';
import { addTenantCommands } from './tenants.ts';
import { addTokenCommands } from './tokens.ts';

export function addAdminCommands(program: Command): void {
  addTenantCommands(program);
  addLimitsCommands(program);
  addTokenCommands(program);
  addPipelineCommands(program);
  addOutboxCommands(program);
}
