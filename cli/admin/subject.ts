/** What pipeline and secret commands are about: a tenant's own, or the gateway's. */
import type { Command } from 'commander';
import { UsageError } from './connection.ts';
import type { AdminOptions } from './run.ts';

export interface SubjectOptions extends AdminOptions {
  readonly tenant?: string;
  readonly default?: boolean;
  readonly gatewayWide?: boolean;
}

export interface Subject {
  /** Below /admin/v1/. */
  readonly path: string;
  /** `the pipeline of tenant acme`. */
  readonly name: string;
  /** As it is typed. */
  readonly flag: string;
  readonly follows: string;
}

export function addPipelineSubject(command: Command): Command {
  return command
    .option('--tenant <name>', 'the tenant')
    .option('--default', 'the default pipeline, which serves tenants without their own');
}

export function pipelineSubject({ tenant, default: isDefault }: SubjectOptions): Subject {
  if ((tenant === undefined) === (isDefault !== true)) throw new UsageError('give --tenant NAME or --default');
  if (tenant === undefined) {
    const follows = 'within 60 s for every tenant without its own';
    return { path: 'default-pipeline', name: 'the default pipeline', flag: '--default', follows };
  }
  const path = `tenants/${encodeURIComponent(tenant)}/pipeline`;
  return { path, name: `the pipeline of tenant ${tenant}`, flag: `--tenant ${tenant}`, follows: 'within 5 s' };
}

export function addSecretSubject(command: Command): Command {
  return command
    .option('--tenant <name>', 'the tenant whose pipeline reads it')
    .option('--gateway-wide', "the gateway's own, which the default pipeline reads");
}

export function secretSubject({ tenant, gatewayWide }: SubjectOptions): Subject {
  if ((tenant === undefined) === (gatewayWide !== true)) throw new UsageError('give --tenant NAME or --gateway-wide');
  if (tenant === undefined) {
    return { path: 'secrets', name: 'the gateway', flag: '--gateway-wide', follows: 'within 60 s' };
  }
  const path = `tenants/${encodeURIComponent(tenant)}/secrets`;
  return { path, name: `tenant ${tenant}`, flag: `--tenant ${tenant}`, follows: 'within 5 s' };
}
