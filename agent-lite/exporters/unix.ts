/** prometheus.exporter.unix: this host's metrics under node_exporter's names, made in this process. */
import { type Component, defineComponent } from '../../core/alloy/component.ts';
import type { HostContext } from '../context.ts';
import { exporterTargets } from './targets.ts';
import { type UnixArguments, unixSchema } from './unix/arguments.ts';
import { UnixExporter } from './unix/exporter.ts';

class UnixComponent implements Component<UnixArguments> {
  readonly #context: HostContext;
  #exporter: UnixExporter;

  constructor(context: HostContext, args: UnixArguments) {
    this.#context = context;
    this.#exporter = new UnixExporter(context, args);
    context.hostExporter({ collect: () => this.#exporter.collect() });
  }

  update(args: UnixArguments): void {
    this.#exporter = new UnixExporter(this.#context, args);
  }

  exports() {
    return { targets: exporterTargets(this.#context, 'unix') };
  }

  debugInfo() {
    return { collectors: this.#exporter.collectors };
  }
}

export const prometheusExporterUnix = defineComponent({
  name: 'prometheus.exporter.unix',
  summary: "Exposes this host's hardware and kernel metrics under node_exporter's names.",
  stability: 'generally-available',
  sides: ['host'],
  schema: unixSchema,
  exports: { targets: 'list(map(string))' },
  create: (context: HostContext, args: UnixArguments) => new UnixComponent(context, args),
});
