/** What a tenant's pipeline makes of one series or one log line, rule by rule. Nothing is sent and nothing is counted. */

import { shownUrl } from '../../core/delivery/without-secrets.ts';
import { METRIC_NAME_LABEL } from '../../core/labels/labels.ts';
import { OutcomeError } from '../../core/outcome.ts';
import { sharedRegistry } from '../../core/pipeline/registry.ts';
import { EDGE_REGEX_LIMITS } from '../../core/regex/re2.ts';
import { withWorkBudget } from '../../core/regex/work.ts';
import { SimulationError } from '../../core/simulate/input.ts';
import { simulationJson } from '../../core/simulate/json.ts';
import { parseSeriesText } from '../../core/simulate/series-text.ts';
import { simulateItem } from '../../core/simulate/simulate.ts';
import type { ItemState } from '../../core/simulate/trace.ts';
import { boundedText } from '../ingest/plan-logs.ts';
import { secretFinder } from '../tenants/compile.ts';
import { currentText } from '../tenants/pipeline-cache.ts';
import { placeholders } from '../tenants/placeholders.ts';
import { type AdminContext, jsonBody, jsonResponse, type Operation, tenantOf } from './operation.ts';
import { readJson, refuse } from './read-json.ts';
import { explainSchema } from './schemas.ts';
import { errorShape } from './shapes.ts';
import { explanationShape } from './simulation-shapes.ts';
import { withVault } from './vault-errors.ts';

export const explainOperations: readonly Operation[] = withVault([
  {
    id: 'explain',
    method: 'POST',
    path: '/tenants/:tenant/explain',
    summary: 'Tells what every rule of the pipeline makes of a series, or of a line of a stream.',
    description: 'On every way to every destination. Nothing is sent and nothing is counted.',
    access: 'tenant',
    reads: true,
    body: jsonBody(explainSchema),
    responses: {
      200: jsonResponse(explanationShape, 'The ways of the item, hop by hop.'),
      404: jsonResponse(errorShape, '`pipeline_unknown`: the tenant has no pipeline.'),
      422: jsonResponse(errorShape, '`pipeline_invalid`: the pipeline cannot be loaded.'),
    },
    example: { body: { series: 'up{job="node"}' } },
    handle: (c) => explainItem(c, tenantOf(c)),
  },
]);

async function explainItem(c: AdminContext, tenant: string): Promise<Response> {
  const body = await readJson(c, explainSchema);
  if ('response' in body) return body.response;
  const pipeline = await currentText(c.env, tenant);
  if (pipeline === undefined) return refuse(c, 404, 'pipeline_unknown', `the tenant ${tenant} has no pipeline yet`);
  const secrets = placeholders(pipeline.secrets);
  const config = {
    sources: [{ filename: 'pipeline', text: pipeline.text }],
    registry: sharedRegistry,
    side: 'edge',
    env: () => '',
    constants: { tenant },
    secret: secretFinder(secrets),
  } as const;
  try {
    const item = itemOf(body.value);
    const signal = item.line === undefined ? 'metrics' : 'logs';
    const nowNs = BigInt(Date.now()) * 1_000_000n;
    const { maxWorkPerBatch } = EDGE_REGEX_LIMITS;
    const result = boundedText(() => withWorkBudget(maxWorkPerBatch, () => simulateItem(config, signal, item, nowNs)));
    if (result.ok) return answer(c, { version: pipeline.version, ...(simulationJson(result.simulation) as object) });
    const problem = result.diagnostics[0]?.message ?? '';
    return refuse(c, 422, 'pipeline_invalid', `the pipeline cannot be loaded: ${problem}`);
  } catch (error) {
    if (error instanceof SimulationError) return refuse(c, 400, 'invalid_request', error.message);
    if (error instanceof OutcomeError) return refuse(c, 400, error.failure.reason, error.message);
    throw error;
  }
}

/** An address may hold credentials as they are. */
function answer(c: AdminContext, explanation: object): Response {
  const clean = (key: string, value: unknown) => (key === 'url' && typeof value === 'string' ? shownUrl(value) : value);
  return c.body(JSON.stringify(explanation, clean), 200, { 'Content-Type': 'application/json' });
}

/** Labels with a metric's name are a series; others are a log stream, with a line or without one. */
function itemOf({ series, line }: { readonly series: string; readonly line?: string | undefined }): ItemState {
  const labels = parseSeriesText(series);
  const isMetric = labels.some(({ name }) => name === METRIC_NAME_LABEL);
  if (isMetric && line !== undefined) throw new SimulationError('a line belongs to a stream, which has no metric name');
  return isMetric ? { labels } : { labels, line: line ?? '' };
}
