/** `stage.json`: takes values out of JSON by JMESPath expressions, or top-level keys by a regular expression. */
import { ArgumentError } from '../../alloy/component.ts';
import { body, optional, t, withDefault } from '../../alloy/schema.ts';
import { goJson } from '../jmespath/go-json.ts';
import type { JmesPath, Json } from '../jmespath/jmespath.ts';
import { compileJmesPath, JmesPathError } from '../jmespath/jmespath.ts';
import { joinPath } from '../unsupported.ts';
import type { Extracted, StageEntry } from './entry.ts';
import { sourceText } from './source.ts';
import type { StageContext } from './stage.ts';
import { compileStageRegex, defineStage } from './stage.ts';

export const json = defineStage({
  name: 'stage.json',
  summary: 'Extracts values from a JSON line.',
  schema: body({
    expressions: optional(t.map(t.string), {
      doc: 'Names under which to store, and JMESPath expressions; an empty expression means the key of the same name.',
    }),
    regex: optional(t.string, { doc: 'Stores every top-level key that matches.' }),
    source: optional(t.string, { doc: 'Extracted value to parse in place of the line.' }),
    drop_malformed: withDefault(t.bool, false, { doc: 'Drop lines that are not a JSON object.' }),
  }),
  create(args, context) {
    const expressions = Object.entries(args.expressions ?? {}).map(
      ([name, expression]) => [name, compile(expression === '' ? name : expression, name, context)] as const,
    );
    const regex = args.regex === undefined ? undefined : compileStageRegex(args.regex, 'regex', context);
    if (expressions.length === 0 && regex === undefined) {
      throw new ArgumentError(context.path, 'JMES expression or regex is required');
    }
    if (args.source === '') throw new ArgumentError(joinPath(context.path, 'source'), 'empty source');
    return {
      process(entry, run) {
        const document = parseObject(sourceText(entry, args.source));
        if (document === undefined) {
          if (!args.drop_malformed) return entry;
          run.dropped('malformed_json', 1);
          return undefined;
        }
        for (const [name, expression] of expressions) search(entry, name, expression, document);
        if (regex !== undefined) {
          for (const [key, value] of Object.entries(document)) {
            if (regex.test(key)) entry.setExtracted(key, flatten(value));
          }
        }
        return entry;
      },
    };
  },
});

function compile(expression: string, name: string, context: StageContext): JmesPath {
  try {
    return compileJmesPath(expression);
  } catch (error) {
    if (!(error instanceof JmesPathError)) throw error;
    throw new ArgumentError(
      joinPath(context.path, 'expressions'),
      `could not compile JMES expression ${JSON.stringify(expression)} of ${JSON.stringify(name)}: ${error.message}`,
    );
  }
}

function parseObject(text: string | undefined): { readonly [key: string]: Json } | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as { readonly [key: string]: Json })
      : undefined;
  } catch {
    return undefined;
  }
}

/** A function that meets a value of a wrong type says nothing about the line: the name is left unset. */
function search(entry: StageEntry, name: string, expression: JmesPath, document: Json): void {
  try {
    entry.setExtracted(name, flatten(expression.search(document)));
  } catch (error) {
    if (!(error instanceof JmesPathError)) throw error;
  }
}

/** Objects and arrays are kept as their JSON text, as the stages that follow expect. */
function flatten(value: Json): Extracted {
  return typeof value === 'object' && value !== null ? goJson(value) : value;
}
