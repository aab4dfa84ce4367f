/** The one request the console makes. */
import { fetchJson } from '../parts/http.ts';
import type { Overview } from './api.ts';

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
