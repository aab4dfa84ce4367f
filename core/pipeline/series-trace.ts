/** What each component makes of one series: for people who look at a running pipeline, never for the data itself. */
import type { Labels } from '../labels/labels.ts';
import { LabelsBuilder } from '../labels/labels.ts';
import type { MetricsReceiver } from './nodes.ts';

export interface SeriesStep {
  readonly componentId: string;
  readonly kind: 'transform' | 'destination';
  readonly before: Labels;
  /** Undefined where the component drops the series. */
  readonly after: Labels | undefined;
}

/** Runs the rules again, which is safe: what a node makes of a series depends on its labels only. */
export function traceSeries(entry: readonly MetricsReceiver[], labels: Labels): SeriesStep[] {
  const steps: SeriesStep[] = [];
  const visit = (receivers: readonly MetricsReceiver[], before: Labels): void => {
    for (const node of receivers.flatMap((receiver) => receiver.nodes())) {
      const builder = new LabelsBuilder(before);
      const after = node.apply(builder) ? builder.labels() : undefined;
      steps.push({ componentId: node.componentId, kind: node.kind, before, after });
      if (node.kind === 'transform' && after !== undefined) visit(node.next(), after);
    }
  };
  visit(entry, labels);
  return steps;
}
