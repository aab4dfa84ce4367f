/** Whether a text may become a pipeline: it compiles with the secrets that there are, and sends only where it may. */
import { type Diagnostic, hasErrors } from '../../core/alloy/diagnostics.ts';
import { formatDiagnostics } from '../../core/alloy/format-diagnostics.ts';
import { Source } from '../../core/alloy/source.ts';
import { readBody } from '../ingest/body.ts';
import { compilePipeline, MAX_PIPELINE_BYTES } from '../tenants/compile.ts';
import { secretsFor } from '../tenants/pipeline-cache.ts';
import { GATEWAY } from '../tenants/pipelines.ts';
import { placeholders } from '../tenants/placeholders.ts';
import { plainSecrets } from '../tenants/plain-secrets.ts';
import type { TenantPipeline } from '../tenants/tenant-pipeline.ts';
import { destinationDiagnostics } from './destination-diagnostics.ts';
import { type AdminContext, principalOf } from './operation.ts';
import { seesSecrets } from './principal.ts';
import { refuse } from './read-json.ts';

/** Each is shown with its lines; a text of nothing but mistakes must not take minutes. */
const MAX_DIAGNOSTICS = 100;
const FILENAME = /^[^\u0000-\u001f\u007f]{1,200}$/;
/** What `constants.tenant` is while the default pipeline is checked, which serves any tenant. */
const ANY_TENANT = 'any-tenant';

export interface DiagnosticJson {
  readonly severity: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly excerpt: string;
}

export interface CheckedPipeline {
  readonly diagnostics: readonly DiagnosticJson[];
  /** Absent where there is an error among them. */
  readonly pipeline?: TenantPipeline;
}

/** Throws SecretsKeyError. */
export async function checkPipeline(c: AdminContext, owner: string, text: string): Promise<CheckedPipeline> {
  const given = c.req.query('filename') ?? '';
  const source = { filename: FILENAME.test(given) ? given : 'pipeline', text };
  const secrets = await secretsFor(c.env, owner, text);
  // The text of somebody who may only read could turn a value into a host name that is looked up.
  const shown = seesSecrets(principalOf(c)) ? secrets : placeholders(secrets);
  const compiled = compilePipeline(owner === GATEWAY ? ANY_TENANT : owner, source, shown);
  const { pipeline } = compiled;
  const told = (all: readonly Diagnostic[]) => all.slice(0, MAX_DIAGNOSTICS).map((one) => diagnosticJson(one, source));
  if (pipeline === undefined || hasErrors(compiled.diagnostics)) return { diagnostics: told(compiled.diagnostics) };
  const addresses = await destinationDiagnostics(pipeline, new Source(source.filename, text), c.env, c.req.url);
  const diagnostics = told([...compiled.diagnostics, ...addresses, ...plainSecrets(source)]);
  return hasErrors(addresses) ? { diagnostics } : { diagnostics, pipeline };
}

/** The text of the body, or the answer that refuses it. */
export async function readPipelineText(c: AdminContext): Promise<string | Response> {
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
