/** Stages of Alloy that do nothing here yet: known by name and by their arguments, and refused when used. */
import { UnsupportedError } from '../../alloy/component.ts';
import type { BodySchema } from '../../alloy/schema.ts';
import { blocks, body, optional, required, t, withDefault } from '../../alloy/schema.ts';
import type { AnyStageDefinition } from './stage.ts';
import { defineStage } from './stage.ts';

const windowsArguments = body({
  source: withDefault(t.string, 'message', { doc: 'Extracted value to parse.' }),
  drop_invalid_labels: withDefault(t.bool, false, { doc: 'Leave out names that no label may have.' }),
  overwrite_existing: withDefault(t.bool, false, { doc: 'Replace extracted values of the same name.' }),
});

const metricArguments = {
  name: required(t.string, { doc: 'Name of the metric.' }),
  description: optional(t.string, { doc: 'Its help text.' }),
  source: optional(t.string, { doc: 'Extracted value that holds the address.' }),
  prefix: optional(t.string, { doc: 'Put in front of its name.' }),
  max_idle_duration: withDefault(t.duration, 300_000, {
    text: '5m',
    doc: 'Forget a series that did not change for so long.',
  }),
  value: optional(t.string, { doc: 'Count only where the extracted value is this.' }),
} as const;

const schemas: Readonly<Record<string, BodySchema>> = {
  'stage.eventlogmessage': windowsArguments,
  'stage.windowsevent': windowsArguments,
  'stage.geoip': body({
    db: required(t.string, { doc: 'File of the database.' }),
    source: required(t.string, { doc: 'Extracted value to count.' }),
    db_type: optional(t.string, { doc: 'Kind of the database.' }),
    custom_lookups: optional(t.map(t.string), { doc: 'Further values by JMESPath.' }),
  }),
  'stage.metrics': body({
    'metric.counter': blocks(
      body({
        ...metricArguments,
        action: required(t.string, { doc: 'inc or add.' }),
        match_all: withDefault(t.bool, false, { doc: 'Count every line.' }),
        count_entry_bytes: withDefault(t.bool, false, { doc: 'Count bytes of lines.' }),
      }),
      { doc: 'A counter.' },
    ),
    'metric.gauge': blocks(
      body({ ...metricArguments, action: required(t.string, { doc: 'set, inc, dec, add or sub.' }) }),
      { doc: 'A gauge.' },
    ),
    'metric.histogram': blocks(
      body({ ...metricArguments, buckets: required(t.list(t.float), { doc: 'Upper bounds of its buckets.' }) }),
      { doc: 'A histogram.' },
    ),
  }),
};

export const unsupportedStages: readonly AnyStageDefinition[] = Object.entries(schemas).map(([name, schema]) =>
  defineStage({
    name,
    summary: 'Known to Alloy and not yet supported here.',
    schema,
    create: (_args, context) => {
      throw new UnsupportedError(context.path, `${name} is known to Alloy and not yet supported here`);
    },
  }),
);
