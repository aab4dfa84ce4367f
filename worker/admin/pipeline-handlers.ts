/** What the operations of pipelines.ts do. What is saved compiles, and sends only where a pipeline may send. */
import * as v from 'valibot';
import { redactedFile } from '../../core/alloy/redact-file.ts';
import { sharedRegistry } from '../../core/pipeline/registry.ts';
import {
  appendPipeline,
  findPipeline,
  GATEWAY,
  latestPipeline,
  listPipelines,
  type NewPipeline,
} from '../tenants/pipelines.ts';
import type { PipelineText } from '../tenants/tenant.ts';
import { etag, expectedVersion, versionConflict } from './if-match.ts';
import { type AdminContext, auditDetail, pathParameter, principalOf, queryInteger } from './operation.ts';
import { pipelineChanged } from './pipeline-changed.ts';
import { checkPipeline, type DiagnosticJson, readPipelineText } from './pipeline-check.ts';
import { seesSecrets } from './principal.ts';
import { readJson, refuse } from './read-json.ts';

export const MAX_COMMENT = 500;
export const DEFAULT_LIST = 50;

export const rollbackSchema = v.strictObject({
  version: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  comment: v.optional(v.pipe(v.string(), v.maxLength(MAX_COMMENT))),
});

export async function getPipeline(c: AdminContext, owner: string): Promise<Response> {
  const pipeline = await latestPipeline(c.env, owner);
  if (pipeline === undefined || pipeline.text === '') return unknownPipeline(c, owner);
  c.header('ETag', etag(pipeline.version));
  return pipelineText(c, pipeline);
}

export async function putPipeline(c: AdminContext, owner: string): Promise<Response> {
  const expected = expectedVersion(c);
  if (expected instanceof Response) return expected;
  const text = await readPipelineText(c);
  if (typeof text !== 'string') return text;
  const { diagnostics, pipeline } = await checkPipeline(c, owner, text);
  if (pipeline === undefined) return c.json({ diagnostics }, 422);
  return save(c, owner, { text, comment: commentOf(c.req.query('comment')), ...expected }, diagnostics);
}

export async function deletePipeline(c: AdminContext, owner: string): Promise<Response> {
  const expected = expectedVersion(c);
  if (expected instanceof Response) return expected;
  // Not its text: what cannot be opened any more can be taken away all the same.
  const [newest] = await listPipelines(c.env.DB, owner, { limit: 1 });
  if (newest === undefined || newest.bytes === 0) return unknownPipeline(c, owner);
  return save(c, owner, { text: '', comment: commentOf(c.req.query('comment')), ...expected });
}

export async function validatePipeline(c: AdminContext, owner: string): Promise<Response> {
  const text = await readPipelineText(c);
  if (typeof text !== 'string') return text;
  const { diagnostics, pipeline } = await checkPipeline(c, owner, text);
  return c.json({ ok: pipeline !== undefined, diagnostics });
}

export async function listVersions(c: AdminContext, owner: string): Promise<Response> {
  const limit = queryInteger(c, 'limit') ?? DEFAULT_LIST;
  const before = queryInteger(c, 'before');
  const [newest] = await listPipelines(c.env.DB, owner, { limit: 1 });
  const versions = await listPipelines(c.env.DB, owner, { before, limit });
  const isCurrent = (version: number, bytes: number) => version === newest?.version && bytes > 0;
  return c.json({ versions: versions.map((one) => ({ ...one, current: isCurrent(one.version, one.bytes) })) });
}

export async function getVersion(c: AdminContext, owner: string): Promise<Response> {
  const found = await findVersion(c, owner, pathParameter(c, 'version'));
  return found instanceof Response ? found : pipelineText(c, found);
}

export async function rollbackPipeline(c: AdminContext, owner: string): Promise<Response> {
  const body = await readJson(c, rollbackSchema);
  if ('response' in body) return body.response;
  const expected = expectedVersion(c);
  if (expected instanceof Response) return expected;
  const { version, comment = '' } = body.value;
  const found = await findVersion(c, owner, String(version));
  if (found instanceof Response) return found;
  const { diagnostics, pipeline } = await checkPipeline(c, owner, found.text);
  if (pipeline === undefined) return c.json({ diagnostics }, 422);
  return save(c, owner, { text: found.text, comment: commentOf(comment), restores: version, ...expected }, diagnostics);
}

type Saved = Pick<NewPipeline, 'text' | 'comment' | 'restores' | 'expectedVersion'>;

async function save(
  c: AdminContext,
  owner: string,
  saved: Saved,
  diagnostics?: readonly DiagnosticJson[],
): Promise<Response> {
  const author = principalOf(c).name;
  const appended = await appendPipeline(c.env, owner, { ...saved, author, createdAtMs: Date.now() });
  if (!appended.ok) return versionConflict(c, appended.newest, saved.expectedVersion ?? 0);
  const { version } = appended;
  const { restores } = saved;
  auditDetail(c, '', { version, ...(restores !== undefined && { restores }) });
  await pipelineChanged(c.env, c.executionCtx, owner);
  c.header('ETag', etag(version));
  return c.json(diagnostics === undefined ? { version } : { version, diagnostics });
}

async function findVersion(c: AdminContext, owner: string, asked: string): Promise<PipelineText | Response> {
  const version = /^[1-9][0-9]{0,14}$/.test(asked) ? Number(asked) : 0;
  const found = version === 0 ? undefined : await findPipeline(c.env, owner, version);
  const none = (message: string) => refuse(c, 404, 'version_unknown', message);
  if (found === undefined) return none(`${ownersPipeline(owner)} has no version ${JSON.stringify(asked)}`);
  return found.text === '' ? none(`version ${version} took ${ownersPipeline(owner)} away: it has no text`) : found;
}

/** The text as the principal may see it. */
function pipelineText(c: AdminContext, { text }: PipelineText): Response {
  if (seesSecrets(principalOf(c))) return c.text(text);
  c.header('X-Spillway-Redacted', 'true');
  return c.text(
    redactedFile(text, sharedRegistry) ?? '// (this text does not parse, so its secrets cannot be told apart)\n',
  );
}

function unknownPipeline(c: AdminContext, owner: string): Response {
  const message =
    owner === GATEWAY
      ? 'there is no default pipeline'
      : `the tenant ${owner} has no pipeline of its own yet; where there is a default pipeline, that one serves it`;
  return refuse(c, 404, 'pipeline_unknown', message);
}

function ownersPipeline(owner: string): string {
  return owner === GATEWAY ? 'the default pipeline' : `the pipeline of ${owner}`;
}

function commentOf(text = ''): string {
  return text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
}
