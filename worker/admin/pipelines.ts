/**
 * Pipelines: a tenant's own, and the default one, which serves tenants without their own. What is saved compiles, and
 * sends only where a pipeline may send. Every version is kept, with who set it and why.
 */
import * as v from 'valibot';
import { MAX_PIPELINE_BYTES } from '../tenants/compile.ts';
import { GATEWAY } from '../tenants/pipelines.ts';
import { conflictResponse, IF_MATCH } from './if-match.ts';
import {
  type AdminContext,
  integerParameter,
  jsonBody,
  jsonResponse,
  type Operation,
  tenantOf,
  textBody,
  textParameter,
  textResponse,
} from './operation.ts';
import {
  DEFAULT_LIST,
  deletePipeline,
  getPipeline,
  getVersion,
  listVersions,
  MAX_COMMENT,
  putPipeline,
  rollbackPipeline,
  rollbackSchema,
  validatePipeline,
} from './pipeline-handlers.ts';
import { count, diagnosticShape, diagnosticsShape, errorShape, timeMs } from './shapes.ts';
import { withVault } from './vault-errors.ts';

const MAX_LIST = 500;

const versionShape = v.object({
  version: count,
  createdAtMs: timeMs,
  author: v.pipe(
    v.string(),
    v.description('`root`, `operator:NAME` or `token:ID`; empty: set before authors were kept'),
  ),
  comment: v.string(),
  restores: v.pipe(v.nullable(count), v.description('the version whose text it brought back')),
  bytes: v.pipe(count, v.description('of the text; 0: the pipeline was taken away')),
  current: v.boolean(),
});

const savedShape = v.object({ version: count, diagnostics: v.array(diagnosticShape) });

/** Whose pipeline the operations are about. */
interface Subject {
  /** '' or `Default`: a part of operation ids. */
  readonly word: '' | 'Default';
  readonly path: string;
  readonly access: 'tenant' | 'gateway';
  readonly name: string;
  readonly audit: string;
  readonly inForce: string;
  owner(c: AdminContext): string;
}

const OWN: Subject = {
  word: '',
  path: '/tenants/:tenant/pipeline',
  access: 'tenant',
  name: "a tenant's pipeline",
  audit: 'pipeline',
  inForce: 'in force within 5 s',
  owner: tenantOf,
};

const DEFAULT: Subject = {
  word: 'Default',
  path: '/default-pipeline',
  access: 'gateway',
  name: 'the default pipeline',
  audit: 'default_pipeline',
  inForce: 'in force within 60 s for every tenant without a pipeline of its own',
  owner: () => GATEWAY,
};

export const pipelineOperations: readonly Operation[] = [...operationsFor(OWN), ...operationsFor(DEFAULT)];

function operationsFor(subject: Subject): readonly Operation[] {
  const { word, path, access, name, audit, inForce, owner } = subject;
  const filename = textParameter('names the text in messages');
  const text = textBody('text/plain', MAX_PIPELINE_BYTES, "Alloy's configuration language.");
  const unknown = jsonResponse(errorShape, '`pipeline_unknown` or `version_unknown`: there is none.');
  const mistakes = jsonResponse(diagnosticsShape, 'Every mistake; nothing is saved.');
  const redacted =
    'Viewers get it without literal secrets, comments and whatever else may hold one, and `X-Spillway-Redacted: true`.';
  const textHeaders = { 'X-Spillway-Redacted': '`true` where secrets were left out' };
  return withVault([
    {
      id: `get${word}Pipeline`,
      method: 'GET',
      path,
      summary: `Reads ${name}.`,
      description: redacted,
      access,
      responses: {
        200: textResponse('text/plain', 'The text.', { ETag: 'the version, in quotes', ...textHeaders }),
        404: unknown,
      },
      handle: (c) => getPipeline(c, owner(c)),
    },
    {
      id: `put${word}Pipeline`,
      method: 'PUT',
      path,
      summary: `Replaces ${name}; it is ${inForce}.`,
      description: IF_MATCH,
      access,
      query: { filename, comment: textParameter('why; shown in the history', { maxLength: MAX_COMMENT }) },
      body: text,
      responses: {
        200: jsonResponse(savedShape, 'The new version, with warnings.', { ETag: 'the new version, in quotes' }),
        412: conflictResponse,
        422: mistakes,
      },
      audit: `${audit}.set`,
      handle: (c) => putPipeline(c, owner(c)),
    },
    {
      id: `delete${word}Pipeline`,
      method: 'DELETE',
      path,
      summary: `Takes ${name} away; ${word === '' ? 'the default one serves the tenant within 5 s, if there is one' : 'tenants without their own are refused within 60 s'}.`,
      description: `Older versions stay and can be brought back. ${IF_MATCH}`,
      access,
      query: { comment: textParameter('why; shown in the history', { maxLength: MAX_COMMENT }) },
      responses: {
        200: jsonResponse(v.object({ version: count }), 'The version that takes it away.'),
        404: unknown,
        412: conflictResponse,
      },
      audit: `${audit}.delete`,
      handle: (c) => deletePipeline(c, owner(c)),
    },
    {
      id: `validate${word}Pipeline`,
      method: 'POST',
      path: `${path}/validate`,
      summary: `Checks a text as PUT does, and saves nothing.`,
      access,
      reads: true,
      query: { filename },
      body: text,
      responses: {
        200: jsonResponse(
          v.object({ ok: v.boolean(), diagnostics: v.array(diagnosticShape) }),
          'Whether PUT would take it, with every mistake and warning.',
        ),
      },
      handle: (c) => validatePipeline(c, owner(c)),
    },
    {
      id: `list${word}PipelineVersions`,
      method: 'GET',
      path: `${path}/versions`,
      summary: `Lists the versions of ${name}, newest first.`,
      access,
      query: {
        before: integerParameter('only versions below it', { minimum: 1 }),
        limit: integerParameter(`how many; default ${DEFAULT_LIST}`, { minimum: 1, maximum: MAX_LIST }),
      },
      responses: { 200: jsonResponse(v.object({ versions: v.array(versionShape) }), 'Without their texts.') },
      handle: (c) => listVersions(c, owner(c)),
    },
    {
      id: `get${word}PipelineVersion`,
      method: 'GET',
      path: `${path}/versions/:version`,
      summary: `Reads a version of ${name}.`,
      description: redacted,
      access,
      responses: { 200: textResponse('text/plain', 'The text.', textHeaders), 404: unknown },
      handle: (c) => getVersion(c, owner(c)),
    },
    {
      id: `rollback${word}Pipeline`,
      method: 'POST',
      path: `${path}/rollback`,
      summary: `Makes a new version with the text of an older one; it is ${inForce}.`,
      description: 'It is checked as any other: a secret that it reads may be gone.',
      access,
      body: jsonBody(rollbackSchema),
      responses: {
        200: jsonResponse(savedShape, 'The new version, with warnings.', { ETag: 'the new version, in quotes' }),
        404: unknown,
        412: conflictResponse,
        422: mistakes,
      },
      audit: `${audit}.rollback`,
      example: { body: { version: 3, comment: 'the new rules dropped too much' } },
      handle: (c) => rollbackPipeline(c, owner(c)),
    },
  ]);
}
