/** Runs the collectors one after the other into one text, each timed and none able to stop the others. */
import { arch } from 'node:os';
import { encodeUtf8 } from '../../../core/bytes/utf8.ts';
import { VERSION } from '../../../core/version.ts';
import type { Exporter } from '../../context.ts';
import { Telemetry } from '../../telemetry/metrics.ts';
import { Family, MetricText } from '../metric-text.ts';
import { registerProcessMetrics } from '../process-metrics.ts';
import type { UnixArguments } from './arguments.ts';
import { type Collector, type CollectorSetup, NoDataError } from './collector.ts';
import { COLLECTORS, selectCollectors } from './collectors.ts';
import { HostFiles } from './host-files.ts';

const DURATION = new Family(
  'node_scrape_collector_duration_seconds',
  'node_exporter: Duration of a collector scrape.',
  'gauge',
  ['collector'],
);
const SUCCESS = new Family('node_scrape_collector_success', 'node_exporter: Whether a collector succeeded.', 'gauge', [
  'collector',
]);
/** Dashboards find their hosts by this series. */
const BUILD_INFO = new Family(
  'node_exporter_build_info',
  "A metric with a constant '1' value labeled by version, goos and goarch of the agent that took node_exporter's place.",
  'gauge',
  ['goarch', 'goos', 'version'],
);

interface Run {
  readonly name: string;
  readonly collector: Collector;
  durationSeconds: number;
  success: boolean;
}

export type UnixExporterContext = Pick<CollectorSetup, 'clock' | 'logger'>;

export class UnixExporter implements Exporter {
  readonly #context: UnixExporterContext;
  readonly #runs: readonly Run[];
  /** Of this process, where include_exporter_metrics asks for them. */
  readonly #processMetrics: Telemetry | undefined;
  readonly #text = new MetricText();
  #collecting: Promise<Uint8Array> | undefined;

  /** Throws ArgumentError. */
  constructor(context: UnixExporterContext, args: UnixArguments) {
    this.#context = context;
    const files = new HostFiles({
      procfs: args.procfs_path,
      sysfs: args.sysfs_path,
      rootfs: args.rootfs_path,
      udevData: args.udev_data_path,
    });
    if (args.include_exporter_metrics) registerProcessMetrics((this.#processMetrics = new Telemetry()));
    const setup = { files, args, clock: context.clock };
    this.#runs = selectCollectors(args).map((name) => ({
      name,
      collector: COLLECTORS.get(name)!({ ...setup, logger: context.logger.with({ collector: name }) }),
      durationSeconds: 0,
      success: false,
    }));
  }

  get collectors(): readonly string[] {
    return this.#runs.map((run) => run.name);
  }

  /** Two scrapes at the same time share one text. */
  collect(): Promise<Uint8Array> {
    this.#collecting ??= this.#collect().finally(() => {
      this.#collecting = undefined;
    });
    return this.#collecting;
  }

  async #collect(): Promise<Uint8Array> {
    const text = this.#text;
    text.reset();
    text.sample(BUILD_INFO, 1, goArch(), process.platform, VERSION);
    for (const run of this.#runs) await this.#runOne(run, text);
    for (const run of this.#runs) text.sample(DURATION, run.durationSeconds, run.name);
    for (const run of this.#runs) text.sample(SUCCESS, run.success ? 1 : 0, run.name);
    if (this.#processMetrics !== undefined) text.raw(encodeUtf8(this.#processMetrics.expose()));
    return text.take();
  }

  async #runOne(run: Run, text: MetricText): Promise<void> {
    const { clock, logger } = this.#context;
    const startedMs = clock.monotonicMs();
    try {
      await run.collector.collect(text);
      run.success = true;
    } catch (error) {
      run.success = false;
      const fields = { collector: run.name, error: (error as Error).message };
      if (error instanceof NoDataError) logger.debug('collector returned no data', fields);
      else logger.error('collector failed', fields);
    }
    run.durationSeconds = (clock.monotonicMs() - startedMs) / 1000;
  }
}

function goArch(): string {
  const names: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };
  return names[arch()] ?? arch();
}
