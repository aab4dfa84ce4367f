/** Relabel rules in YAML. A rule that Prometheus would refuse is refused here as well. */
import { DEFAULT_RELABEL_CONFIG, validateRelabelConfig } from '../../../core/relabel/config.ts';
import { type Form, list, mapping, type Read, refuse } from '../yaml/form.ts';
import { int, regex, text, textList } from '../yaml/scalars.ts';

const fields = mapping({
  source_labels: textList,
  separator: text,
  regex,
  modulus: int,
  target_label: text,
  replacement: text,
  action: text,
});

export type RelabelForm = Read<typeof fields>;

const rule: Form<RelabelForm> = {
  read(node, source, path) {
    const mistakesBefore = source.mistakes.length;
    const form = fields.read(node, source, path);
    if (form === undefined || source.mistakes.length > mistakesBefore) return undefined;
    const problem = validateRelabelConfig({
      ...DEFAULT_RELABEL_CONFIG,
      action: form.action?.toLowerCase() ?? DEFAULT_RELABEL_CONFIG.action,
      sourceLabels: form.source_labels ?? [],
      separator: form.separator ?? DEFAULT_RELABEL_CONFIG.separator,
      regex: form.regex ?? DEFAULT_RELABEL_CONFIG.regex,
      replacement: form.replacement ?? DEFAULT_RELABEL_CONFIG.replacement,
      targetLabel: form.target_label ?? '',
      modulus: form.modulus ?? 0,
    });
    return problem === undefined ? form : refuse(source, node, path, problem);
  },
};

export const relabelForm = list(rule);
