/** The requests the console makes. */
import { fetchJson, fetchOk } from '../parts/http.ts';
import type { ExplainedView, OutboxDetailsView, Overview, PipelineGraphView } from './api.ts';

export interface LoadedOverview {
  readonly overview: Overview;
  /** How far the gateway's clock is ahead of this browser's. */
  readonly clockAheadMs: number;
}

export async function loadOverview(token: string, signal: AbortSignal): Promise<LoadedOverview> {
  const { body, dateMs } = await fetchJson<Overview>('/admin/v1/overview', {
    headers: { authorization: `Bearer ${token}` },
    signal,
  });
  const gatewayNowMs = body.nowMs ?? dateMs;
  return { overview: body, clockAheadMs: gatewayNowMs === undefined ? 0 : gatewayNowMs - Date.now() };
}

export async function loadPipelineGraph(
  token: string,
  tenant: string,
  signal: AbortSignal,
): Promise<PipelineGraphView> {
  const path = `/admin/v1/tenants/${encodeURIComponent(tenant)}/pipeline/graph`;
  return (await fetchJson<PipelineGraphView>(path, { headers: { authorization: `Bearer ${token}` }, signal })).body;
}

/** What the tenant's pipeline makes of a series, or of a line of a stream. */
export async function explainSeries(
  token: string,
  tenant: string,
  series: string,
  line: string,
): Promise<ExplainedView> {
  const path = `/admin/v1/tenants/${encodeURIComponent(tenant)}/explain`;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = JSON.stringify(line === '' ? { series } : { series, line });
  return (await fetchJson<ExplainedView>(path, { method: 'POST', headers, body })).body;
}

export async function loadOutbox(
  token: string,
  tenant: string,
  destination: string,
  signal: AbortSignal,
): Promise<OutboxDetailsView> {
  const path = outboxPath(tenant, destination);
  return (await fetchJson<OutboxDetailsView>(path, { headers: { authorization: `Bearer ${token}` }, signal })).body;
}

const ACTION_TIMEOUT_MS = 30_000;

/** What an operator does to an outbox: `pause`, `resume`, `retry`, `purge`, `replay`. */
export async function actOnOutbox<T>(
  token: string,
  tenant: string,
  destination: string,
  action: string,
  json?: object,
): Promise<T> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = json === undefined ? {} : { body: JSON.stringify(json) };
  const signal = AbortSignal.timeout(ACTION_TIMEOUT_MS);
  const init = { method: 'POST', headers, signal, ...body };
  return (await fetchJson<T>(outboxPath(tenant, destination, `/${action}`), init)).body;
}

export async function clearDeadLetters(token: string, tenant: string, destination: string) {
  const headers = { authorization: `Bearer ${token}` };
  const signal = AbortSignal.timeout(ACTION_TIMEOUT_MS);
  const path = outboxPath(tenant, destination, '/dead-letters');
  return (await fetchJson<{ removed: number }>(path, { method: 'DELETE', headers, signal })).body;
}

/** The bytes of a dead letter, as they were sent. */
export async function loadDeadLetter(token: string, tenant: string, destination: string, id: number): Promise<Blob> {
  const headers = { authorization: `Bearer ${token}` };
  const signal = AbortSignal.timeout(ACTION_TIMEOUT_MS);
  const path = outboxPath(tenant, destination, `/dead-letters/${id}`);
  return (await fetchOk(path, { headers, signal })).blob();
}

function outboxPath(tenant: string, destination: string, action = ''): string {
  return `/admin/v1/tenants/${encodeURIComponent(tenant)}/outbox${action}?destination=${encodeURIComponent(destination)}`;
}
