/** Processors of traces, in the order in which the agent runs them whatever the order in its configuration. */
import { attributes, type Block, type Body, block, blocks, type Statement, same } from '../../alloy/block.ts';
import { toIdentifier } from '../../alloy/identifier.ts';
import { type AlloyValue, Duration, Expression, isMap, joined } from '../../alloy/value.ts';
import type { ConversionDiagnostics } from '../../diagnostics.ts';
import type { MatchForm, PolicyForm, TraceInstanceForm } from '../../forms/traces.ts';
import { convertDiscovery } from '../../prometheus/discovery.ts';
import { discoveryRelabel } from '../../prometheus/pipeline.ts';
import { type Stage, withOutput } from './pipeline.ts';

/** `before` and `after` the balancing of load. */
export type Part = 'all' | 'before' | 'after';

export function processorStages(instance: TraceInstanceForm, part: Part): Stage[] {
  const early: Stage[] = [];
  const late: Stage[] = [];
  if (instance.scrape_configs) early.push(discoveryStage(instance));
  if (instance.attributes) early.push(attributesStage(instance));
  if (instance.tail_sampling) late.push(tailSamplingStage(instance));
  if (instance.batch) late.push(batchStage(instance));
  return part === 'before' ? early : part === 'after' ? late : [...early, ...late];
}

/** The Collector's own, which differ from those of the component. */
const BATCH_SIZE = 8192;
const NO_MAXIMUM = 0;

function batchStage({ batch = {} }: TraceInstanceForm): Stage {
  const body = [
    ...same(batch, 'timeout'),
    ...attributes({
      send_batch_size: batch.send_batch_size ?? BATCH_SIZE,
      send_batch_max_size: batch.send_batch_max_size ?? NO_MAXIMUM,
    }),
    ...same(batch, 'metadata_keys', 'metadata_cardinality_limit'),
  ];
  return { component: 'otelcol.processor.batch', name: '', body: (output) => withOutput(body, output) };
}

function attributesStage({ attributes: form = {} }: TraceInstanceForm): Stage {
  const body = [
    ...(form.include ? [block('include', matchBody(form.include))] : []),
    ...(form.exclude ? [block('exclude', matchBody(form.exclude))] : []),
    ...blocks('action', form.actions, (action) =>
      same(action, 'key', 'value', 'pattern', 'from_attribute', 'from_context', 'converted_type', 'action'),
    ),
  ];
  return { component: 'otelcol.processor.attributes', name: '', body: (output) => withOutput(body, output) };
}

function matchBody(form: MatchForm): Body {
  const { regexp } = form;
  const cache = { cache_enabled: regexp?.cacheenabled, cache_max_num_entries: regexp?.cachemaxnumentries };
  return [
    ...attributes({ match_type: form.match_type ?? '' }),
    ...(regexp ? [block('regexp', attributes(cache))] : []),
    ...same(form, 'services', 'span_names', 'log_bodies', 'log_severity_texts', 'metric_names'),
    ...blocks('attribute', form.attributes, (each) => same(each, 'key', 'value')),
    ...blocks('resource', form.resources, (each) => same(each, 'key', 'value')),
    ...blocks('library', form.libraries, (each) => same(each, 'name', 'version')),
    ...same(form, 'span_kinds'),
  ];
}

/** Shorter than the processor's own default: the agent decides after five seconds. */
const DECISION_WAIT = new Duration(5000);

function tailSamplingStage({ tail_sampling: form = {} }: TraceInstanceForm): Stage {
  const body = [
    ...(form.policies ?? []).map((policy, i) => block('policy', policyBody(policy, i))),
    ...attributes({ decision_wait: form.decision_wait ?? DECISION_WAIT }),
    ...same(form, 'num_traces', 'expected_new_traces_per_sec'),
  ];
  return { component: 'otelcol.processor.tail_sampling', name: '', body: (output) => withOutput(body, output) };
}

function policyBody(policy: PolicyForm, index: number): Statement[] {
  const type = String(policy.get('type') ?? '');
  const name = String(policy.get('name') ?? `${type}/${index}`);
  const settings = policy.get(type);
  return [
    ...attributes({ name, type }),
    ...(settings !== undefined && isMap(settings) ? [block(type, settingsBody(settings))] : []),
  ];
}

/** Settings of a policy are called the same in both; lists of mappings are repeated blocks. */
function settingsBody(settings: ReadonlyMap<string, AlloyValue>): Statement[] {
  return [...settings].flatMap(([name, value]): Statement[] => {
    if (isMap(value)) return [block(name, settingsBody(value))];
    if (Array.isArray(value) && value.some((each: AlloyValue) => isMap(each))) {
      return value.filter(isMap).map((each) => block(name, settingsBody(each)));
    }
    return attributes({ [name]: value });
  });
}

function discoveryStage(instance: TraceInstanceForm): Stage {
  return {
    component: 'otelcol.processor.discovery',
    name: '',
    before: (label) => discoveryBlocks(instance, label),
    body: (output) => {
      const { prom_sd_operation_type: operation_type, prom_sd_pod_associations: pod_associations } = instance;
      return withOutput(attributes({ operation_type, pod_associations }), output);
    },
  };
}

/** Only discovery and relabelling of these scrape configurations mean something to the agent. */
function discoveryBlocks({ scrape_configs = [] }: TraceInstanceForm, label: string): { blocks: Block[]; body: Body } {
  const found: Block[] = [];
  const relabelled: Block[] = [];
  const targets: AlloyValue[] = [];
  for (const scrape of scrape_configs) {
    const own = toIdentifier(`${label}_${scrape.job_name ?? ''}`)!;
    const discovered = convertDiscovery(scrape, own);
    found.push(...discovered.blocks);
    if (scrape.relabel_configs?.length) {
      relabelled.push(discoveryRelabel(scrape.relabel_configs, discovered.targets, own));
      targets.push(new Expression(`discovery.relabel.${own}.output`));
    } else {
      targets.push(...discovered.targets);
    }
  }
  return { blocks: [...found, ...relabelled], body: attributes({ targets: joined(targets) }) };
}

export function checkProcessors(instance: TraceInstanceForm, diagnostics: ConversionDiagnostics): void {
  if (instance.service_graphs?.enabled) diagnostics.add('Error', SERVICE_GRAPHS);
  const { automatic_logging: logging, spanmetrics } = instance;
  if (logging !== undefined) {
    if (logging.backend === 'stdout') diagnostics.add('Warning', LOGGING_TO_STDOUT);
    else diagnostics.add('Error', LOGGING);
  }
  if (spanmetrics?.handler_endpoint) diagnostics.add('Error', HANDLER_ENDPOINT);
}

const SERVICE_GRAPHS =
  'The service_graphs processor for traces has no direct Alloy equivalent. ' +
  'This configuration appends metrics to the /metrics endpoint of the agent which is not possible in Alloy. ' +
  'Alternatively, you can use the otelcol.connector.servicegraph component to build a pipeline which generates ' +
  'and forwards service graph metrics.';
const LOGGING_TO_STDOUT =
  'automatic_logging for traces has no direct Alloy equivalent. ' +
  'A best effort translation has been made to otelcol.exporter.debug but the behavior will differ.';
const LOGGING =
  'automatic_logging for traces has no direct Alloy equivalent. ' +
  'A best effort translation can be made which only outputs to stdout and not directly to loki by bypassing errors.';
const HANDLER_ENDPOINT =
  'Cannot convert using configuration including spanmetrics handler_endpoint. ' +
  'No equivalent exists for exposing a known /metrics endpoint. You can use metrics_instance instead to enabled conversion.';
