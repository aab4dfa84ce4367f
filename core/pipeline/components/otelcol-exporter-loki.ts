/** `otelcol.exporter.loki`: makes log lines of OTLP logs and hands them to receivers of Loki's logs. */
import type { Component, ComponentContext } from '../../alloy/component.ts';
import { defineComponent } from '../../alloy/component.ts';
import type { Decoded } from '../../alloy/schema.ts';
import { body, required, t } from '../../alloy/schema.ts';
import { convertHintedLogs } from '../../wire/otlp/loki-hints.ts';
import { contents, logsReceiver, otelCapsule } from '../capsules.ts';
import type { LinesConversion } from '../nodes.ts';
import { graphChanged } from '../nodes.ts';

const schema = body({
  forward_to: required(t.list(logsReceiver), { doc: 'Receivers of the lines.' }),
});

type Arguments = Decoded<typeof schema>;

class LokiExporter implements Component<Arguments> {
  readonly #componentId: string;
  readonly #exports = { input: otelCapsule({ logs: () => this.#nodes }) };
  #nodes: readonly LinesConversion[] = [];

  constructor(componentId: string, args: Arguments) {
    this.#componentId = componentId;
    this.update(args);
  }

  update(args: Arguments): void {
    const receivers = contents(args.forward_to);
    this.#nodes = [
      {
        kind: 'conversion',
        componentId: this.#componentId,
        convert({ body }, nowNs) {
          const { streams, leftOut } = convertHintedLogs(body, nowNs);
          return { batch: { signal: 'logs', streams, marks: [] }, leftOut };
        },
        next: () => receivers,
      },
    ];
    graphChanged();
  }

  exports() {
    return this.#exports;
  }
}

export const otelcolExporterLoki = defineComponent({
  name: 'otelcol.exporter.loki',
  summary: "Makes Loki's log lines of OTLP logs, with the labels that hints choose.",
  stability: 'generally-available',
  sides: ['host', 'edge'],
  schema,
  exports: { input: 'otelcol.Consumer' },
  create: (context: ComponentContext, args) => new LokiExporter(context.componentId, args),
});
