/** `stage.label_drop`, `stage.label_keep`, `stage.structured_metadata_drop`: lists of exact names. */
import { body, required, t } from '../../alloy/schema.ts';
import { defineStage, mapStage } from './stage.ts';

export const labelDrop = defineStage({
  name: 'stage.label_drop',
  summary: 'Removes labels.',
  schema: body({ values: required(t.list(t.string), { doc: 'Names of labels to remove.' }) }),
  create: ({ values }) =>
    mapStage((entry) => {
      for (const name of values) entry.deleteLabel(name);
    }),
});

export const labelKeep = defineStage({
  name: 'stage.label_keep',
  summary: 'Removes all labels but some.',
  schema: body({ values: required(t.list(t.string), { doc: 'Names of labels to keep.' }) }),
  create({ values }) {
    const kept = new Set(values);
    return mapStage((entry) => {
      for (const { name } of entry.labels) if (!kept.has(name)) entry.deleteLabel(name);
    });
  },
});

export const structuredMetadataDrop = defineStage({
  name: 'stage.structured_metadata_drop',
  summary: 'Removes structured metadata.',
  schema: body({ values: required(t.list(t.string), { doc: 'Names to remove.' }) }),
  create: ({ values }) =>
    mapStage((entry) => {
      for (const name of values) entry.setMetadata(name, '');
    }),
});
