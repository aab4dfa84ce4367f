/** `stage.output`: an extracted value becomes the line. */
import { body, required, t } from '../../alloy/schema.ts';
import { toText } from './convert.ts';
import { defineStage, mapStage } from './stage.ts';

export const output = defineStage({
  name: 'stage.output',
  summary: 'Replaces the line by an extracted value.',
  schema: body({ source: required(t.string, { doc: 'Name of the extracted value.' }) }),
  create: ({ source }) =>
    mapStage((entry) => {
      entry.line = toText(entry.extracted(source)) ?? entry.line;
    }),
});
