/** The requests of the receiver's page. */
import { fetchJson } from '../parts/http.ts';
import type { LogsPage, ProfilesPage, ReceiverStatus, SeriesPage, TracesPage } from './api.ts';

async function get<T>(path: string, signal: AbortSignal): Promise<T> {
  return (await fetchJson<T>(path, { signal })).body;
}

function query(search: string, limit: number): string {
  return new URLSearchParams({ search, limit: String(limit) }).toString();
}

export const loadStatus = (signal: AbortSignal) => get<ReceiverStatus>('/api/v1/status', signal);

export const loadSeries = (search: string, limit: number, signal: AbortSignal) =>
  get<SeriesPage>(`/api/v1/series?${query(search, limit)}`, signal);

export const loadLogs = (search: string, limit: number, signal: AbortSignal) =>
  get<LogsPage>(`/api/v1/logs?${query(search, limit)}`, signal);

export const loadTraces = (search: string, limit: number, signal: AbortSignal) =>
  get<TracesPage>(`/api/v1/traces?${query(search, limit)}`, signal);

export const loadProfiles = (search: string, limit: number, signal: AbortSignal) =>
  get<ProfilesPage>(`/api/v1/profiles?${query(search, limit)}`, signal);

export async function setRefuse(status: number): Promise<void> {
  await fetchJson('/api/v1/refuse', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ status }),
    signal: AbortSignal.timeout(5_000),
  });
}
