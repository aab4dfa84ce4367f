/** What a tenant's pipeline makes of one series or one log line, rule by rule. Nothing is sent and nothing is counted. */

import { METRIC_NAME_LABEL } from '../../core/labels/labels.ts';
import { sharedRegistry } from '../../core/pipeline/registry.ts';
import { EDGE_REGEX_LIMITS } from '../../core/regex/re2.ts';
import { withWorkBudget } from '../../core/regex/work.ts';
import { SimulationError } from '../../core/simulate/input.ts';
import { simulationJson } from '../../core/simulate/json.ts';
import { parseSeriesText } from '../../core/simulate/series-text.ts';
import { simulateItem } from '../../core/simulate/simulate.ts';
import type { ItemState } from '../../core/simulate/trace.ts';
import { latestPipeline } from '../tenants/repository.ts';
import { type AdminContext, readJson, refuse } from './read-json.ts';
import { explainSchema } from './schemas.ts';

export async function explainItem(c: AdminContext, tenant: string): Promise<Response> {
  const body = await readJson(c, explainSchema);
  if ('response' in body) return body.response;
  const pipeline = await latestPipeline(c.env.DB, tenant);
  if (pipeline === undefined) return refuse(c, 404, 'pipeline_unknown', `the tenant ${tenant} has no pipeline yet`);
  const config = {
    sources: [{ filename: 'pipeline', text: pipeline.text }],
    registry: sharedRegistry,
    side: 'edge',
    env: () => '',
    constants: { tenant },
  } as const;
  try {
    const item = itemOf(body.value);
    const signal = item.line === undefined ? 'metrics' : 'logs';
    const nowNs = BigInt(Date.now()) * 1_000_000n;
    const { maxWorkPerBatch } = EDGE_REGEX_LIMITS;
    const result = withWorkBudget(maxWorkPerBatch, () => simulateItem(config, signal, item, nowNs));
    if (result.ok) return c.json({ version: pipeline.version, ...(simulationJson(result.simulation) as object) });
    return refuse(c, 422, 'pipeline_invalid', `the pipeline cannot be loaded: ${result.diagnostics[0]?.message ?? ''}`);
  } catch (error) {
    if (error instanceof SimulationError) return refuse(c, 400, 'invalid_request', error.message);
    throw error;
  }
}

/** Labels with a metric's name are a series; others are a log stream, with a line or without one. */
function itemOf({ series, line }: { readonly series: string; readonly line?: string | undefined }): ItemState {
  const labels = parseSeriesText(series);
  const isMetric = labels.some(({ name }) => name === METRIC_NAME_LABEL);
  if (isMetric && line !== undefined) throw new SimulationError('a line belongs to a stream, which has no metric name');
  return isMetric ? { labels } : { labels, line: line ?? '' };
}
