/** Stages of Promtail as blocks of `loki.process`. What a stage leaves out stays out: the defaults are the same. */
import { attributes, type Block, type Body, block, same } from '../alloy/block.ts';
import type { ConversionDiagnostics } from '../diagnostics.ts';
import type { Stage, StageForms, StageName } from '../forms/stages.ts';
import { metricBlocks } from './metrics-stage.ts';

export function stageBlocks(stages: readonly Stage[] | undefined, diagnostics: ConversionDiagnostics): Block[] {
  return (stages ?? []).flatMap((stage): Block[] => {
    for (const problem of stage.problems) diagnostics.add('Error', problem);
    if (stage.name === undefined) return [];
    if (stage.name === 'match') return [matchBlock(stage.config, diagnostics)];
    if (stage.name === 'metrics') {
      const metrics = metricBlocks(stage.config, diagnostics);
      return metrics === undefined ? [] : [block('stage.metrics', metrics)];
    }
    return [block(`stage.${RENAMED[stage.name] ?? stage.name}`, bodyOf(stage.name, stage.config))];
  });
}

const RENAMED: { readonly [K in StageName]?: string } = { labeldrop: 'label_drop', labelallow: 'label_keep' };

function matchBlock(form: StageForms['match'], diagnostics: ConversionDiagnostics): Block {
  return block('stage.match', [
    ...same(form, 'selector'),
    ...stageBlocks(form.stages, diagnostics),
    ...same(form, 'action', 'pipeline_name', 'drop_counter_reason'),
  ]);
}

type SimpleStage = Exclude<StageName, 'match' | 'metrics'>;

function bodyOf<K extends SimpleStage>(name: K, config: StageForms[K]): Body {
  return bodies[name](config);
}

const bodies: { readonly [K in SimpleStage]: (form: StageForms[K]) => Body } = {
  json: (form) => same(form, 'expressions', 'source', 'drop_malformed'),
  logfmt: (form) => same(form, 'mapping', 'source'),
  regex: (form) => same(form, 'expression', 'source'),
  replace: (form) => same(form, 'expression', 'source', 'replace'),
  labels: (values) => attributes({ values }),
  labeldrop: (values) => attributes({ values }),
  labelallow: (values) => attributes({ values }),
  static_labels: (values) => attributes({ values }),
  structured_metadata: (values) => attributes({ values }),
  timestamp: (form) => same(form, 'source', 'format', 'fallback_formats', 'location', 'action_on_failure'),
  output: (form) => same(form, 'source'),
  docker: () => [],
  cri: (form) => [
    // Promtail takes 0 for its default.
    ...attributes({ max_partial_lines: form.max_partial_lines || undefined }),
    ...attributes({ max_partial_line_size: form.max_partial_line_size?.bytes }),
    ...same(form, 'max_partial_line_size_truncate'),
  ],
  template: (form) => same(form, 'source', 'template'),
  tenant: (form) => same(form, 'label', 'source', 'value'),
  drop: (form) => [
    ...same(form, 'drop_counter_reason', 'source', 'value', 'separator', 'expression', 'older_than', 'longer_than'),
  ],
  sampling: (form) => [...same(form, 'drop_counter_reason'), ...attributes({ rate: form.rate ?? 0 })],
  limit: (form) => [
    ...attributes({ rate: form.rate ?? 0, burst: form.burst ?? 0 }),
    ...same(form, 'drop', 'by_label_name', 'max_distinct_labels'),
  ],
  multiline: (form) => [
    ...attributes({ firstline: form.firstline ?? '' }),
    ...same(form, 'max_lines', 'max_wait_time'),
  ],
  pack: (form) => [...attributes({ labels: form.labels ?? [] }), ...same(form, 'ingest_timestamp')],
  decolorize: () => [],
  eventlogmessage: (form) => same(form, 'source', 'drop_invalid_labels', 'overwrite_existing'),
  geoip: (form) => same(form, 'db', 'source', 'db_type', 'custom_lookups'),
};
