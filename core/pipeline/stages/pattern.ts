/** `stage.pattern`: LogQL's patterns, `<ip> - <_> "<method> <path>"`. */
import { ArgumentError } from '../../alloy/component.ts';
import { body, optional, required, t, withDefault } from '../../alloy/schema.ts';
import { joinPath } from '../unsupported.ts';
import { sourceText } from './source.ts';
import { defineStage, mapStage } from './stage.ts';

export const pattern = defineStage({
  name: 'stage.pattern',
  summary: 'Extracts values by a LogQL pattern.',
  schema: body({
    pattern: required(t.string, { doc: 'Literal text with captures such as <name>; <_> is not stored.' }),
    source: optional(t.string, { doc: 'Extracted value to match in place of the line.' }),
    labels_from_groups: withDefault(t.bool, false, { doc: 'Set a label for each capture as well.' }),
  }),
  create(args, context) {
    if (args.source === '') throw new ArgumentError(joinPath(context.path, 'source'), 'empty source');
    const parts = parsePattern(args.pattern);
    if (typeof parts === 'string') throw new ArgumentError(joinPath(context.path, 'pattern'), parts);
    return mapStage((entry) => {
      const text = sourceText(entry, args.source);
      if (text === undefined || text === '') return;
      for (const [name, value] of matchPattern(parts, text)) {
        entry.setExtracted(name, value);
        if (args.labels_from_groups) entry.setLabel(name, value);
      }
    });
  },
});

type Part = { readonly capture: string } | { readonly literal: string };

/** The parts, or what is wrong. */
function parsePattern(text: string): readonly Part[] | string {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(/<([A-Za-z_][A-Za-z0-9_]*)>/g)) {
    if (match.index > end) parts.push({ literal: text.slice(end, match.index) });
    parts.push({ capture: match[1] });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push({ literal: text.slice(end) });
  const names = parts.flatMap((part) => ('capture' in part && part.capture !== '_' ? [part.capture] : []));
  if (names.length === 0) return 'at least one named capture such as <name> is required';
  if (new Set(names).size < names.length) return 'a capture name occurs twice';
  if (parts.some((part, i) => 'capture' in part && parts[i + 1] !== undefined && 'capture' in parts[i + 1])) {
    return 'consecutive captures are not allowed: put text between them';
  }
  return parts;
}

/** As Loki's matcher: a literal at the start must match there, and a missing literal gives the rest to its capture. */
function matchPattern(parts: readonly Part[], text: string): (readonly [string, string])[] {
  const found: [string, string][] = [];
  let rest = text;
  let at = 0;
  const [first] = parts;
  if (first !== undefined && 'literal' in first) {
    if (!rest.startsWith(first.literal)) return [];
    rest = rest.slice(first.literal.length);
    at = 1;
  }
  for (; at < parts.length; at += 2) {
    const part = parts[at];
    if (!('capture' in part)) break;
    const next = parts[at + 1];
    const end = next !== undefined && 'literal' in next ? rest.indexOf(next.literal) : -1;
    const value = end < 0 ? rest : rest.slice(0, end);
    if (part.capture !== '_') found.push([part.capture, value]);
    if (end < 0 || next === undefined || !('literal' in next)) break;
    rest = rest.slice(end + next.literal.length);
  }
  return found;
}
