/**
 * How many ways data may take through a tenant's pipeline, and to how many destinations (abuse case A15). A component that
 * names the next one twice doubles the work; thirty of those in a row would make a billion requests of one line.
 */
import type { ComponentContext } from '../../core/alloy/component.ts';
import type { ComponentInfo } from '../../core/alloy/controller.ts';
import { type Diagnostic, diagnosticAt } from '../../core/alloy/diagnostics.ts';
import { entryOf, type PipelineEntry } from '../../core/pipeline/components/spillway-receive.ts';
import type { LogsReceiver, MetricsReceiver, OtelConsumer, ProfilesReceiver } from '../../core/pipeline/nodes.ts';
import { asWriter } from '../../core/pipeline/writer.ts';

/** Components that one batch passes, each as often as it is passed. */
export const MAX_STEPS = 1_000;
/** Each is a request, and an object where it fails. */
export const MAX_DESTINATIONS = 100;

type Component = ComponentInfo<ComponentContext>;
type Receiver = MetricsReceiver | LogsReceiver | ProfilesReceiver | OtelConsumer;
type OtelSignal = 'metrics' | 'logs' | 'traces';

const ENTRIES: readonly (readonly [entry: keyof PipelineEntry, signal: OtelSignal])[] = [
  ['metrics', 'metrics'],
  ['logs', 'logs'],
  ['profiles', 'traces'],
  ['traces', 'traces'],
  ['otlpMetrics', 'metrics'],
  ['otlpLogs', 'logs'],
];

export function wayCountDiagnostics(components: readonly Component[]): Diagnostic[] {
  const tooMany = tooManyDestinations(components);
  if (tooMany !== undefined) return [tooMany];
  const entries = components.filter(({ component }) => component !== undefined && entryOf(component) !== undefined);
  for (const [entry, signal] of ENTRIES) {
    const budget = { steps: MAX_STEPS };
    const beyond = entries.find((info) => !fits(entryOf(info.component as object)?.[entry] ?? [], signal, budget));
    if (beyond === undefined) continue;
    const message = `${beyond.id}: one batch would pass more than ${MAX_STEPS} components on its ways through the pipeline; forward_to names some of them again and again`;
    return [diagnosticAt(beyond.block.span, message)];
  }
  return [];
}

function tooManyDestinations(components: readonly Component[]): Diagnostic | undefined {
  let count = 0;
  for (const { component, block } of components) {
    count += (component && asWriter(component)?.destinations().length) ?? 0;
    if (count > MAX_DESTINATIONS) {
      return diagnosticAt(block.span, `the pipeline has more than ${MAX_DESTINATIONS} destinations`);
    }
  }
  return undefined;
}

/** False as soon as the budget is spent, so that counting does not take what it is there to prevent. */
function fits(receivers: readonly Receiver[], signal: OtelSignal, budget: { steps: number }): boolean {
  return receivers.every((receiver) =>
    nodesOf(receiver, signal).every((node) => {
      if (--budget.steps < 0) return false;
      return !('next' in node) || fits(node.next(), signal, budget);
    }),
  );
}

function nodesOf(receiver: Receiver, signal: OtelSignal) {
  return receiver.signal === 'otel' ? receiver[signal]() : receiver.nodes();
}
