/**
 * Compiled pipelines of this isolate by tenant and version. A version never changes, so an entry is never stale; a lease
 * says which version is the current one. Bounded, because each entry holds a memo of the tenant's series.
 */
import { diagnosticLine } from '../../core/alloy/diagnostics.ts';
import type { Destination } from '../../core/delivery/destination.ts';
import type { Env } from '../env.ts';
import { within } from '../timeout.ts';
import { compilePipeline, type TenantPipeline } from './compile.ts';
import { findPipeline, latestPipeline, tenantSettings } from './repository.ts';
import type { PipelineText } from './tenant.ts';

/** A Worker has 128 MB; a pipeline's memo has at most 8. */
const MAX_PIPELINES = 8;
const DATABASE_TIMEOUT_MS = 5_000;

interface Entry {
  readonly version: number;
  readonly pipeline: TenantPipeline;
}

/** By tenant, the least recently used first. Only the newest version of a tenant is kept. */
const cache = new Map<string, Entry>();

/** Throws where the version cannot be read or, which saving prevents, does not compile. */
export async function pipelineOf(env: Env, tenant: string, version: number): Promise<TenantPipeline> {
  const entry = cache.get(tenant);
  if (entry !== undefined && entry.version === version) return used(tenant, entry).pipeline;
  const text = await within(DATABASE_TIMEOUT_MS, findPipeline(env.DB, tenant, version));
  if (text === undefined) throw new Error(`version ${version} is not in the database`);
  return remember(tenant, text);
}

/** The newest version according to the database, or to this isolate where the database does not answer. */
export async function currentPipeline(env: Env, tenant: string): Promise<TenantPipeline | undefined> {
  const entry = cache.get(tenant);
  try {
    if (entry !== undefined) {
      const settings = await within(DATABASE_TIMEOUT_MS, tenantSettings(env.DB, tenant));
      if (settings?.pipelineVersion === entry.version) return used(tenant, entry).pipeline;
    }
    const text = await within(DATABASE_TIMEOUT_MS, latestPipeline(env.DB, tenant));
    return text === undefined ? undefined : remember(tenant, text);
  } catch (error) {
    if (entry === undefined) throw error;
    return entry.pipeline;
  }
}

export async function currentDestination(env: Env, tenant: string, id: string): Promise<Destination | undefined> {
  return (await currentPipeline(env, tenant))?.destinations.get(id);
}

function used(tenant: string, entry: Entry): Entry {
  cache.delete(tenant);
  cache.set(tenant, entry);
  return entry;
}

function remember(tenant: string, { version, text }: PipelineText): TenantPipeline {
  const { pipeline, diagnostics } = compilePipeline(tenant, { filename: 'pipeline', text });
  if (pipeline === undefined) throw new Error(diagnostics.map(diagnosticLine).join('; '));
  const known = cache.get(tenant);
  // An outbox may ask for the newest while a push still runs on a lease of the version before.
  if (known === undefined || known.version <= version) used(tenant, { version, pipeline });
  while (cache.size > MAX_PIPELINES) cache.delete(cache.keys().next().value as string);
  return pipeline;
}
