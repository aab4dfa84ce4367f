/** Reading and replacing a tenant's limits. What is stored are the ones that differ from the defaults. */
import * as v from 'valibot';
import {
  effectiveLimits,
  type LimitOverrides,
  parseLimits,
  withoutEmptyGroups,
} from '../../core/limits/tenant-limits.ts';
import { appendLimits, latestLimits, type StoredLimits } from '../tenants/limits.ts';
import { conflictResponse, etag, expectedVersion, IF_MATCH, versionConflict } from './if-match.ts';
import { type AdminContext, auditDetail, jsonBody, jsonResponse, type Operation, tenantOf } from './operation.ts';
import { readJson } from './read-json.ts';
import { settingsChanged } from './settings-changed.ts';
import { count, effectiveLimitsShape, limitsShape } from './shapes.ts';

/** Anything that looks like an object; `parseLimits` knows the names and says what is wrong with them. */
export const limitsSchema = v.pipe(
  v.unknown(),
  v.rawTransform<unknown, LimitOverrides>(({ dataset, addIssue, NEVER }) => {
    const { limits, problems } = parseLimits(dataset.value);
    for (const { path, message } of problems) addIssue({ message, path: issuePath(path, dataset.value) });
    return problems.length > 0 ? NEVER : withoutEmptyGroups(limits);
  }),
);

type IssuePath = [v.IssuePathItem, ...v.IssuePathItem[]];

/** `metrics.ingestion_rate` where valibot looks for it; undefined: what is given as a whole is wrong. */
export function issuePath(path: string, input: unknown): IssuePath | undefined {
  if (path === '') return undefined;
  return path.split('.').map((key) => ({ type: 'unknown', origin: 'value', input, key, value: input })) as IssuePath;
}

const limitsAnswer = jsonResponse(
  v.object({
    version: v.pipe(count, v.description('counts the changes; 0 stands for the defaults')),
    limits: limitsShape,
    effective: effectiveLimitsShape,
  }),
  '`limits`: as set; `effective`: all of them.',
  { ETag: 'the version, in quotes' },
);

export const limitsOperations: readonly Operation[] = [
  {
    id: 'getLimits',
    method: 'GET',
    path: '/tenants/:tenant/limits',
    summary: "Reads a tenant's limits ([limits.md](limits.md)).",
    access: 'tenant',
    responses: { 200: limitsAnswer },
    handle: (c) => getLimits(c, tenantOf(c)),
  },
  {
    id: 'putLimits',
    method: 'PUT',
    path: '/tenants/:tenant/limits',
    summary: 'Replaces all limits of a tenant; they are in force within 5 s.',
    description: `What is not named has its default again. 400 names every mistake, \`problems\` by its field. ${IF_MATCH}`,
    access: 'tenant',
    operatorsOnly: true,
    body: jsonBody(limitsShape),
    responses: { 200: limitsAnswer, 412: conflictResponse },
    audit: 'limits.set',
    example: { body: { metrics: { ingestion_rate: 50_000 } } },
    handle: (c) => putLimits(c, tenantOf(c)),
  },
];

async function getLimits(c: AdminContext, tenant: string): Promise<Response> {
  return limitsJson(c, await latestLimits(c.env.DB, tenant));
}

async function putLimits(c: AdminContext, tenant: string): Promise<Response> {
  const body = await readJson(c, limitsSchema);
  if ('response' in body) return body.response;
  const asked = expectedVersion(c);
  if (asked instanceof Response) return asked;
  const limits = body.value;
  const version = await appendLimits(c.env.DB, tenant, limits, Date.now(), asked.expectedVersion);
  if (version === undefined) {
    const newest = await latestLimits(c.env.DB, tenant);
    return versionConflict(c, newest.version, asked.expectedVersion ?? 0);
  }
  auditDetail(c, '', { version, limits: JSON.stringify(limits) });
  await settingsChanged(c.env, tenant);
  return limitsJson(c, { version, limits });
}

function limitsJson(c: AdminContext, { version, limits }: StoredLimits): Response {
  return c.json({ version, limits, effective: effectiveLimits(limits) }, 200, { ETag: etag(version) });
}
