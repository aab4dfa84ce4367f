/** Outboxes as an operator sees them: every destination of the pipeline, and those that were ever used and left it. */
import type { Env } from '../env.ts';
import { tenantHub } from '../hub/client.ts';
import { HUB_VERSION, type HubOverview } from '../hub/messages.ts';
import { outbox } from '../outbox/client.ts';
import { OUTBOX_VERSION, type OutboxDetails, type OutboxStatus } from '../outbox/messages.ts';
import { errorText, log } from '../telemetry/log.ts';
import { currentPipeline } from '../tenants/pipeline-cache.ts';

/** Bounds the object calls of one page. */
const MAX_OUTBOXES = 100;

export async function outboxList(env: Env, tenant: string): Promise<OutboxStatus[]> {
  const hub = await tenantHub(env, tenant).overview({ v: HUB_VERSION });
  return outboxesOf(env, tenant, hub.outboxes);
}

export async function outboxesOf(env: Env, tenant: string, used: HubOverview['outboxes']): Promise<OutboxStatus[]> {
  const usedIds = new Set(used.map(({ destination }) => destination));
  const known = await pipelineDestinations(env, tenant);
  const knownIds = new Set(known.map(({ destination }) => destination));
  const isOld = ({ destination, active }: HubOverview['outboxes'][number]) => !active && !knownIds.has(destination);
  const statuses = [...used.filter((one) => !isOld(one)), ...used.filter(isOld)]
    .slice(0, MAX_OUTBOXES)
    .map(async ({ destination, signal }) => ({
      ...(await outbox(env, tenant, destination).status({ v: OUTBOX_VERSION })),
      destination,
      signal,
    }));
  // An outbox that was never used has no object yet, and looking at it would create one.
  const unused = known.filter(({ destination }) => !usedIds.has(destination)).map(neverUsed);
  return [...(await Promise.all(statuses)), ...unused].sort((a, b) => (a.destination < b.destination ? -1 : 1));
}

export async function outboxDetails(env: Env, tenant: string, destination: string): Promise<OutboxDetails | undefined> {
  const hub = await tenantHub(env, tenant).overview({ v: HUB_VERSION });
  if (hub.outboxes.some((found) => found.destination === destination)) {
    return outbox(env, tenant, destination).details({ v: OUTBOX_VERSION });
  }
  const known = (await pipelineDestinations(env, tenant)).find((found) => found.destination === destination);
  return known === undefined ? undefined : { ...neverUsed(known), deadLetterList: [] };
}

type Known = Pick<OutboxStatus, 'destination' | 'signal'>;

async function pipelineDestinations(env: Env, tenant: string): Promise<Known[]> {
  try {
    const pipeline = await currentPipeline(env, tenant);
    const destinations = [...(pipeline?.destinations.values() ?? [])];
    return destinations.map(({ id, signal }) => ({ destination: id, signal }));
  } catch (error) {
    log('warn', 'pipeline_unavailable', { tenant, error: errorText(error) });
    return [];
  }
}

function neverUsed({ destination, signal }: Known): OutboxStatus {
  return {
    v: OUTBOX_VERSION,
    destination,
    signal,
    state: 'idle',
    payloads: 0,
    bytes: 0,
    items: 0,
    oldestAtMs: null,
    attempts: 0,
    nextAttemptAtMs: null,
    lastError: null,
    deadLetters: 0,
    ledger: { accepted: 0, queued: 0, delivered: 0, rejected: 0, dropped: 0 },
  };
}
