/** What a journal entry becomes: the line, and its labels by Alloy's names. */
import { compareNames, type Labels, LabelsBuilder } from '../../core/labels/labels.ts';
import { OutcomeError } from '../../core/outcome.ts';
import type { RelabelRule } from '../../core/relabel/compile.ts';
import { applyRelabelRules } from '../../core/relabel/relabel.ts';
import { jsonText } from '../../core/wire/otlp/values.ts';
import type { JournalEntry } from './journal-entry.ts';

export interface LineSettings {
  readonly asJson: boolean;
  /** On every line, `job` among them. */
  readonly labels: Labels;
  readonly rules: readonly RelabelRule[];
}

const PREFIX = '__journal_';

/** syslog(3), with the words that Alloy and Promtail use. */
const PRIORITIES: Readonly<Record<string, string>> = {
  '0': 'emerg',
  '1': 'alert',
  '2': 'crit',
  '3': 'error',
  '4': 'warning',
  '5': 'notice',
  '6': 'info',
  '7': 'debug',
};

/** A text: why there is no line, by the names of Alloy's metric where it has one. */
export function lineOf(entry: JournalEntry, settings: LineSettings): { line: string; labels: Labels } | string {
  const line = settings.asJson ? jsonOf(entry.fields) : (entry.fields.get('MESSAGE') ?? '');
  if (line === '') return 'no_message';
  try {
    const labels = labelsOf(entry, settings);
    return labels.length === 0 ? 'empty_labels' : { line, labels };
  } catch (error) {
    // Rules that make too much of an entry cost that entry.
    if (!(error instanceof OutcomeError)) throw error;
    return error.failure.reason;
  }
}

function labelsOf({ fields }: JournalEntry, { labels, rules }: LineSettings): Labels {
  if (rules.length === 0) return labels;
  const builder = new LabelsBuilder(labels);
  for (const [name, value] of fields) {
    if (name === 'PRIORITY') builder.set(`${PREFIX}priority_keyword`, PRIORITIES[value] ?? value);
    builder.set(PREFIX + name.toLowerCase(), value);
  }
  if (!applyRelabelRules(rules, builder)) return [];
  return builder.labels().filter(({ name }) => !name.startsWith('__'));
}

/** Keys in order and `<`, `>` and `&` escaped, as Go writes a map: the line is the same as Alloy's, byte for byte. */
function jsonOf(fields: ReadonlyMap<string, string>): string {
  const sorted = [...fields].sort(([a], [b]) => compareNames(a, b));
  return `{${sorted.map(([name, value]) => `${jsonText(name, true)}:${jsonText(value, true)}`).join(',')}}`;
}
