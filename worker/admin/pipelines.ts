/** Reading and replacing a tenant's pipeline. What is saved compiles, and sends only where a pipeline may send. */
import { type Diagnostic, diagnosticAt, hasErrors } from '../../core/alloy/diagnostics.ts';
import { formatDiagnostics } from '../../core/alloy/format-diagnostics.ts';
import { Source, type Span } from '../../core/alloy/source.ts';
import { egressProblem } from '../destinations/egress-policy.ts';
import { sendOptions } from '../destinations/send.ts';
import type { Env } from '../env.ts';
import { tenantHub } from '../hub/client.ts';
import { HUB_VERSION } from '../hub/messages.ts';
import { readBody } from '../ingest/body.ts';
import { outbox } from '../outbox/client.ts';
import { OUTBOX_VERSION } from '../outbox/messages.ts';
import { errorText, log } from '../telemetry/log.ts';
import { compilePipeline, MAX_PIPELINE_BYTES, type TenantPipeline } from '../tenants/compile.ts';
import { appendPipeline, latestPipeline } from '../tenants/repository.ts';
import { type AdminContext, refuse } from './read-json.ts';

const FILENAME = /^[^\u0000-\u001f\u007f]{1,200}$/;

interface DiagnosticJson {
  readonly severity: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly excerpt: string;
}

export async function getPipeline(c: AdminContext, tenant: string): Promise<Response> {
  const pipeline = await latestPipeline(c.env.DB, tenant);
  if (pipeline === undefined) return refuse(c, 404, 'pipeline_unknown', `the tenant ${tenant} has no pipeline yet`);
  c.header('ETag', `"${pipeline.version}"`);
  return c.text(pipeline.text);
}

/** 200 with the new version, or 422 with every mistake. */
export async function putPipeline(c: AdminContext, tenant: string): Promise<Response> {
  const text = await readPipeline(c);
  if (typeof text !== 'string') return text;
  const given = c.req.query('filename') ?? '';
  const source = { filename: FILENAME.test(given) ? given : 'pipeline', text };
  const { diagnostics, pipeline } = compilePipeline(tenant, source);
  const toJson = (diagnostic: Diagnostic) => diagnosticJson(diagnostic, source);
  if (pipeline === undefined || hasErrors(diagnostics)) return c.json({ diagnostics: diagnostics.map(toJson) }, 422);
  const refused = egressDiagnostics(pipeline, new Source(source.filename, text), c.env);
  if (refused.length > 0) return c.json({ diagnostics: [...diagnostics, ...refused].map(toJson) }, 422);
  const version = await appendPipeline(c.env.DB, tenant, text, Date.now());
  c.executionCtx.waitUntil(resumeOutboxes(c.env, tenant));
  return c.json({ version, diagnostics: diagnostics.map(toJson) });
}

async function readPipeline(c: AdminContext): Promise<string | Response> {
  let bytes: Uint8Array;
  try {
    bytes = await readBody(c.req.raw, MAX_PIPELINE_BYTES);
  } catch {
    return refuse(c, 413, 'body_too_large', `a pipeline has at most ${MAX_PIPELINE_BYTES} bytes`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return refuse(c, 400, 'invalid_utf8', 'the pipeline is not UTF-8 text');
  }
}

/** A destination's address is checked again on each send; here it is said to the person who writes it. */
function egressDiagnostics(pipeline: TenantPipeline, source: Source, env: Env): Diagnostic[] {
  return [...pipeline.destinations.values()].flatMap(({ id, componentId, url }) => {
    const problem = egressProblem(url, sendOptions(env));
    return problem === undefined ? [] : [diagnosticAt(blockHeader(source, componentId), `${id}: the URL ${problem}`)];
  });
}

/** Where `prometheus.remote_write "mimir"` stands; the start of the file for a component inside a module. */
function blockHeader(source: Source, componentId: string): Span {
  const dot = componentId.lastIndexOf('.');
  const name = componentId.slice(0, dot).replaceAll('.', '\\.');
  const header = new RegExp(`${name}\\s+"${componentId.slice(dot + 1)}"`);
  const found = header.exec(source.text);
  return found === null
    ? { source, start: 0, end: 1 }
    : { source, start: found.index, end: found.index + found[0].length };
}

function diagnosticJson(diagnostic: Diagnostic, source: { filename: string; text: string }): DiagnosticJson {
  return {
    severity: diagnostic.severity,
    file: diagnostic.filename,
    line: diagnostic.start.line,
    column: diagnostic.start.column,
    message: diagnostic.message,
    excerpt: formatDiagnostics([diagnostic], [source]),
  };
}

/** New credentials or a new address: what is paused or waits is tried at once. */
async function resumeOutboxes(env: Env, tenant: string): Promise<void> {
  try {
    const { outboxes } = await tenantHub(env, tenant).overview({ v: HUB_VERSION });
    const active = outboxes.filter((found) => found.active);
    await Promise.all(active.map(({ destination }) => outbox(env, tenant, destination).resume({ v: OUTBOX_VERSION })));
  } catch (error) {
    log('warn', 'outbox_resume_failed', { tenant, error: errorText(error) });
  }
}
