/** `stage.labels`: extracted values, or structured metadata, become labels. */
import { body, required, t, withDefault } from '../../alloy/schema.ts';
import { toText } from './convert.ts';
import { checkLabelName } from './label-name.ts';
import { defineStage, mapStage } from './stage.ts';

export const labels = defineStage({
  name: 'stage.labels',
  summary: 'Sets labels from extracted values.',
  schema: body({
    values: required(t.map(t.string), {
      doc: 'Label names, and the names of the values; an empty one means the same name.',
    }),
    source_type: withDefault(t.oneOf('extracted', 'structured_metadata'), 'extracted', {
      doc: 'Where the values are.',
    }),
  }),
  create(args, context) {
    const values = Object.entries(args.values).map(([label, name]) => [label, name === '' ? label : name] as const);
    for (const [label] of values) checkLabelName(label, 'values', context);
    const fromMetadata = args.source_type === 'structured_metadata';
    return mapStage((entry) => {
      for (const [label, name] of values) {
        const value = fromMetadata
          ? entry.metadata.find((pair) => pair.name === name)?.value
          : toText(entry.extracted(name));
        if (value !== undefined) entry.setLabel(label, value);
      }
    });
  },
});
