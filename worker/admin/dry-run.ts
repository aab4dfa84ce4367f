/**
 * What a text would do as the pipeline, on what really arrives: for a few seconds isolates send copies of some pushes to
 * the tenant's hub, and here both pipelines run on them. Nothing is sent to a destination, nothing is counted. A sample:
 * what did not come in those seconds is not in it.
 */
import * as v from 'valibot';
import { compileLimits } from '../../core/limits/tenant-limits.ts';
import { comparePipelines } from '../dry-run/compare.ts';
import type { LiveSample } from '../dry-run/live-sample.ts';
import { tenantHub } from '../hub/client.ts';
import { expireLease } from '../hub/lease-cache.ts';
import { MAX_SAMPLES, MAX_SAMPLES_BYTES } from '../hub/live-samples.ts';
import { HUB_VERSION } from '../hub/messages.ts';
import { compilePipeline, MAX_PIPELINE_BYTES, type Secrets } from '../tenants/compile.ts';
import { latestLimits } from '../tenants/limits.ts';
import { currentText, secretsFor } from '../tenants/pipeline-cache.ts';
import { placeholders } from '../tenants/placeholders.ts';
import type { TenantPipeline } from '../tenants/tenant-pipeline.ts';
import {
  type AdminContext,
  integerParameter,
  jsonResponse,
  type Operation,
  queryInteger,
  tenantOf,
  textBody,
  textParameter,
} from './operation.ts';
import { checkPipeline, readPipelineText } from './pipeline-check.ts';
import { count, diagnosticShape, diagnosticsShape, signal } from './shapes.ts';
import { withVault } from './vault-errors.ts';

const DEFAULT_SECONDS = 10;
/** Isolates hear of it with their next lease, within 5 s. */
const MIN_SECONDS = 1;
const MAX_SECONDS = 25;
const POLL_MS = 500;

const countedShape = v.object({
  items: count,
  different: v.pipe(count, v.description('series, lines with their streams, or label sets')),
});

const text = v.nullable(v.string());

const lostShape = v.array(
  v.object({
    signal,
    component: v.pipe(v.string(), v.description('empty: refused, not dropped')),
    reason: v.string(),
    current: count,
    candidate: count,
  }),
);

const dryRunShape = v.object({
  currentVersion: v.pipe(v.nullable(count), v.description('null: the tenant has no pipeline yet')),
  isDefault: v.pipe(v.boolean(), v.description('the current one is the default pipeline')),
  diagnostics: v.pipe(v.array(diagnosticShape), v.description('warnings about the candidate')),
  sample: v.object({
    seconds: v.pipe(v.number(), v.description('how long was looked')),
    pushes: count,
    cutPushes: v.pipe(count, v.description('of those, how many were too large to be looked at whole')),
    isFull: v.pipe(v.boolean(), v.description('there were more, and enough')),
    leftOut: v.pipe(count, v.description('items of the sample that were too many to compare')),
    items: v.pipe(
      v.partial(v.object({ metrics: count, logs: count, traces: count, profiles: count })),
      v.description('that were compared, by signal'),
    ),
  }),
  destinations: v.array(
    v.object({
      destination: v.string(),
      signal,
      current: countedShape,
      candidate: countedShape,
      changed: v.pipe(count, v.description('items that get there under other labels, or with another line')),
      gone: v.pipe(count, v.description('items that would get there no more')),
      added: v.pipe(count, v.description('items that would get there only now')),
      examples: v.array(
        v.object({
          input: v.optional(v.string()),
          current: v.pipe(text, v.description('null: it does not get there')),
          candidate: v.pipe(text, v.description('null: it would not get there')),
        }),
      ),
    }),
  ),
  dropped: lostShape,
  rejected: lostShape,
});

