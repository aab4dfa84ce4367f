/** `stage.regex`: named groups of an expression become extracted values. */
import { ArgumentError } from '../../alloy/component.ts';
import { body, optional, required, t, withDefault } from '../../alloy/schema.ts';
import { joinPath } from '../unsupported.ts';
import { checkLabelName } from './label-name.ts';
import { sourceText } from './source.ts';
import { compileStageRegex, defineStage, mapStage } from './stage.ts';

export const regex = defineStage({
  name: 'stage.regex',
  summary: 'Extracts values by the named groups of a regular expression.',
  schema: body({
    expression: required(t.string, { doc: 'RE2 expression with named groups; it may match anywhere in the text.' }),
    source: optional(t.string, { doc: 'Extracted value to match in place of the line.' }),
    labels_from_groups: withDefault(t.bool, false, { doc: 'Set a label for each group as well.' }),
  }),
  create(args, context) {
    if (args.expression === '') {
      throw new ArgumentError(joinPath(context.path, 'expression'), 'expression is required');
    }
    if (args.source === '') throw new ArgumentError(joinPath(context.path, 'source'), 'empty source');
    const compiled = compileStageRegex(args.expression, 'expression', context);
    const groups = [...compiled.groupNames];
    if (args.labels_from_groups) for (const [name] of groups) checkLabelName(name, 'expression', context);
    return mapStage((entry) => {
      const text = sourceText(entry, args.source);
      const match = text === undefined ? undefined : compiled.match(text);
      if (match === undefined) return;
      for (const [name, index] of groups) {
        const value = match.group(index) ?? '';
        entry.setExtracted(name, value);
        if (args.labels_from_groups) entry.setLabel(name, value);
      }
    });
  },
});
