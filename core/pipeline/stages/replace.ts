/** `stage.replace`: replaces what the groups of an expression capture by a template. */
import { ArgumentError } from '../../alloy/component.ts';
import { body, optional, required, t, withDefault } from '../../alloy/schema.ts';
import type { RegexMatch } from '../../regex/re2.ts';
import { spendText } from '../text-budget.ts';
import { joinPath } from '../unsupported.ts';
import { sourceText, writeSource } from './source.ts';
import { compileStageRegex, defineStage, mapStage } from './stage.ts';
import { compileStageTemplate, templateData, tryExecute } from './template.ts';

export const replace = defineStage({
  name: 'stage.replace',
  summary: 'Replaces captured text in the line or in an extracted value.',
  schema: body({
    expression: required(t.string, { doc: 'RE2 expression whose groups capture what is replaced.' }),
    source: optional(t.string, { doc: 'Extracted value to work on in place of the line.' }),
    replace: withDefault(t.string, '', { doc: 'Go template; .Value is the captured text. Empty deletes it.' }),
  }),
  create(args, context) {
    if (args.expression === '') throw new ArgumentError(joinPath(context.path, 'expression'), 'expression is required');
    const regex = compileStageRegex(args.expression, 'expression', context);
    const template = compileStageTemplate(args.replace, 'replace', context);
    return mapStage((entry) => {
      const text = sourceText(entry, args.source);
      const matches = text === undefined ? [] : regex.matchAll(text);
      if (text === undefined || matches.length === 0) return;
      const data = templateData(entry);
      const replaced = replaceGroups(text, matches, regex.groupCount, (captured) =>
        tryExecute(template, data.set('Value', captured)),
      );
      if (replaced === undefined || !spendText(Math.max(0, replaced.text.length - text.length))) return;
      writeSource(entry, args.source, replaced.text);
      for (const [name, index] of regex.groupNames) {
        const value = replaced.byCapture.get(matches[0].group(index) ?? '');
        if (value !== undefined) entry.setExtracted(name, value);
      }
    });
  },
});

/** What a line may grow by: a template for each of its characters could make it a million times as long. */
const MAX_GROWTH = 1_000_000;

/** A group inside one that was replaced already is skipped. Undefined when a replacement fails or makes it too long. */
function replaceGroups(
  text: string,
  matches: readonly RegexMatch[],
  groupCount: number,
  replacement: (captured: string) => string | undefined,
): { readonly text: string; readonly byCapture: ReadonlyMap<string, string> } | undefined {
  const byCapture = new Map<string, string>();
  let out = '';
  let end = 0;
  for (const match of matches) {
    for (let index = 1; index <= groupCount; index++) {
      const captured = match.group(index);
      if (captured === undefined) continue;
      const value = replacement(captured);
      if (value === undefined) return undefined;
      byCapture.set(captured, value);
      const start = match.bounds[2 * index];
      if (start < end) continue;
      out += text.slice(end, start) + value;
      if (out.length > text.length + MAX_GROWTH) return undefined;
      end = start + captured.length;
    }
  }
  return { text: out + text.slice(end), byCapture };
}
