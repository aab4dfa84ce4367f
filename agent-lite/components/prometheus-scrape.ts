/** `prometheus.scrape`: collects metrics from targets over HTTP, or directly from exporters of this process. */
import { ArgumentError, type Component, defineComponent, type StopSignal } from '../../core/alloy/component.ts';
import { block, body, type Decoded, optional, required, t, withDefault } from '../../core/alloy/schema.ts';
import { contents, metricsReceiver } from '../../core/pipeline/capsules.ts';
import { checkAuthentication, httpClientFields } from '../../core/pipeline/http-client-blocks.ts';
import { graphChanged, type MetricsReceiver } from '../../core/pipeline/nodes.ts';
import { refuseUnsupported } from '../../core/pipeline/unsupported.ts';
import type { HostContext, MetricsWriter } from '../context.ts';
import { clientHeaders } from '../runtime/client-headers.ts';
import { HttpAgents } from '../runtime/http-request.ts';
import { acceptHeader, PROTOBUF_FIRST_PROTOCOLS, SCRAPE_PROTOCOLS } from '../scrape/fetch.ts';
import type { ScrapeSettings } from '../scrape/loop.ts';
import { ScrapePool } from '../scrape/pool.ts';
import { resolveTarget, type ScrapeTarget, TargetError } from '../scrape/target.ts';
import { USER_AGENT } from '../version.ts';

const schema = body({
  targets: required(t.targets, { doc: 'What to scrape.' }),
  forward_to: required(t.list(metricsReceiver), { doc: 'Receivers of the samples.' }),
  job_name: optional(t.string, { doc: 'The job label where a target has none; by default the component id.' }),
  scrape_interval: withDefault(t.duration, 60_000, { text: '60s', doc: 'How often to scrape.' }),
  scrape_timeout: withDefault(t.duration, 10_000, { text: '10s', doc: 'How long a scrape may take.' }),
  metrics_path: withDefault(t.string, '/metrics', { doc: 'Path of the metrics, where a target has none of its own.' }),
  scheme: withDefault(t.string, 'http', { doc: 'http or https, where a target has none of its own.' }),
  params: optional(t.map(t.list(t.string)), { doc: 'Query parameters.' }),
  honor_labels: withDefault(t.bool, false, { doc: 'Labels of the target win over labels of its discovery.' }),
  honor_timestamps: withDefault(t.bool, true, { doc: 'Keep timestamps that a target sends.' }),
  honor_metadata: optional(t.bool, {
    doc: 'Send type, help and unit along with the samples. Unless it is false they are sent; Alloy’s default is false.',
  }),
  track_timestamps_staleness: withDefault(t.bool, false, {
    doc: 'Mark the end of series with timestamps of their own.',
  }),
  extra_metrics: withDefault(t.bool, false, { doc: 'Also write scrape_timeout_seconds and the like.' }),
  enable_compression: withDefault(t.bool, true, { doc: 'Ask for compressed answers.' }),
  body_size_limit: withDefault(t.size, 0, { doc: 'Bytes, uncompressed; 0 means no limit.' }),
  sample_limit: withDefault(t.uint, 0, { doc: 'Samples in a scrape; 0 means no limit.' }),
  target_limit: withDefault(t.uint, 0, { doc: 'Targets; 0 means no limit.' }),
  label_limit: withDefault(t.uint, 0, { doc: 'Labels of a sample; 0 means no limit.' }),
  label_name_length_limit: withDefault(t.uint, 0, { doc: 'Bytes of a label name; 0 means no limit.' }),
  label_value_length_limit: withDefault(t.uint, 0, { doc: 'Bytes of a label value; 0 means no limit.' }),
  scrape_protocols: withDefault(t.list(t.string), SCRAPE_PROTOCOLS, {
    doc: 'Formats to ask for, the preferred first.',
  }),
  scrape_fallback_protocol: withDefault(t.string, 'PrometheusText0_0_4', {
    doc: 'The format of an answer that does not name one.',
  }),
  metric_name_escaping_scheme: withDefault(t.string, 'underscores', {
    doc: 'How names beyond the old characters are asked for.',
  }),
  metric_name_validation_scheme: withDefault(t.string, 'legacy', {
    doc: 'Which names of metrics and labels are valid.',
  }),
  convert_classic_histograms_to_nhcb: withDefault(t.bool, false, {
    doc: 'Turn histograms into native ones with custom buckets.',
  }),
  start_timestamp_zero_ingestion: withDefault(t.bool, false, { doc: 'Write a zero at the time a counter began.' }),
  enable_protobuf_negotiation: withDefault(t.bool, false, { doc: 'Deprecated: as scrape_native_histograms.' }),
  enable_type_and_unit_labels: withDefault(t.bool, false, { doc: 'Add labels of the type and the unit.' }),
  native_histogram_bucket_limit: withDefault(t.uint, 0, { doc: 'Buckets of a native histogram; 0 means no limit.' }),
  native_histogram_min_bucket_factor: withDefault(t.float, 0, { doc: 'Merge buckets until they grow by this factor.' }),
  scrape_classic_histograms: withDefault(t.bool, false, { doc: 'Scrape classic histograms beside native ones.' }),
  scrape_native_histograms: withDefault(t.bool, false, {
    doc: 'Scrape native histograms; asks for protobuf first where scrape_protocols is not set.',
  }),
  scrape_failure_log_file: withDefault(t.string, '', { doc: 'File to log failed scrapes to.' }),
  clustering: block(body({ enabled: required(t.bool, { doc: 'Share them.' }) }), {
    doc: 'Share the targets among agents. There is no cluster here: as in an Alloy that is in none, all are scraped.',
  }),
  ...httpClientFields,
});

