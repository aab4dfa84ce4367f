/**
 * What the admin API answers, as schemas: openapi.ts describes it by them and tests compare every answer with them. Objects
 * are open for readers, since fields are added over time; the tests take an object with a field that is not here for wrong.
 */
import * as v from 'valibot';
import { LIMIT_GROUPS, LIMITS, type LimitDefinition, type LimitKind } from '../../core/limits/limit-definitions.ts';
import { TOKEN_LIMIT_NAMES } from '../../core/limits/rates.ts';
import { SIGNALS } from '../../core/pipeline/signals.ts';

export const errorShape = v.object({
  error: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]*$/), v.description('the reason, snake_case')),
  message: v.pipe(v.string(), v.description('what is wrong and what to do')),
  problems: v.pipe(
    v.optional(v.array(v.object({ field: v.string(), message: v.string() }))),
    v.description('of a JSON body that was refused: each field that is wrong, by its path'),
  ),
});

export const diagnosticShape = v.object({
  severity: v.picklist(['error', 'warning']),
  file: v.string(),
  line: v.number(),
  column: v.number(),
  message: v.string(),
  excerpt: v.pipe(v.string(), v.description('the message with the lines of the file around it')),
});

export const diagnosticsShape = v.object({ diagnostics: v.array(diagnosticShape) });

export const timeMs = v.pipe(v.number(), v.integer(), v.description('milliseconds since 1970'));
export const timeMsOrNull = v.nullable(timeMs);
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
export const signal = v.picklist(SIGNALS);

const LIMIT_VALUES = {
  number: v.pipe(v.number(), v.minValue(0)),
  integer: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  boolean: v.boolean(),
  label: v.pipe(v.string(), v.regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/)),
  bytes: v.union([v.string(), v.pipe(v.number(), v.safeInteger(), v.minValue(0))]),
  duration: v.union([v.string(), v.number()]),
} as const satisfies Readonly<Record<LimitKind, v.GenericSchema>>;

const groups = (optional: boolean) =>
  Object.fromEntries(
    LIMIT_GROUPS.map((group) => {
      const entries = Object.entries<LimitDefinition>(LIMITS[group]).map(([name, { kind }]) => {
        return [name, optional ? v.optional(LIMIT_VALUES[kind]) : LIMIT_VALUES[kind]];
      });
      const shape = optional ? v.strictObject(Object.fromEntries(entries)) : v.object(Object.fromEntries(entries));
      return [group, optional ? v.optional(shape) : shape];
    }),
  );

/** As they are set: those that differ from the defaults. docs/limits.md lists all. */
export const limitsShape = v.strictObject(groups(true));
export const effectiveLimitsShape = v.object(groups(false));

/** Rates and bursts of LIMITS only. docs/tokens.md. */
export const tokenLimitsShape = v.strictObject(
  Object.fromEntries(
    LIMIT_GROUPS.map((group) => {
      const names = TOKEN_LIMIT_NAMES.flatMap((path) =>
        path.startsWith(`${group}.`) ? [path.slice(group.length + 1)] : [],
      );
      return [
        group,
        v.optional(v.strictObject(Object.fromEntries(names.map((name) => [name, v.optional(v.number())])))),
      ];
    }),
  ),
);

const trouble = v.object({
  atMs: timeMs,
  reason: v.string(),
  detail: v.string(),
  status: v.optional(v.pipe(v.number(), v.integer(), v.description("of the destination's answer"))),
});

export const ledgerShape = v.object({
  accepted: count,
  queued: count,
  delivered: count,
  rejected: count,
  dropped: count,
});

const outboxEntries = {
  v: v.pipe(count, v.description("version of the outbox's messages")),
  destination: v.string(),
  signal,
  state: v.pipe(
    v.picklist(['idle', 'draining', 'waiting', 'paused', 'held']),
    v.description(
      'idle: empty; waiting: until nextAttemptAtMs; held: an operator paused it; paused: the destination says that its configuration is wrong',
    ),
  ),
  payloads: count,
  bytes: count,
  maxBytes: v.optional(count),
  items: v.pipe(count, v.description('samples, lines, spans or profiles')),
  oldestAtMs: timeMsOrNull,
  attempts: v.pipe(count, v.description('of the payload that is first')),
  nextAttemptAtMs: timeMsOrNull,
  lastError: v.pipe(v.nullable(trouble), v.description('the trouble that there is now')),
  pastError: v.pipe(v.optional(v.nullable(trouble)), v.description('the latest trouble, over or not')),
  deadLetters: count,
  ledger: ledgerShape,
  events: v.optional(v.object({ attempts: count, splits: count, deadLetters: count })),
};

export const outboxShape = v.object(outboxEntries);

export const outboxDetailsShape = v.object({
  ...outboxEntries,
  deadLetterList: v.array(
    v.object({
      id: count,
      sequence: count,
      atMs: timeMs,
      reason: v.string(),
      detail: v.string(),
      items: count,
      bytes: count,
      signal,
      hasBody: v.pipe(v.boolean(), v.description('false: too large to be kept')),
    }),
  ),
  history: v.optional(v.array(v.object({ atMs: timeMs, payloads: count, bytes: count, oldestAgeMs: count }))),
});
