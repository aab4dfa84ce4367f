/** A simulation as JSON: labels as objects, times in nanoseconds as text. The shape is that of trace.ts. */
import type { Labels } from '../labels/labels.ts';
import type { Hop, ItemState, Simulation } from './trace.ts';

export function simulationJson({ signal, traces }: Simulation): unknown {
  return {
    signal,
    items: traces.map(({ number, input, ways }) => ({
      number,
      input: input === undefined ? null : stateJson(input),
      ways: ways.map(({ from, hops }) => ({ from, hops: hops.map(hopJson) })),
    })),
  };
}

function hopJson({ componentId, kind, destination, url, before, steps, results, end }: Hop): unknown {
  return {
    componentId,
    kind,
    destination,
    url,
    before: stateJson(before),
    steps,
    results: results.map(({ state, next }) => ({ after: stateJson(state), next: next.map(hopJson) })),
    end,
  };
}

function stateJson({ labels, metadata, timestampNs, ...rest }: ItemState): unknown {
  return {
    labels: record(labels),
    ...rest,
    ...(metadata === undefined ? {} : { metadata: record(metadata) }),
    ...(timestampNs === undefined ? {} : { timestampNs: String(timestampNs) }),
  };
}

function record(labels: Labels): Readonly<Record<string, string>> {
  return Object.fromEntries(labels.map(({ name, value }) => [name, value]));
}
