/** `stage.truncate`: cuts lines, labels, metadata and extracted values to a number of bytes. */
import { ArgumentError } from '../../alloy/component.ts';
import type { Decoded } from '../../alloy/schema.ts';
import { blocks, body, optional, required, t, withDefault } from '../../alloy/schema.ts';
import { encodeUtf8, utf8Length } from '../../bytes/utf8.ts';
import { blockPath } from '../unsupported.ts';
import type { StageEntry } from './entry.ts';
import { defineStage, mapStage } from './stage.ts';

const ruleSchema = body({
  limit: required(t.size, { doc: 'Bytes that may be left, the suffix included.' }),
  suffix: withDefault(t.string, '', { doc: 'Put behind what was cut.' }),
  source_type: withDefault(t.oneOf('line', 'label', 'structured_metadata', 'extracted'), 'line', {
    doc: 'What to cut.',
  }),
  sources: optional(t.list(t.string), { doc: 'Names to cut; all of that type when left out.' }),
});

type Rule = Decoded<typeof ruleSchema>;

export const truncate = defineStage({
  name: 'stage.truncate',
  summary: 'Cuts texts that are too long; extracted["truncated"] then lists what was cut.',
  schema: body({ rule: blocks(ruleSchema, { doc: 'Applied in order.', required: true }) }),
  create({ rule: rules }, context) {
    for (const [index, rule] of rules.entries()) {
      const path = blockPath(context.path, 'rule', index);
      if (rule.limit <= utf8Length(rule.suffix)) {
        throw new ArgumentError(`${path}.limit`, 'limit must be greater than the length of the suffix');
      }
      if (rule.source_type === 'line' && (rule.sources ?? []).length > 0) {
        throw new ArgumentError(`${path}.sources`, 'sources cannot be given for source_type "line"');
      }
    }
    return mapStage((entry) => {
      const truncated = new Set<string>();
      for (const rule of rules) if (applyRule(entry, rule)) truncated.add(rule.source_type);
      if (truncated.size === 0) return;
      const before = entry.extracted('truncated');
      if (typeof before === 'string') for (const kind of before.split(',')) truncated.add(kind);
      entry.setExtracted('truncated', [...truncated].sort().join(','));
    });
  },
});

function applyRule(entry: StageEntry, rule: Rule): boolean {
  const wanted = (name: string) => (rule.sources ?? []).length === 0 || (rule.sources ?? []).includes(name);
  let cutAny = false;
  const cut = (value: string, store: (text: string) => void) => {
    const text = truncateBytes(value, rule.limit, rule.suffix);
    if (text === value) return;
    store(text);
    cutAny = true;
  };
  switch (rule.source_type) {
    case 'line':
      cut(entry.line, (text) => {
        entry.line = text;
      });
      break;
    case 'label':
      for (const { name, value } of entry.labels) if (wanted(name)) cut(value, (text) => entry.setLabel(name, text));
      break;
    case 'structured_metadata':
      for (const { name, value } of entry.metadata)
        if (wanted(name)) cut(value, (text) => entry.setMetadata(name, text));
      break;
    case 'extracted':
      for (const [name, value] of entry.allExtracted()) {
        if (typeof value === 'string' && wanted(name)) cut(value, (text) => entry.setExtracted(name, text));
      }
  }
  return cutAny;
}

/** At most `limit` bytes with the suffix, and never half a character. */
export function truncateBytes(text: string, limit: number, suffix: string): string {
  if (utf8Length(text) <= limit) return text;
  const bytes = encodeUtf8(text);
  let end = limit - utf8Length(suffix);
  while (end > 0 && (bytes[end] & 0xc0) === 0x80) end--;
  return new TextDecoder().decode(bytes.subarray(0, end)) + suffix;
}
