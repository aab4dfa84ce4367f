/** The one target an exporter component exports: itself, on the agent's own HTTP server. */

import { toValue } from '../../core/alloy/to-value.ts';
import type { Value } from '../../core/alloy/value-types.ts';
import type { HostContext } from '../context.ts';

export function exporterTargets(context: HostContext, exporterName: string): Value {
  const { componentId } = context;
  return toValue([
    {
      __address__: context.listenAddress,
      __scheme__: 'http',
      __metrics_path__: `/api/v0/component/${componentId}/metrics`,
      __meta_component_name: `prometheus.exporter.${exporterName}`,
      __meta_component_id: componentId,
      job: `integrations/${exporterName}`,
      instance: context.hostname,
    },
  ]);
}