export const dryRunOperations: readonly Operation[] = withVault([
  {
    id: 'dryRunPipeline',
    method: 'POST',
    path: '/tenants/:tenant/pipeline/dry-run',
    summary: "Compares a text with the tenant's pipeline on pushes that arrive in the next seconds; nothing is sent.",
    description:
      'A sample: at most 256 KiB of a push, 100 pushes and 4 MiB. Rates and limits of activity are not applied. The request takes as long as it looks.',
    access: 'tenant',
    reads: true,
    query: {
      filename: textParameter('names the text in messages'),
      seconds: integerParameter(`how long to look; default ${DEFAULT_SECONDS}`, {
        minimum: MIN_SECONDS,
        maximum: MAX_SECONDS,
      }),
    },
    body: textBody('text/plain', MAX_PIPELINE_BYTES, "Alloy's configuration language."),
    responses: {
      200: jsonResponse(dryRunShape, 'What both make of the sample.'),
      422: jsonResponse(diagnosticsShape, 'Every mistake of the text.'),
    },
    handle: dryRun,
  },
]);

async function dryRun(c: AdminContext): Promise<Response> {
  const tenant = tenantOf(c);
  const text = await readPipelineText(c);
  if (typeof text !== 'string') return text;
  const { diagnostics, pipeline } = await checkPipeline(c, tenant, text);
  if (pipeline === undefined) return c.json({ diagnostics }, 422);
  const current = await currentText(c.env, tenant);
  const { limits } = await latestLimits(c.env.DB, tenant);
  const seconds = queryInteger(c, 'seconds') ?? DEFAULT_SECONDS;
  const collected = await collect(c, tenant, seconds);
  const { samples } = collected;
  const running = current && compiled(tenant, current.text, current.secrets);
  const candidate = compiled(tenant, text, await secretsFor(c.env, tenant, text)) ?? pipeline;
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const compared = comparePipelines(samples, running, candidate, compileLimits(limits), nowNs);
  const { items, leftOut, ...comparison } = compared;
  return c.json({
    currentVersion: current?.version ?? null,
    isDefault: current?.isDefault ?? false,
    diagnostics,
    sample: {
      seconds: collected.seconds,
      pushes: samples.length,
      cutPushes: samples.filter(({ whole }) => !whole).length,
      isFull: collected.isFull,
      leftOut,
      items,
    },
    ...comparison,
  });
}

interface Collected {
  readonly samples: readonly LiveSample[];
  readonly isFull: boolean;
  readonly seconds: number;
}

/** Until the time is over, or there is enough. */
async function collect(c: AdminContext, tenant: string, seconds: number): Promise<Collected> {
  const hub = tenantHub(c.env, tenant);
  const startMs = Date.now();
  const endMs = startMs + seconds * 1000;
  let { after } = await hub.askForSamples({ v: HUB_VERSION, forMs: seconds * 1000 });
  const samples: LiveSample[] = [];
  // Others learn of it with their next lease; this isolate need not wait.
  expireLease(tenant);
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(POLL_MS, Math.max(0, endMs - Date.now()))));
    const isOver = Date.now() >= endMs;
    const { samples: newer, last, full: isFull } = await hub.samplesAfter({ v: HUB_VERSION, after });
    samples.push(...newer);
    after = last;
    // Where others ask as well, the hub goes on for them.
    const isEnough = isFull || isFullSample(samples);
    if (isOver || isEnough)
      return { samples, isFull: isEnough, seconds: Math.round((Date.now() - startMs) / 100) / 10 };
  }
}

function isFullSample(samples: readonly LiveSample[]): boolean {
  return samples.length >= MAX_SAMPLES || samples.reduce((sum, sample) => sum + sample.bytes, 0) >= MAX_SAMPLES_BYTES;
}

/** Anew, so that what pushes have made this isolate remember is not touched; and without a secret in it. */
function compiled(tenant: string, text: string, secrets: Secrets): TenantPipeline | undefined {
  return compilePipeline(tenant, { filename: 'pipeline', text }, placeholders(secrets)).pipeline;
}
