/** The requests the console makes. */
import { fetchJson } from '../parts/http.ts';
import type { ExplainedView, Overview, PipelineGraphView } from './api.ts';

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
