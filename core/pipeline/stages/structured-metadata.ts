/** `stage.structured_metadata`: moves extracted values and labels to structured metadata. */
import { body, optional, t } from '../../alloy/schema.ts';
import { toText } from './convert.ts';
import { checkLabelName } from './label-name.ts';
import { compileStageRegex, defineStage, mapStage } from './stage.ts';

export const structuredMetadata = defineStage({
  name: 'stage.structured_metadata',
  summary: 'Sets structured metadata from extracted values and labels; such labels are removed.',
  schema: body({
    values: optional(t.map(t.string), {
      doc: 'Names to set, and the names of the values; an empty one means the same name.',
    }),
    regex: optional(t.string, { doc: 'Moves every extracted value and label whose name matches.' }),
  }),
  create(args, context) {
    const values = Object.entries(args.values ?? {}).map(([name, from]) => [name, from === '' ? name : from] as const);
    for (const [name] of values) checkLabelName(name, 'values', context);
    const regex = args.regex === undefined ? undefined : compileStageRegex(args.regex, 'regex', context);
    return mapStage((entry) => {
      for (const [name, from] of values) {
        const value = entry.label(from) || toText(entry.extracted(from));
        if (value !== undefined && value !== '') entry.setMetadata(name, value);
        entry.deleteLabel(from);
      }
      if (regex === undefined) return;
      for (const [name, extracted] of entry.allExtracted()) {
        const value = regex.test(name) ? toText(extracted) : undefined;
        if (value !== undefined && value !== '') entry.setMetadata(name, value);
      }
      for (const { name, value } of entry.labels) {
        if (!regex.test(name)) continue;
        entry.setMetadata(name, value);
        entry.deleteLabel(name);
      }
    });
  },
});
