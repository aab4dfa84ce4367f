/** Chains components of a pipeline: receivers to the first processor, processors to each other, the last to all exporters. */
import { attributes, type Block, type Body, block } from '../../alloy/block.ts';
import { toIdentifier } from '../../alloy/identifier.ts';
import { Expression } from '../../alloy/value.ts';

/** Names components of one pipeline: the part after the slash in `otlp/edge`, '' where there is none. */
export type Labels = (component: string) => string;

export function labelsOf(prefix: string, group: string): Labels {
  return (component) => {
    const name = group === '' && component === '' ? 'default' : `${group || 'default'}_${component || 'default'}`;
    return toIdentifier(prefix === '' ? name : `${prefix}_${name}`)!;
  };
}

/** A component of a pipeline, without its label and without what it sends to. */
export interface Stage {
  readonly component: string;
  /** The part of its name after the slash. */
  readonly name: string;
  /** `output` is where it sends to: undefined for exporters. */
  readonly body: (output: Block | undefined) => Body;
  /** Components that it needs before it. */
  readonly before?: (label: string) => { readonly blocks: readonly Block[]; readonly body: Body };
}

export interface Pipeline {
  readonly receivers: readonly Stage[];
  readonly processors: readonly Stage[];
  readonly exporters: readonly Stage[];
}

export function pipelineBlocks({ receivers, processors, exporters }: Pipeline, labels: Labels): Block[] {
  const ends = exporters.map((stage) => inputOf(stage, labels));
  const inputs = processors.map((stage) => inputOf(stage, labels));
  const first = inputs.length > 0 ? [inputs[0]!] : ends;
  return [
    ...receivers.flatMap((stage) => stageBlocks(stage, labels, tracesTo(first))),
    ...processors.flatMap((stage, i) =>
      stageBlocks(stage, labels, tracesTo(i + 1 < inputs.length ? [inputs[i + 1]!] : ends)),
    ),
    ...exporters.flatMap((stage) => stageBlocks(stage, labels, undefined)),
  ];
}

function stageBlocks(stage: Stage, labels: Labels, output: Block | undefined): Block[] {
  const label = labels(stage.name);
  const before = stage.before?.(label);
  const body = [...(before?.body ?? []), ...stage.body(output)];
  return [...(before?.blocks ?? []), block(stage.component, body, label)];
}

function inputOf(stage: Stage, labels: Labels): Expression {
  return new Expression(`${stage.component}.${labels(stage.name)}.input`);
}

function tracesTo(consumers: readonly Expression[]): Block {
  return block('output', attributes({ traces: consumers }));
}

export function metricsTo(consumers: readonly Expression[]): Block {
  return block('output', attributes({ metrics: consumers }));
}

/** Where it sends to comes last. */
export function withOutput(body: Body, output: Block | undefined): Body {
  return output === undefined ? body : [...body, output];
}
