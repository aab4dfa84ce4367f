/** The processor that samples whole traces. */
import { block, blocks, body, optional, required, requiredBlock, t, withDefault } from '../../core/alloy/schema.ts';
import { debugMetricsSchema, outputSchema } from './blocks/otelcol.ts';
import { andSubPolicySchema, policyFields } from './blocks/otelcol-policies.ts';
import { type DeclaredComponent, declareComponent } from './declare.ts';
import { needPositive, ruled } from './rules.ts';

export const otelcolTailSamplingComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'otelcol.processor.tail_sampling',
    summary: 'Samples whole traces by policies.',
    schema: ruled(
      body({
        decision_wait: withDefault(t.duration, 30_000, { text: '30s' }),
        decision_wait_after_root_received: withDefault(t.duration, 0, { text: '0s' }),
        num_traces: withDefault(t.uint, 50_000),
        block_on_overflow: withDefault(t.bool, false),
        expected_new_traces_per_sec: withDefault(t.uint, 0),
        sample_on_first_match: withDefault(t.bool, false),
        drop_pending_traces_on_shutdown: withDefault(t.bool, false),
        maximum_trace_size_bytes: withDefault(t.uint, 0),
        decision_cache: optional(t.map(t.int)),
        policy: blocks(
          body({
            ...policyFields,
            composite: block(
              body({
                max_total_spans_per_second: required(t.int),
                policy_order: required(t.list(t.string)),
                composite_sub_policy: blocks(
                  body({
                    ...policyFields,
                    and: block(body({ and_sub_policy: blocks(andSubPolicySchema, { required: true }) })),
                  }),
                ),
                rate_allocation: blocks(body({ policy: required(t.string), percent: required(t.int) })),
              }),
            ),
            and: block(body({ and_sub_policy: blocks(andSubPolicySchema, { required: true }) })),
            not: block(body({ not_sub_policy: requiredBlock(body(policyFields)) })),
            drop: block(body({ drop_sub_policy: blocks(andSubPolicySchema, { required: true }) })),
          }),
          { required: true },
        ),
        output: requiredBlock(outputSchema),
        debug_metrics: block(debugMetricsSchema),
      }),
      (args, path) => needPositive(args, path, 'decision_wait', 'num_traces'),
    ),
    exports: { input: 'Consumer' },
  }),
];
