/** What a collector of prometheus.exporter.unix is. One file each; names, labels and help texts are node_exporter's. */
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { MetricText } from '../metric-text.ts';
import type { UnixArguments } from './arguments.ts';
import type { HostFiles } from './host-files.ts';

export interface Collector {
  /** Writes its metrics. What was written before an error stays, as in node_exporter. */
  collect(out: MetricText): void | Promise<void>;
}

export interface CollectorSetup {
  readonly files: HostFiles;
  readonly args: UnixArguments;
  readonly clock: Clock;
  readonly logger: Logger;
}

export type CollectorFactory = (setup: CollectorSetup) => Collector;

/** The kernel does not offer this here (a module not loaded, a feature off): success 0, but nothing to alarm anybody. */
export class NoDataError extends Error {}
