/** The commands that administer a gateway: tenant, token, pipeline, outbox. */
import type { Command } from 'commander';
import { addOutboxCommands } from './outboxes.ts';
import { addPipelineCommands } from './pipelines.ts';
import { addTenantCommands } from './tenants.ts';
import { addTokenCommands } from './tokens.ts';

export function addAdminCommands(program: Command): void {
  addTenantCommands(program);
  addTokenCommands(program);
  addPipelineCommands(program);
  addOutboxCommands(program);
}
