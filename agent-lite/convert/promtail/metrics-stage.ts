/** The metrics that a pipeline makes of log lines, with the checks that Promtail makes when it starts. */
import { attributes, type Block, block, same } from '../alloy/block.ts';
import type { ConversionDiagnostics } from '../diagnostics.ts';
import type { MetricForm } from '../forms/stages.ts';

const KINDS = ['counter', 'gauge', 'histogram'] as const;
type Kind = (typeof KINDS)[number];

/** Undefined when one of them is wrong: the stage is left out then, as its metrics would differ. */
export function metricBlocks(
  metrics: ReadonlyMap<string, MetricForm>,
  diagnostics: ConversionDiagnostics,
): Block[] | undefined {
  const blocks: Block[] = [];
  for (const [name, form] of [...metrics].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const kind = KINDS.find((each) => each === form.type?.toLowerCase());
    const problem = kind === undefined ? undefined : problemOf(kind, form);
    if (kind === undefined) {
      diagnostics.add(
        'Error',
        `unknown type ${JSON.stringify(form.type ?? '')} of the metric ${name}: counter, gauge and histogram exist`,
      );
      return undefined;
    }
    if (problem !== undefined) {
      diagnostics.add('Error', `failed to create ${kind} metric process stage: ${problem}`);
      return undefined;
    }
    blocks.push(block(`metric.${kind}`, [...attributes({ name }), ...metricBody(kind, form)]));
  }
  return blocks;
}

function metricBody(kind: Kind, form: MetricForm) {
  const config = form.config ?? {};
  const action = config.action?.toLowerCase();
  return [
    ...same(form, 'description', 'source', 'prefix', 'max_idle_duration'),
    ...same(config, 'value'),
    ...(kind === 'histogram' ? attributes({ buckets: config.buckets ?? [] }) : attributes({ action })),
    ...(kind === 'counter' ? same(config, 'match_all', 'count_entry_bytes') : []),
  ];
}

function problemOf(kind: Kind, { config = {} }: MetricForm): string | undefined {
  const action = config.action?.toLowerCase() ?? '';
  if (kind === 'gauge') {
    if (action === '') return 'gauge action must be defined as `set`, `inc`, `dec`, `add`, or `sub`';
    if (['set', 'inc', 'dec', 'add', 'sub'].includes(action)) return undefined;
    return `action ${action} is not valid, action must be \`set\`, \`inc\`, \`dec\`, \`add\`, or \`sub\``;
  }
  if (kind === 'histogram') return undefined;
  if (action === '') return 'counter action must be defined as either `inc` or `add`';
  if (action !== 'inc' && action !== 'add')
    return `action ${action} is not valid, action must be either \`inc\` or \`add\``;
  if (config.match_all && config.value !== undefined) return '`match_all: true` cannot be combined with `value`';
  if (config.count_entry_bytes && !config.match_all)
    return '`count_entry_bytes: true` can only be set with `match_all: true`';
  if (config.count_entry_bytes && action !== 'add')
    return '`count_entry_bytes: true` can only be used with `action: add`';
  return undefined;
}
