/** `stage.logfmt`: takes values out of `key=value key="quoted value"` text. */
import { ArgumentError } from '../../alloy/component.ts';
import { body, optional, t } from '../../alloy/schema.ts';
import { sourceText } from './source.ts';
import { compileStageRegex, defineStage, mapStage } from './stage.ts';

export const logfmt = defineStage({
  name: 'stage.logfmt',
  summary: 'Extracts values from a logfmt line.',
  schema: body({
    mapping: optional(t.map(t.string), {
      doc: 'Names under which to store, and keys of the line; an empty key means the same name.',
    }),
    regex: optional(t.string, { doc: 'Stores every key that matches.' }),
    source: optional(t.string, { doc: 'Extracted value to parse in place of the line.' }),
  }),
  create(args, context) {
    const byKey = new Map<string, string[]>();
    for (const [name, key] of Object.entries(args.mapping ?? {})) {
      const actual = key === '' ? name : key;
      byKey.set(actual, [...(byKey.get(actual) ?? []), name]);
    }
    const regex = args.regex === undefined ? undefined : compileStageRegex(args.regex, 'regex', context);
    if (byKey.size === 0 && regex === undefined) throw new ArgumentError(context.path, 'mapping or regex is required');
    return mapStage((entry) => {
      const text = sourceText(entry, args.source);
      if (text === undefined) return;
      for (const [key, value] of parseLogfmt(text)) {
        for (const name of byKey.get(key) ?? []) entry.setExtracted(name, value);
        if (regex?.test(key) === true) entry.setExtracted(key, value);
      }
    });
  },
});

/** Lenient as Go's logfmt: a key without value is empty, and text that is not a pair is passed over. */
export function* parseLogfmt(text: string): Generator<readonly [key: string, value: string]> {
  const pair = /([^\s="\u0000-\u001f]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*)))?/gy;
  let at = 0;
  while (at < text.length) {
    pair.lastIndex = at;
    const match = pair.exec(text);
    if (match === null) {
      at++;
      continue;
    }
    at = pair.lastIndex;
    const [, key, quoted, plain] = match;
    yield [key, quoted === undefined ? (plain ?? '') : unquote(quoted)];
  }
}

function unquote(text: string): string {
  if (!text.includes('\\')) return text;
  try {
    return String(
      JSON.parse(
        `"${text.replace(/[\u0000-\u001f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`,
      ),
    );
  } catch {
    return text;
  }
}
