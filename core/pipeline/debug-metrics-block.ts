/** The block `debug_metrics` that every otelcol component takes. */
import { block, body, t, withDefault } from '../alloy/schema.ts';

export const debugMetricsBlock = block(
  body({
    disable_high_cardinality_metrics: withDefault(t.bool, true, { doc: 'Leave out metrics that have many series.' }),
    level: withDefault(t.string, 'detailed', { doc: 'How much the metrics tell.' }),
  }),
  { doc: "The component's own metrics." },
);
