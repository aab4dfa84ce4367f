/**
 * Compiled pipelines of this isolate by tenant. A version of a pipeline and a version of its secrets never change, so an
 * entry is never stale; a lease says which are the current ones. Bounded, because each entry holds a memo of the tenant's
 * series.
 */
import { diagnosticLine } from '../../core/alloy/diagnostics.ts';
import type { Destination } from '../../core/delivery/destination.ts';
import type { Env } from '../env.ts';
import { within } from '../timeout.ts';
import { compilePipeline, NO_SECRETS } from './compile.ts';
import { findPipeline, GATEWAY, type Vault } from './pipelines.ts';
import { pipelineInForce, tenantSettings } from './repository.ts';
import { readSecrets, type SecretValues } from './secrets.ts';
import type { PipelineInForce, PipelineText } from './tenant.ts';
import type { TenantPipeline } from './tenant-pipeline.ts';

/** A Worker has 128 MB. What they remember of series has a bound of its own (tenant-pipeline.ts). */
const MAX_PIPELINES = 8;
const DATABASE_TIMEOUT_MS = 5_000;

interface Entry {
  readonly inForce: PipelineInForce;
  readonly usesSecrets: boolean;
  readonly pipeline: TenantPipeline;
}

/** By tenant, the least recently used first. Only the newest version of a tenant is kept. */
const cache = new Map<string, Entry>();

/**
 * It does not load as it is stored. Saving prevents that; but a secret may have become unreadable, or a new version of the
 * gateway may be stricter. The message is for who may read the pipeline, never for who pushes.
 */
export class PipelineInvalidError extends Error {
  readonly isDefault: boolean;
  constructor(message: string, { isDefault }: PipelineInForce) {
    super(message);
    this.isDefault = isDefault;
  }
}

/** Throws PipelineInvalidError, and where the version cannot be read. */
export async function pipelineOf(env: Env, tenant: string, inForce: PipelineInForce): Promise<TenantPipeline> {
  const entry = cache.get(tenant);
  if (entry !== undefined && fits(entry, inForce)) return used(tenant, entry).pipeline;
  const owner = ownerOf(tenant, inForce);
  const text = await within(DATABASE_TIMEOUT_MS, findPipeline(env, owner, inForce.version));
  if (text === undefined) throw new Error(`version ${inForce.version} is not in the database`);
  return compiled(env, tenant, inForce, text);
}

/** The newest version according to the database, or to this isolate where the database does not answer. */
export async function currentPipeline(env: Env, tenant: string): Promise<TenantPipeline | undefined> {
  try {
    const inForce = await currentChoice(env.DB, tenant);
    return inForce.version === 0 ? undefined : await pipelineOf(env, tenant, inForce);
  } catch (error) {
    const entry = cache.get(tenant);
    if (entry === undefined) throw error;
    return entry.pipeline;
  }
}

/** Its source, with the secrets that it may read. */
export interface CurrentText extends PipelineText {
  readonly isDefault: boolean;
  readonly secrets: SecretValues;
}

/** Undefined where the tenant has no pipeline and there is no default one. */
export async function currentText(env: Vault, tenant: string): Promise<CurrentText | undefined> {
  const inForce = await currentChoice(env.DB, tenant);
  if (inForce.version === 0) return undefined;
  const { isDefault, version } = inForce;
  const owner = ownerOf(tenant, inForce);
  const text = await findPipeline(env, owner, version);
  return text && { ...text, isDefault, secrets: await secretsFor(env, owner, text.text) };
}

export async function currentDestination(env: Env, tenant: string, id: string): Promise<Destination | undefined> {
  return (await currentPipeline(env, tenant))?.destinations.get(id);
}

/** Of what may be called in the text; a pipeline that says `secret` nowhere costs no look into them. */
export async function secretsFor(vault: Vault, owner: string, text: string): Promise<SecretValues> {
  return text.includes('secret') ? readSecrets(vault, owner) : { version: 0, ...NO_SECRETS };
}

async function currentChoice(db: D1Database, tenant: string): Promise<PipelineInForce> {
  const settings = await within(DATABASE_TIMEOUT_MS, tenantSettings(db, tenant));
  return pipelineInForce(settings ?? { pipelineVersion: 0 });
}

function ownerOf(tenant: string, { isDefault }: PipelineInForce): string {
  return isDefault ? GATEWAY : tenant;
}

/** Newer secrets than asked for fit: this isolate read them before the lease that asks was renewed. */
function fits({ inForce: known, usesSecrets }: Entry, asked: PipelineInForce): boolean {
  if (known.isDefault !== asked.isDefault || known.version !== asked.version) return false;
  return !usesSecrets || known.secretsVersion >= asked.secretsVersion;
}

function used(tenant: string, entry: Entry): Entry {
  cache.delete(tenant);
  cache.set(tenant, entry);
  return entry;
}

async function compiled(
  env: Env,
  tenant: string,
  inForce: PipelineInForce,
  { version, text }: PipelineText,
): Promise<TenantPipeline> {
  const secrets = await within(DATABASE_TIMEOUT_MS, secretsFor(env, ownerOf(tenant, inForce), text));
  const source = { filename: 'pipeline', text };
  const { pipeline, diagnostics, secretsUsed } = compilePipeline(tenant, source, secrets);
  if (pipeline === undefined) throw new PipelineInvalidError(diagnostics.map(diagnosticLine).join('; '), inForce);
  const known = cache.get(tenant)?.inForce;
  // An outbox may ask for the newest while a push still runs on a lease of the version before.
  const isNewest = known === undefined || known.isDefault !== inForce.isDefault || known.version <= version;
  const secretsVersion = Math.max(secrets.version, inForce.secretsVersion);
  const entry = { inForce: { ...inForce, secretsVersion }, usesSecrets: secretsUsed.size > 0, pipeline };
  if (isNewest) used(tenant, entry);
  while (cache.size > MAX_PIPELINES) cache.delete(cache.keys().next().value as string);
  return pipeline;
}
