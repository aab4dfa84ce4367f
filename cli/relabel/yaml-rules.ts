/**
 * Relabel rules as Prometheus's YAML has them: a list, or a mapping that holds one list under the name that a
 * configuration gives it. Read by the forms that read whole configurations (agent-lite/convert), so mistakes have lines.
 */
import { isSeq } from 'yaml';
import { relabelForm } from '../../agent-lite/convert/forms/relabel.ts';
import { type Form, mapping, type Read, readRoot } from '../../agent-lite/convert/yaml/form.ts';
import { YamlSource } from '../../agent-lite/convert/yaml/source.ts';
import { DEFAULT_RELABEL_CONFIG, type RelabelConfig } from '../../core/relabel/config.ts';

/** The text is not a list of rules; the message has a line for each mistake. */
export class RelabelYamlError extends Error {}

const MAX_SHOWN = 10;

const LISTS = {
  relabel_configs: relabelForm,
  metric_relabel_configs: relabelForm,
  write_relabel_configs: relabelForm,
  alert_relabel_configs: relabelForm,
};
const named = mapping(LISTS);

type Rules = Read<typeof relabelForm>;

const rulesForm: Form<Rules> = {
  read(node, source, path) {
    if (isSeq(node)) return relabelForm.read(node, source, path);
    const lists = Object.values(named.read(node, source, path) ?? {}).filter((each) => each !== undefined);
    if (lists.length === 1) return lists[0];
    if (source.mistakes.length === 0) {
      source.refuse(node, `expected a list of rules, or a mapping with one of ${Object.keys(LISTS).join(', ')}`);
    }
    return undefined;
  },
};

export function parseRelabelYaml(text: string): RelabelConfig[] {
  const { rules, mistakes } = read(text);
  if (mistakes.length > 0) {
    const lines = mistakes.slice(0, MAX_SHOWN).map(({ line, message }) => `line ${line}: ${shortened(message)}`);
    if (mistakes.length > MAX_SHOWN) lines.push(`and ${mistakes.length - MAX_SHOWN} more`);
    throw new RelabelYamlError(lines.join('\n'));
  }
  return rules.map((rule) => ({
    action: rule.action?.toLowerCase() ?? DEFAULT_RELABEL_CONFIG.action,
    sourceLabels: rule.source_labels ?? [],
    separator: rule.separator ?? DEFAULT_RELABEL_CONFIG.separator,
    regex: rule.regex ?? DEFAULT_RELABEL_CONFIG.regex,
    replacement: rule.replacement ?? DEFAULT_RELABEL_CONFIG.replacement,
    targetLabel: rule.target_label ?? '',
    modulus: rule.modulus ?? 0,
  }));
}

function read(text: string): { rules: Rules; mistakes: YamlSource['mistakes'] } {
  try {
    const source = new YamlSource(text);
    const rules = source.mistakes.length === 0 ? readRoot(rulesForm, source) : undefined;
    return { rules: rules ?? [], mistakes: source.mistakes };
  } catch (error) {
    // Brackets within brackets by the thousand: the parser of YAML and all that walk its tree recurse.
    if (error instanceof RangeError) throw new RelabelYamlError('nested too deeply');
    throw error;
  }
}

function shortened(message: string): string {
  return message.length > 200 ? `${message.slice(0, 200)}…` : message;
}