const UNSUPPORTED = [
  'convert_classic_histograms_to_nhcb',
  'start_timestamp_zero_ingestion',
  'enable_type_and_unit_labels',
  'native_histogram_bucket_limit',
  'native_histogram_min_bucket_factor',
  'scrape_failure_log_file',
  'metric_name_escaping_scheme',
  'metric_name_validation_scheme',
] as const;

type Arguments = Decoded<typeof schema>;

class PrometheusScrape implements Component<Arguments> {
  readonly #context: HostContext;
  readonly #writer: MetricsWriter;
  readonly #agents = new HttpAgents();
  readonly #pool: ScrapePool;
  #forwardTo: readonly MetricsReceiver[] = [];
  #settings: ScrapeSettings;
  #honorMetadata = true;
  #refusedTargets: readonly string[] = [];

  constructor(context: HostContext, args: Arguments) {
    this.#context = context;
    this.#settings = toSettings(args);
    this.#writer = context.openMetrics(() => this.#forwardTo);
    const { clock, logger, componentId, telemetry } = context;
    this.#pool = new ScrapePool({
      clock,
      logger,
      agents: this.#agents,
      settings: () => this.#settings,
      inProcess: ({ scheme, address, path }) => {
        const exporter = context.findExporter(scheme, address, path);
        return exporter === undefined ? undefined : () => exporter.collect();
      },
      write: (batch) => this.#writer.write(batch),
      metadataIntervalMs: () => (this.#honorMetadata ? this.#writer.metadataIntervalMs() : undefined),
    });
    const help = 'Number of targets this component scrapes.';
    const targets = () => this.#pool.loops.length;
    telemetry.observe(
      'prometheus_scrape_targets_gauge',
      help,
      'gauge',
      targets,
      { component_id: componentId },
      componentId,
    );
    this.update(args);
  }

  update(args: Arguments): void {
    const settings = toSettings(args);
    const targets = this.#resolveTargets(args);
    this.#settings = settings;
    this.#honorMetadata = args.honor_metadata ?? true;
    this.#forwardTo = contents(args.forward_to);
    graphChanged();
    this.#pool.setTargets(targets);
  }

  exports() {
    return {};
  }

  async run(signal: StopSignal): Promise<void> {
    await this.#pool.run(signal);
    this.#agents.close();
  }

  health() {
    if (this.#refusedTargets.length === 0) return { state: 'healthy', message: '' } as const;
    return { state: 'unhealthy', message: this.#refusedTargets.join('; ') } as const;
  }

  debugInfo() {
    const targets = this.#pool.loops.map(({ target, state }) => ({
      url: target.url,
      labels: Object.fromEntries(target.labels.map(({ name, value }) => [name, value])),
      ...(state === undefined ? { health: 'unknown' } : { health: state.error === '' ? 'up' : 'down', ...state }),
    }));
    return { targets };
  }

  /** One bad target is no reason to scrape none: it is left out and told. */
  #resolveTargets(args: Arguments): ScrapeTarget[] {
    const defaults = {
      job: args.job_name ?? this.#context.componentId,
      scheme: args.scheme,
      metricsPath: args.metrics_path,
      params: args.params ?? {},
    };
    const refused: string[] = [];
    const targets: ScrapeTarget[] = [];
    for (const discovered of args.targets) {
      try {
        targets.push(resolveTarget(discovered, defaults));
      } catch (error) {
        if (!(error instanceof TargetError)) throw error;
        refused.push(error.message);
      }
    }
    if (args.target_limit > 0 && targets.length > args.target_limit) {
      refused.push(
        `target_limit exceeded: ${targets.length} targets, the limit is ${args.target_limit}; none is scraped`,
      );
      targets.length = 0;
    }
    this.#refusedTargets = refused;
    for (const message of refused) this.#context.logger.warn('target refused', { err: message });
    return targets;
  }
}

