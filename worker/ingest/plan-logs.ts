/**
 * What a push of lines may become in the tenant's pipeline: text beyond what came, and tenants of Loki that lines name
 * (`stage.tenant`), each of which is a request of its own.
 */
import { encodeLogsPayloads, TENANT_LABEL } from '../../core/delivery/encode.ts';
import type { LogsPlanResult } from '../../core/pipeline/logs-plan.ts';
import type { LogStream } from '../../core/pipeline/signals.ts';
import { EDGE_MAX_TEXT_GROWTH, withTextBudget } from '../../core/pipeline/text-budget.ts';
import type { DeliveryJob } from '../destinations/deliver.ts';
import type { Rejection } from './result.ts';

export const MAX_TENANTS_PER_PUSH = 100;

/** Throws OutcomeError. */
export function boundedText<T>(run: () => T): T {
  return withTextBudget(EDGE_MAX_TEXT_GROWTH, run);
}

export interface LogJobs {
  readonly jobs: readonly DeliveryJob[];
  readonly rejections: readonly Rejection[];
}

/** Of one push: `results` has one for each form in which its lines entered the pipeline. */
export function logJobs(results: readonly LogsPlanResult[]): LogJobs {
  const tenants = new Set<string>();
  const jobs: DeliveryJob[] = [];
  const lost = results.map(({ outputs }) => {
    const refused: LogStream[] = [];
    const taken: LogStream[] = [];
    for (const { destination, batch } of outputs) {
      const isTaken = (stream: LogStream) => takesTenant(tenants, stream);
      const streams = batch.streams.filter(isTaken);
      if (streams.length < batch.streams.length) refused.push(...batch.streams.filter((stream) => !isTaken(stream)));
      taken.push(...streams);
      jobs.push({ destination, payloads: encodeLogsPayloads(destination, { ...batch, streams }) });
    }
    return refused.length === 0 ? undefined : lostLines(refused, taken);
  });
  const counts = lost.filter((lines) => lines !== undefined);
  if (counts.length === 0) return { jobs, rejections: [] };
  const example = `the lines name more than ${MAX_TENANTS_PER_PUSH} tenants (stage.tenant); send them in parts`;
  return { jobs, rejections: [{ reason: 'max_tenants_per_push', items: Math.max(...counts), example }] };
}

/** Those that come first. What the configuration says for all lines is no tenant of theirs. */
function takesTenant(tenants: Set<string>, { labels, entries }: LogStream): boolean {
  const tenant = entries.length === 0 ? undefined : labels.find(({ name }) => name === TENANT_LABEL)?.value;
  if (tenant === undefined || tenants.has(tenant)) return true;
  if (tenants.size >= MAX_TENANTS_PER_PUSH) return false;
  tenants.add(tenant);
  return true;
}

/** A line that reached a destination on another way is told of, and counted as delivered. */
function lostLines(refused: readonly LogStream[], taken: readonly LogStream[]): number {
  // Lines have numbers where they can go more than one way (logs-plan.ts).
  const delivered = new Set(taken.flatMap(({ entries }) => entries.flatMap(({ origin }) => origin ?? [])));
  const numbered = new Set<number>();
  let lines = 0;
  for (const { origin } of refused.flatMap(({ entries }) => entries)) {
    if (origin === undefined) lines++;
    else if (!delivered.has(origin)) numbered.add(origin);
  }
  return lines + numbered.size;
}
