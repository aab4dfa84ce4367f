/** What the admin API takes. Strict objects: a misspelt or extra field is an error and never assigned to anything. */
import * as v from 'valibot';
import { SCOPES, TENANT_NAME } from '../tenants/tenant.ts';
import { limitsSchema } from './limits.ts';

const MAX_LABELS = 16;

const tenantName = v.pipe(
  v.string(),
  v.regex(TENANT_NAME, 'a tenant name has 1 to 63 characters of a-z, 0-9 and "-", with a letter or digit at both ends'),
);

const humanName = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, 'a name is needed'),
  v.maxLength(100, 'a name has at most 100 characters'),
  v.regex(/^[^\u0000-\u001f\u007f]*$/, 'a name has no control characters'),
);

const labelName = v.pipe(
  v.string(),
  v.regex(
    /^(?!__)[a-zA-Z_][a-zA-Z0-9_]{0,127}$/,
    'a label name has letters, digits and "_", and does not start with "__"',
  ),
);

const labels = v.pipe(
  v.record(labelName, v.pipe(v.string(), v.minLength(1, 'a label value is not empty'), v.maxLength(1024))),
  v.check((record) => Object.keys(record).length <= MAX_LABELS, `at most ${MAX_LABELS} labels`),
);

export const createTenantSchema = v.strictObject({ name: tenantName, limits: v.optional(limitsSchema, {}) });

export const createTokenSchema = v.strictObject({
  name: humanName,
  scopes: v.pipe(v.array(v.picklist(SCOPES)), v.minLength(1, `at least one scope of: ${SCOPES.join(', ')}`)),
  labels: v.optional(labels, {}),
  expiresAtMs: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))), null),
});

const MAX_EXPLAINED = 16 * 1024;

export const explainSchema = v.strictObject({
  series: v.pipe(v.string(), v.maxLength(MAX_EXPLAINED, `a series has at most ${MAX_EXPLAINED} characters`)),
  line: v.optional(v.pipe(v.string(), v.maxLength(MAX_EXPLAINED, `a line has at most ${MAX_EXPLAINED} characters`))),
});

/** `name: a tenant name has …; limits.metrics: …` */
export function issuesText(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues.map((issue) => `${v.getDotPath(issue) ?? 'body'}: ${issue.message}`).join('; ');
}