/** What is refused whatever machine this runs on. */
function checkArguments(args: Arguments): void {
  checkAuthentication(args, '');
  refuseUnsupported(args, schema, UNSUPPORTED);
  if (args.scrape_interval <= 0) throw new ArgumentError('scrape_interval', 'must be greater than 0');
  if (args.scrape_timeout <= 0) throw new ArgumentError('scrape_timeout', 'must be greater than 0');
  if (args.scrape_timeout > args.scrape_interval) {
    throw new ArgumentError(
      'scrape_timeout',
      `scrape_timeout (${args.scrape_timeout / 1000}s) greater than scrape_interval (${args.scrape_interval / 1000}s)`,
    );
  }
  if (args.scheme !== 'http' && args.scheme !== 'https') {
    throw new ArgumentError('scheme', `must be "http" or "https", not ${JSON.stringify(args.scheme)}`);
  }
  checkProtocols(args);
}

function toSettings(args: Arguments): ScrapeSettings {
  checkArguments(args);
  return {
    intervalMs: args.scrape_interval,
    timeoutMs: args.scrape_timeout,
    extraMetrics: args.extra_metrics,
    compression: args.enable_compression,
    bodySizeLimit: args.body_size_limit,
    accept: acceptHeader(protocolsOf(args)),
    fallback: args.scrape_fallback_protocol.startsWith('OpenMetrics') ? 'openmetrics' : 'text',
    followRedirects: args.follow_redirects,
    headers: clientHeaders(args),
    userAgent: USER_AGENT,
    honorLabels: args.honor_labels,
    honorTimestamps: args.honor_timestamps,
    trackTimestampsStaleness: args.track_timestamps_staleness,
    sampleLimit: args.sample_limit,
    labelLimit: args.label_limit,
    labelNameLengthLimit: args.label_name_length_limit,
    labelValueLengthLimit: args.label_value_length_limit,
    nativeHistograms: wantsNativeHistograms(args),
    classicHistograms: args.scrape_classic_histograms,
  };
}

function wantsNativeHistograms(args: Arguments): boolean {
  return args.scrape_native_histograms || args.enable_protobuf_negotiation;
}

/** Who wants native histograms and names no protocols asks for protobuf first, as in Alloy. */
function protocolsOf(args: Arguments): readonly string[] {
  return wantsNativeHistograms(args) && isDefault(args.scrape_protocols)
    ? PROTOBUF_FIRST_PROTOCOLS
    : args.scrape_protocols;
}

function isDefault(protocols: readonly string[]): boolean {
  return protocols.join() === SCRAPE_PROTOCOLS.join();
}

function checkProtocols(args: Arguments): void {
  for (const protocol of args.scrape_protocols) {
    if (!PROTOBUF_FIRST_PROTOCOLS.includes(protocol)) {
      throw new ArgumentError(
        'scrape_protocols',
        `unknown protocol "${protocol}"; known are ${PROTOBUF_FIRST_PROTOCOLS.join(', ')}`,
      );
    }
  }
  if (args.scrape_protocols.length === 0)
    throw new ArgumentError('scrape_protocols', 'must name at least one protocol');
  if (new Set(args.scrape_protocols).size < args.scrape_protocols.length) {
    throw new ArgumentError('scrape_protocols', 'a protocol is named twice');
  }
  if (args.enable_protobuf_negotiation && !isDefault(args.scrape_protocols)) {
    const message = 'both enable_protobuf_negotiation and scrape_protocols are set, only one can be set at a time';
    throw new ArgumentError('enable_protobuf_negotiation', message);
  }
  if (args.scrape_native_histograms && !protocolsOf(args).includes('PrometheusProto')) {
    const message = 'scrape_native_histograms is set to true, but PrometheusProto is not in scrape_protocols';
    throw new ArgumentError('scrape_native_histograms', message);
  }
}

export const prometheusScrape = defineComponent<typeof schema, HostContext>({
  name: 'prometheus.scrape',
  summary: 'Scrapes metrics from targets.',
  stability: 'generally-available',
  sides: ['host'],
  schema,
  exports: {},
  validate: checkArguments,
  create: (context, args) => new PrometheusScrape(context, args),
});
