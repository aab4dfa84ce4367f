/** Stages of Alloy that do nothing here yet: known by name and by their arguments, and refused when used. */
import { ArgumentError } from '../../alloy/component.ts';
import type { BodySchema } from '../../alloy/schema.ts';
import { blocks, body, optional, required, t, withDefault } from '../../alloy/schema.ts';
import type { AnyStageDefinition } from './stage.ts';
import { defineStage } from './stage.ts';

const windowsArguments = body({
  source: withDefault(t.string, 'message'),
  drop_invalid_labels: withDefault(t.bool, false),
  overwrite_existing: withDefault(t.bool, false),
});

const metricArguments = {
  name: required(t.string),
  description: optional(t.string),
  source: optional(t.string),
  prefix: optional(t.string),
  max_idle_duration: withDefault(t.duration, 300_000, { text: '5m' }),
  value: optional(t.string),
} as const;

const schemas: Readonly<Record<string, BodySchema>> = {
  'stage.eventlogmessage': windowsArguments,
  'stage.windowsevent': windowsArguments,
  'stage.geoip': body({
    db: required(t.string),
    source: required(t.string),
    db_type: optional(t.string),
    custom_lookups: optional(t.map(t.string)),
  }),
  'stage.metrics': body({
    'metric.counter': blocks(
      body({
        ...metricArguments,
        action: required(t.string),
        match_all: withDefault(t.bool, false),
        count_entry_bytes: withDefault(t.bool, false),
      }),
    ),
    'metric.gauge': blocks(body({ ...metricArguments, action: required(t.string) })),
    'metric.histogram': blocks(body({ ...metricArguments, buckets: required(t.list(t.float)) })),
  }),
};

export const unsupportedStages: readonly AnyStageDefinition[] = Object.entries(schemas).map(([name, schema]) =>
  defineStage({
    name,
    summary: 'Known to Alloy and not yet supported here.',
    schema,
    create: (_args, context) => {
      throw new ArgumentError(context.path, `${name} is known to Alloy and not yet supported here`);
    },
  }),
);
