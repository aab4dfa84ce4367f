/** Reading and replacing a tenant's limits. What is stored are the ones that differ from the defaults. */
import * as v from 'valibot';
import { LIMIT_GROUPS } from '../../core/limits/limit-definitions.ts';
import { effectiveLimits, type LimitOverrides, parseLimits } from '../../core/limits/tenant-limits.ts';
import { appendLimits, latestLimits } from '../tenants/limits.ts';
import { type AdminContext, readJson } from './read-json.ts';

/** Anything that looks like an object; `parseLimits` knows the names and says what is wrong with them. */
export const limitsSchema = v.pipe(
  v.unknown(),
  v.rawTransform<unknown, LimitOverrides>(({ dataset, addIssue, NEVER }) => {
    const { limits, problems } = parseLimits(dataset.value);
    for (const { path, message } of problems) addIssue({ message: path === '' ? message : `${path} ${message}` });
    return problems.length > 0 ? NEVER : withoutEmptyGroups(limits);
  }),
);

/** `limits`: as set. `effective`: all of them. The version counts changes; 0 stands for the defaults. */
export async function getLimits(c: AdminContext, tenant: string): Promise<Response> {
  const { version, limits } = await latestLimits(c.env.DB, tenant);
  return c.json({ version, limits, effective: effectiveLimits(limits) });
}

/** Replaces all: what is not named has its default again. 400 with every mistake. */
export async function putLimits(c: AdminContext, tenant: string): Promise<Response> {
  const body = await readJson(c, limitsSchema);
  if ('response' in body) return body.response;
  const limits = body.value;
  const version = await appendLimits(c.env.DB, tenant, limits, Date.now());
  return c.json({ version, limits, effective: effectiveLimits(limits) });
}

function withoutEmptyGroups(limits: LimitOverrides): LimitOverrides {
  const groups = LIMIT_GROUPS.filter((group) => Object.keys(limits[group] ?? {}).length > 0);
  return Object.fromEntries(groups.map((group) => [group, limits[group]])) as LimitOverrides;
}
