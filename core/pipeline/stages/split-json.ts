/** `stage.split_json`: a JSON array becomes one line per element, each with the bytes it had. */
import { body, optional, t } from '../../alloy/schema.ts';
import { sourceText } from './source.ts';
import { defineStage } from './stage.ts';

export const splitJson = defineStage({
  name: 'stage.split_json',
  summary: 'Makes one line of each element of a JSON array.',
  schema: body({ source: optional(t.string, { doc: 'Extracted value to split in place of the line.' }) }),
  create: ({ source }) => ({
    process(entry, run) {
      const elements = splitArray(sourceText(entry, source) ?? '');
      if (elements === undefined || elements.length === 0) return entry;
      run.created(elements.length - 1);
      return elements.map((element) => entry.withLine(element));
    },
  }),
});

/** The texts of the elements of a top-level array, or undefined where the text is no such thing. */
function splitArray(text: string): string[] | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith('[')) return undefined;
  try {
    JSON.parse(trimmed);
  } catch {
    return undefined;
  }
  // The text is valid JSON, so strings and brackets are all there is to watch.
  const elements: string[] = [];
  let depth = 0;
  let start = 1;
  for (let i = 0; i < trimmed.length; i++) {
    const char = trimmed[i];
    if (char === '"') i = stringEnd(trimmed, i);
    else if (char === '[' || char === '{') depth++;
    else if (char === ']' || char === '}') depth--;
    else if (char === ',' && depth === 1) {
      elements.push(trimmed.slice(start, i).trim());
      start = i + 1;
    }
  }
  const last = trimmed.slice(start, -1).trim();
  return last === '' ? elements : [...elements, last];
}

function stringEnd(text: string, start: number): number {
  let i = start + 1;
  while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i;
}
