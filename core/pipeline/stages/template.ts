/** `stage.template`: makes an extracted value by a Go template. */
import { ArgumentError, UnsupportedError } from '../../alloy/component.ts';
import { body, required, t } from '../../alloy/schema.ts';
import type { GoTemplate, TemplateValue } from '../gotemplate/template.ts';
import { compileGoTemplate, TemplateError, UnsupportedTemplateError } from '../gotemplate/template.ts';
import { spendText } from '../text-budget.ts';
import { joinPath } from '../unsupported.ts';
import { toText } from './convert.ts';
import type { StageEntry } from './entry.ts';
import type { StageContext } from './stage.ts';
import { defineStage, mapStage } from './stage.ts';

export const template = defineStage({
  name: 'stage.template',
  summary: 'Sets an extracted value by a Go template.',
  schema: body({
    source: required(t.string, { doc: 'Extracted value to set; .Value in the template.' }),
    template: required(t.string, { doc: 'Go template over the extracted values; .Entry is the line.' }),
  }),
  create(args, context) {
    if (args.source === '')
      throw new ArgumentError(joinPath(context.path, 'source'), 'template source value is required');
    const compiled = compileStageTemplate(args.template, 'template', context);
    return mapStage((entry) => {
      const data = templateData(entry);
      const value = data.get(args.source);
      if (value !== undefined) data.set('Value', value);
      data.set('Entry', entry.line);
      const text = tryExecute(compiled, data);
      if (text === undefined) return;
      if (text === '') entry.deleteExtracted(args.source);
      else entry.setExtracted(args.source, text);
    });
  },
});

export function compileStageTemplate(text: string, name: string, context: StageContext): GoTemplate {
  try {
    return compileGoTemplate(text, context.regexLimits);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const Refusal = error instanceof UnsupportedTemplateError ? UnsupportedError : ArgumentError;
    throw new Refusal(joinPath(context.path, name), `invalid template: ${error.message}`);
  }
}

/** Extracted values as text; those without a text are left out. */
export function templateData(entry: StageEntry): Map<string, TemplateValue> {
  const data = new Map<string, TemplateValue>();
  for (const [name, value] of entry.allExtracted()) {
    const text = toText(value);
    if (text !== undefined) data.set(name, text);
  }
  return data;
}

/** Undefined when the template fails on this line, or makes too much of it, which then passes unchanged. */
export function tryExecute(template: GoTemplate, data: ReadonlyMap<string, TemplateValue>): string | undefined {
  try {
    const text = template.execute(data);
    return spendText(text.length) ? text : undefined;
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}
