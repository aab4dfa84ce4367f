/** Asks the destinations what they have: `npm start` claims that data flows only when they say so. */
import type { ReceiverSummary } from '../../ui/receiver/api.ts';
import type { MetricsDestination } from './destinations.ts';

export interface Flow {
  /** Series with a sample newer than the start. */
  readonly series: number;
  readonly lines: number;
}

const TIMEOUT_MS = 3_000;

export async function readFlow(metrics: MetricsDestination, receiverUrl: string, sinceMs: number): Promise<Flow> {
  const summary = (await getJson(`${receiverUrl}/api/v1/summary`)) as ReceiverSummary;
  const series = metrics.queryUrl ? await queriedSeries(metrics.queryUrl, sinceMs) : summary.metrics.series;
  return { series, lines: summary.logs.lines };
}

interface QueryAnswer {
  readonly data?: { readonly result?: readonly { readonly value?: readonly [number, string] }[] };
}

/** Data of an earlier run is in there too: only samples since this start prove anything. */
async function queriedSeries(queryUrl: string, sinceMs: number): Promise<number> {
  const seconds = Math.max(1, Math.floor((Date.now() - sinceMs) / 1000));
  const query = `count(last_over_time({__name__=~".+"}[${seconds}s]))`;
  const answer = (await getJson(`${queryUrl}?${new URLSearchParams({ query })}`)) as QueryAnswer;
  return Number(answer.data?.result?.[0]?.value?.[1] ?? 0);
}

async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.json();
}

/** Resolves when the address answers 2xx; throws what `failed` says, or when the time is up, or when all is to stop. */
export async function untilReady(
  url: string,
  timeoutMs: number,
  stopping: AbortSignal,
  failed: () => string | undefined,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let last = 'no answer';
  while (Date.now() < deadline) {
    stopping.throwIfAborted();
    const problem = failed();
    if (problem) throw new Error(problem);
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      await response.body?.cancel();
      if (response.ok) return;
      last = `it answered ${response.status}`;
    } catch (error) {
      last = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  throw new Error(`${url} did not become ready within ${timeoutMs / 1000} s (${last})`);
}
