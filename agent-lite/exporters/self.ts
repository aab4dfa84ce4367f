/** prometheus.exporter.self: the agent's own metrics. */
import { type Component, defineComponent } from '../../core/alloy/component.ts';
import { body, type Decoded } from '../../core/alloy/schema.ts';
import { encodeUtf8 } from '../../core/bytes/utf8.ts';
import type { HostContext } from '../context.ts';
import { registerBuildInfo, registerProcessMetrics } from './process-metrics.ts';
import { exporterTargets } from './targets.ts';

const schema = body({});
type Arguments = Decoded<typeof schema>;

class SelfComponent implements Component<Arguments> {
  readonly #context: HostContext;

  constructor(context: HostContext) {
    this.#context = context;
    registerBuildInfo(context.telemetry);
    registerProcessMetrics(context.telemetry);
    context.hostExporter({ collect: () => encodeUtf8(context.telemetry.expose()) });
  }

  update(): void {}

  exports() {
    return { targets: exporterTargets(this.#context, 'self') };
  }
}

export const prometheusExporterSelf = defineComponent({
  name: 'prometheus.exporter.self',
  summary: "Exposes the agent's own metrics.",
  stability: 'generally-available',
  sides: ['host'],
  schema,
  exports: { targets: 'list(map(string))' },
  create: (context: HostContext, _args: Arguments) => new SelfComponent(context),
});
