/** `stage.static_labels`: the same labels for every line. */
import { body, required, t } from '../../alloy/schema.ts';
import { checkLabelName } from './label-name.ts';
import { defineStage, mapStage } from './stage.ts';

export const staticLabels = defineStage({
  name: 'stage.static_labels',
  summary: 'Sets labels to fixed values.',
  schema: body({ values: required(t.map(t.string), { doc: 'Label names and values; an empty value is skipped.' }) }),
  create(args, context) {
    const values = Object.entries(args.values).filter(([, value]) => value !== '');
    for (const [name] of values) checkLabelName(name, 'values', context);
    return mapStage((entry) => {
      for (const [name, value] of values) entry.setLabel(name, value);
    });
  },
});
