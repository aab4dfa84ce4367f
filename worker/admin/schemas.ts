/** What the admin API takes. Strict objects: a misspelt or extra field is an error and never assigned to anything. */
import * as v from 'valibot';
import { parseTokenLimits } from '../../core/limits/rates.ts';
import type { LimitOverrides } from '../../core/limits/tenant-limits.ts';
import { OPERATOR_ROLES } from '../tenants/operators.ts';
import { SCOPES, TENANT_NAME } from '../tenants/tenant.ts';
import { issuePath, limitsSchema } from './limits.ts';
import { tokenLimitsShape } from './shapes.ts';

const MAX_LABELS = 16;

export const tenantName = v.pipe(
  v.string(),
  v.regex(TENANT_NAME, 'a tenant name has 1 to 63 characters of a-z, 0-9 and "-", with a letter or digit at both ends'),
);

export const humanName = v.pipe(
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

/** What a Date can hold: SQLite and people's clocks do not go further either. */
const MAX_TIME_MS = 8_640_000_000_000_000;

export const givenTimeMs = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(0),
  v.maxValue(MAX_TIME_MS, `a time in milliseconds since 1970 is at most ${MAX_TIME_MS}`),
);

const expiresAtMs = v.optional(v.nullable(givenTimeMs), null);

const scopes = v.pipe(
  v.array(
    v.picklist(SCOPES, ({ received }) => `there is no scope ${received}; the scopes are ${SCOPES.join(', ')}`),
    `a list of scopes is needed, of: ${SCOPES.join(', ')}`,
  ),
  v.minLength(1, `at least one scope of: ${SCOPES.join(', ')}`),
  v.maxLength(SCOPES.length, 'a scope is given more than once'),
);

/** `parseTokenLimits` knows the names and says what is wrong with them. */
const tokenLimits = v.pipe(
  v.unknown(),
  v.rawTransform<unknown, LimitOverrides>(({ dataset, addIssue, NEVER }) => {
    const { limits, problems } = parseTokenLimits(dataset.value);
    for (const { path, message } of problems) addIssue({ message, path: issuePath(path, dataset.value) });
    return problems.length > 0 ? NEVER : limits;
  }),
);

const newToken = { name: humanName, scopes, labels: v.optional(labels, {}), expiresAtMs };

export const createTokenSchema = v.strictObject({ ...newToken, limits: v.optional(tokenLimits, {}) });
/** The same for the document, which cannot say what code checks. */
export const createTokenShape = v.strictObject({ ...newToken, limits: v.optional(tokenLimitsShape) });

const tokenChange = {
  name: v.optional(humanName),
  expiresAtMs: v.optional(v.nullable(givenTimeMs)),
};

export const changeTokenSchema = v.strictObject({ ...tokenChange, limits: v.optional(tokenLimits) });
export const changeTokenShape = v.strictObject({ ...tokenChange, limits: v.optional(tokenLimitsShape) });

const MAX_GRACE_MS = 90 * 86_400_000;

export const rotateTokenSchema = v.strictObject({
  graceMs: v.pipe(
    v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(0),
        v.maxValue(MAX_GRACE_MS, `graceMs is at most ${MAX_GRACE_MS}, 90 days`),
      ),
      86_400_000,
    ),
    v.description('for how long both tokens work; without it a day'),
  ),
});

export const createOperatorSchema = v.strictObject({
  name: humanName,
  role: v.picklist(
    OPERATOR_ROLES,
    ({ received }) => `there is no role ${received}; the roles are ${OPERATOR_ROLES.join(', ')}`,
  ),
  expiresAtMs,
});

const MAX_EXPLAINED = 16 * 1024;

export const explainSchema = v.strictObject({
  series: v.pipe(v.string(), v.maxLength(MAX_EXPLAINED, `a series has at most ${MAX_EXPLAINED} characters`)),
  line: v.optional(v.pipe(v.string(), v.maxLength(MAX_EXPLAINED, `a line has at most ${MAX_EXPLAINED} characters`))),
});

export interface FieldProblem {
  /** `limits.metrics.ingestion_rate`; `body` is all of it. */
  readonly field: string;
  readonly message: string;
}

export function problemsOf(issues: readonly v.BaseIssue<unknown>[]): FieldProblem[] {
  return issues.map((issue) => ({ field: v.getDotPath(issue) ?? 'body', message: issue.message }));
}

/** `name: a tenant name has …; limits.metrics: …` */
export function issuesText(issues: readonly v.BaseIssue<unknown>[]): string {
  return problemsOf(issues)
    .map(({ field, message }) => `${field}: ${message}`)
    .join('; ');
}
