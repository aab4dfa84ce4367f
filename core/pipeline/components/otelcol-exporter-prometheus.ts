/** `otelcol.exporter.prometheus`: makes series of OTLP metrics and hands them to receivers of Prometheus's metrics. */
import type { Component, ComponentContext } from '../../alloy/component.ts';
import { ArgumentError, defineComponent } from '../../alloy/component.ts';
import type { Decoded } from '../../alloy/schema.ts';
import { body, required, t, withDefault } from '../../alloy/schema.ts';
import type { SeriesOptions } from '../../wire/otlp/to-series.ts';
import { contents, metricsReceiver, otelCapsule } from '../capsules.ts';
import { debugMetricsBlock } from '../debug-metrics-block.ts';
import type { MetricsReceiver, SeriesConversion } from '../nodes.ts';
import { graphChanged } from '../nodes.ts';
import { convertToSeries } from '../otlp-metrics-plan.ts';
import { refuseUnsupported } from '../unsupported.ts';

const schema = body({
  forward_to: required(t.list(metricsReceiver), { doc: 'Receivers of the series.' }),
  include_target_info: withDefault(t.bool, true, { doc: "Make target_info of a resource's attributes." }),
  include_scope_info: withDefault(t.bool, false, { doc: 'Make otel_scope_info of each scope.' }),
  include_scope_labels: withDefault(t.bool, true, {
    doc: 'Add otel_scope_name, _version, _schema_url and the attributes of the scope to series.',
  }),
  gc_frequency: withDefault(t.duration, 300_000, {
    text: '5m',
    doc: 'Accepted and without effect: nothing is kept between pushes.',
  }),
  add_metric_suffixes: withDefault(t.bool, true, { doc: 'End names with their unit and with _total or _ratio.' }),
  resource_to_telemetry_conversion: withDefault(t.bool, false, {
    doc: "Add all of the resource's attributes to each series.",
  }),
  honor_metadata: withDefault(t.bool, true, {
    doc: 'Send type, unit and description along, as prometheus.scrape does here. In Alloy the default is false.',
  }),
  convert_classic_histograms_to_nhcb: withDefault(t.bool, false, {
    doc: 'Make native histograms with custom buckets of histograms with explicit bounds.',
  }),
  keep_identifying_resource_attributes: withDefault(t.bool, false, {
    doc: 'Keep service.name, service.namespace and service.instance.id on target_info.',
  }),
  start_timestamp_zero_ingestion: withDefault(t.bool, false, {
    doc: 'Only the default is accepted: start times travel with remote write 2.0 instead of as samples of zero.',
  }),
  debug_metrics: debugMetricsBlock,
});

type Arguments = Decoded<typeof schema>;

class PrometheusExporter implements Component<Arguments> {
  readonly #componentId: string;
  readonly #exports = { input: otelCapsule({ metrics: () => this.#nodes }) };
  #nodes: readonly SeriesConversion[] = [];

  constructor(componentId: string, args: Arguments) {
    this.#componentId = componentId;
    this.update(args);
  }

  update(args: Arguments): void {
    refuseUnsupported(args, schema, ['start_timestamp_zero_ingestion']);
    if (args.gc_frequency <= 0) throw new ArgumentError('gc_frequency', 'must be greater than 0');
    this.#nodes = [toConversion(this.#componentId, toOptions(args), contents(args.forward_to))];
    graphChanged();
  }

  exports() {
    return this.#exports;
  }
}

function toConversion(
  componentId: string,
  options: SeriesOptions,
  receivers: readonly MetricsReceiver[],
): SeriesConversion {
  return {
    kind: 'conversion',
    componentId,
    convert: (batch) => convertToSeries(batch, options, receivers),
    next: () => receivers,
  };
}

function toOptions(args: Arguments): SeriesOptions {
  return {
    includeTargetInfo: args.include_target_info,
    includeScopeInfo: args.include_scope_info,
    includeScopeLabels: args.include_scope_labels,
    addMetricSuffixes: args.add_metric_suffixes,
    resourceToTelemetryConversion: args.resource_to_telemetry_conversion,
    keepIdentifyingResourceAttributes: args.keep_identifying_resource_attributes,
    convertClassicHistogramsToNhcb: args.convert_classic_histograms_to_nhcb,
    honorMetadata: args.honor_metadata,
    startTimestamps: false,
  };
}

export const otelcolExporterPrometheus = defineComponent({
  name: 'otelcol.exporter.prometheus',
  summary: "Makes Prometheus's series of OTLP metrics.",
  stability: 'generally-available',
  sides: ['host', 'edge'],
  schema,
  exports: { input: 'otelcol.Consumer' },
  create: (context: ComponentContext, args) => new PrometheusExporter(context.componentId, args),
});
