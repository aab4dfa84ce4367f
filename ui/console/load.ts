/** The requests of the overview and of outboxes. */
import { HttpError } from '../parts/http.ts';
import { type AdminApi, tenantPath } from './admin/client.ts';
import type { ExplainedView, OutboxDetailsView, Overview, PipelineGraphView, TenantView } from './api.ts';

export interface LoadedOverview {
  readonly overview: Overview;
  /** How far the gateway's clock is ahead of this browser's. */
  readonly clockAheadMs: number;
}

/** Of all tenants. The first 50 are in one answer: `alsoTenant` is the one that is looked at. */
export async function loadOverview(
  api: AdminApi,
  alsoTenant: string | undefined,
  signal: AbortSignal,
): Promise<LoadedOverview> {
  const overview = await api.get<Overview>('/overview', signal);
  const { tenants, tenantCount, nowMs } = overview;
  const isMissing = tenantCount > tenants.length && !tenants.some(({ name }) => name === alsoTenant);
  const missing = isMissing && alsoTenant !== undefined ? await tenantOrNone(api, alsoTenant, signal) : [];
  return { overview: { ...overview, tenants: [...tenants, ...missing] }, clockAheadMs: nowMs - Date.now() };
}

/** Of the one tenant that a tenant's token is for. */
export async function loadOwnOverview(api: AdminApi, tenant: string, signal: AbortSignal): Promise<LoadedOverview> {
  const answer = await api.get<TenantAnswer>(`${tenantPath(tenant)}/overview`, signal);
  const { nowMs } = answer;
  return { overview: { nowMs, tenantCount: 1, tenants: [answer.tenant] }, clockAheadMs: nowMs - Date.now() };
}

interface TenantAnswer {
  readonly nowMs: number;
  readonly tenant: TenantView;
}

async function tenantOrNone(api: AdminApi, tenant: string, signal: AbortSignal): Promise<TenantView[]> {
  try {
    return [(await api.get<TenantAnswer>(`${tenantPath(tenant)}/overview`, signal)).tenant];
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return [];
    throw error;
  }
}

export function loadPipelineGraph(api: AdminApi, tenant: string, signal: AbortSignal): Promise<PipelineGraphView> {
  return api.get(`${tenantPath(tenant)}/pipeline/graph`, signal);
}

/** What the tenant's pipeline makes of a series, or of a line of a stream. */
export function explainSeries(api: AdminApi, tenant: string, series: string, line: string): Promise<ExplainedView> {
  return api.send('POST', `${tenantPath(tenant)}/explain`, { json: line === '' ? { series } : { series, line } });
}

export function loadOutbox(
  api: AdminApi,
  tenant: string,
  destination: string,
  signal: AbortSignal,
): Promise<OutboxDetailsView> {
  return api.get(outboxPath(tenant, destination), signal);
}

/** What an operator does to an outbox: `pause`, `resume`, `retry`, `skip`, `purge`, `replay`. */
export function actOnOutbox<T>(
  api: AdminApi,
  tenant: string,
  destination: string,
  action: string,
  json?: object,
): Promise<T> {
  return api.send('POST', outboxPath(tenant, destination, `/${action}`), json && { json });
}

export function clearDeadLetters(
  api: AdminApi,
  tenant: string,
  destination: string,
): Promise<{ readonly removed: number }> {
  return api.send('DELETE', outboxPath(tenant, destination, '/dead-letters'));
}

/** The bytes of a dead letter, as they were sent. */
export function loadDeadLetter(api: AdminApi, tenant: string, destination: string, id: number): Promise<Blob> {
  return api.getBytes(outboxPath(tenant, destination, `/dead-letters/${id}`));
}

function outboxPath(tenant: string, destination: string, action = ''): string {
  return `${tenantPath(tenant)}/outbox${action}?destination=${encodeURIComponent(destination)}`;
}
