/** The answer of `explain`, as a schema: the shape of core/simulate/json.ts. */
import * as v from 'valibot';
import { count } from './shapes.ts';

const stateShape = v.object({
  labels: v.record(v.string(), v.string()),
  value: v.optional(v.string()),
  line: v.optional(v.string()),
  metadata: v.optional(v.record(v.string(), v.string())),
  timestampNs: v.optional(v.string()),
});

const stepShape = v.object({
  path: v.pipe(v.string(), v.description('the block: `rule[1]`')),
  filename: v.string(),
  line: v.pipe(count, v.description('in the pipeline')),
  action: v.string(),
  source: v.optional(v.string()),
  matched: v.optional(v.boolean()),
  pattern: v.optional(v.string()),
  changes: v.array(
    v.object({
      what: v.picklist(['label', 'extracted', 'metadata', 'line', 'timestamp']),
      name: v.string(),
      before: v.optional(v.string()),
      after: v.optional(v.string()),
    }),
  ),
  outcome: v.picklist(['passed', 'dropped', 'held', 'split']),
  reason: v.optional(v.string()),
});

const hopEntries = {
  componentId: v.string(),
  kind: v.picklist(['transform', 'destination', 'stand_in', 'consumer']),
  destination: v.optional(v.string()),
  url: v.optional(v.string()),
  before: stateShape,
  steps: v.array(stepShape),
  end: v.pipe(
    v.optional(
      v.object({
        outcome: v.picklist(['dropped', 'held', 'no_receiver', 'refused']),
        reason: v.string(),
        step: v.optional(stepShape),
      }),
    ),
    v.description('where nothing comes out'),
  ),
};

type HopShape = v.GenericSchema<unknown>;

/** One component, and what follows it for each item that comes out of it. */
export const hopShape: HopShape = v.object({
  ...hopEntries,
  results: v.array(v.object({ after: stateShape, next: v.array(v.lazy(() => hopShape)) })),
});

export const explanationShape = v.object({
  version: v.pipe(count, v.description('of the pipeline')),
  signal: v.picklist(['metrics', 'logs', 'targets']),
  items: v.array(
    v.object({
      number: count,
      input: v.nullable(stateShape),
      ways: v.array(v.object({ from: v.array(v.string()), hops: v.array(hopShape) })),
    }),
  ),
});
