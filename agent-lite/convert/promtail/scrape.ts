/**
 * The components that one of Promtail's scrape configurations shares between its sources: discovery, rules, processing.
 * They are made when a source first asks for them, so that none stands there unused, and stand before that source.
 */
import { attributes, type Block, block } from '../alloy/block.ts';
import { labelWithIndex, toIdentifier } from '../alloy/identifier.ts';
import { type AlloyValue, Expression, joined } from '../alloy/value.ts';
import type { ConversionDiagnostics } from '../diagnostics.ts';
import type { FileWatchForm, LimitsForm, LogsScrapeForm } from '../forms/promtail.ts';
import { ruleBlocks } from '../prometheus/relabel.ts';
import { stageBlocks } from './stages.ts';

export interface LogsContext {
  readonly receivers: readonly string[];
  /** '' or the name of the instance in static mode. */
  readonly labelPrefix: string;
  readonly limitStages: readonly Block[];
  readonly positionsFile: string;
  readonly syncPeriod: AlloyValue | undefined;
  readonly fileWatch: FileWatchForm;
  readonly diagnostics: ConversionDiagnostics;
}

export class LogsScrape {
  readonly form: LogsScrapeForm;
  readonly context: LogsContext;
  readonly blocks: Block[] = [];
  /** Lists of targets whose files are read. */
  readonly targets: AlloyValue[] = [];
  #process: readonly Expression[] | undefined;
  #lokiRelabel: readonly Expression[] | undefined;
  #hasDiscoveryRelabel = false;

  constructor(form: LogsScrapeForm, context: LogsContext) {
    this.form = form;
    this.context = context;
  }

  label(index = 0): string {
    return labelWithIndex(index, this.context.labelPrefix, toIdentifier(this.form.job_name ?? '') ?? '_');
  }

  /** Where lines go first: the pipeline, or the writers where there is none. */
  receivers(): readonly Expression[] {
    this.#process ??= this.#makeProcess();
    return this.#process;
  }

  #makeProcess(): readonly Expression[] {
    const { receivers, limitStages, diagnostics } = this.context;
    const writers = receivers.map((receiver) => new Expression(receiver));
    // Promtail limits lines before its pipelines see them.
    if (!this.form.pipeline_stages?.length && limitStages.length === 0) return writers;
    const stages = [...limitStages, ...stageBlocks(this.form.pipeline_stages, diagnostics)];
    this.blocks.push(block('loki.process', [...attributes({ forward_to: writers }), ...stages], this.label()));
    return [new Expression(`loki.process.${this.label()}.receiver`)];
  }

  /** For sources that cannot relabel by themselves. */
  relabelled(): readonly Expression[] {
    if (!this.form.relabel_configs?.length) return this.receivers();
    this.#lokiRelabel ??= this.#makeLokiRelabel();
    return this.#lokiRelabel;
  }

  #makeLokiRelabel(): readonly Expression[] {
    const rules = ruleBlocks('rule', this.form.relabel_configs);
    const body = [...attributes({ forward_to: this.receivers() }), ...rules];
    this.blocks.push(block('loki.relabel', body, this.label()));
    return [new Expression(`loki.relabel.${this.label()}.receiver`)];
  }

  /** For sources that take rules; undefined where there are none. */
  rules(): Expression | undefined {
    return this.#discoveryRelabel() ? new Expression(`discovery.relabel.${this.label()}.rules`) : undefined;
  }

  relabelledTargets(): AlloyValue {
    const relabelled = this.#discoveryRelabel();
    return relabelled ? new Expression(`discovery.relabel.${this.label()}.output`) : joined(this.targets);
  }

  #discoveryRelabel(): boolean {
    if (!this.form.relabel_configs?.length) return false;
    if (!this.#hasDiscoveryRelabel) {
      this.#hasDiscoveryRelabel = true;
      const body = [...attributes({ targets: joined(this.targets) }), ...ruleBlocks('rule', this.form.relabel_configs)];
      this.blocks.push(block('discovery.relabel', body, this.label()));
    }
    return true;
  }
}

const DEFAULT_READLINE_RATE = 10_000;

/** Limits of the whole of Promtail, as stages of each pipeline. */
export function limitStages(limits: LimitsForm): Block[] {
  const stages: Block[] = [];
  if (limits.readline_rate_enabled) {
    const { readline_rate: rate = DEFAULT_READLINE_RATE, readline_burst: burst = DEFAULT_READLINE_RATE } = limits;
    stages.push(block('stage.limit', attributes({ rate, burst, drop: limits.readline_rate_drop ?? true })));
  }
  const size = limits.max_line_size;
  if (size !== undefined && size.bytes > 0) {
    const truncate = block('stage.truncate', [block('rule', attributes({ limit: size }))]);
    stages.push(limits.max_line_size_truncate ? truncate : block('stage.drop', attributes({ longer_than: size })));
  }
  return stages;
}
