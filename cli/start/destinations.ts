/**
 * Where the data of this machine goes: metrics to a `prometheus` or `victoria-metrics` of the PATH, everything else, and
 * metrics where neither is there, to the built-in receiver.
 */
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { ChildSpec } from './children.ts';
import type { StateFolder } from './state-folder.ts';

export const HOST = '127.0.0.1';

export interface MetricsDestination {
  /** For people. */
  readonly title: string;
  /** Name of its component in the pipeline. */
  readonly label: string;
  readonly writeUrl: string;
  readonly readyUrl: string;
  /** Of Prometheus' query API; the receiver has none. */
  readonly queryUrl?: string;
  /** What a person opens. */
  readonly pageUrl: string;
  /** Absent for the receiver, which is started anyway. */
  readonly child?: ChildSpec;
}

export function findOnPath(names: readonly string[], path = process.env.PATH ?? ''): string | undefined {
  for (const name of names) {
    for (const folder of path.split(delimiter)) {
      const file = join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not here.
      }
    }
  }
  return undefined;
}

export interface MetricsCommands {
  readonly prometheus?: string | undefined;
  readonly victoriaMetrics?: string | undefined;
}

export function findMetricsCommands(): MetricsCommands {
  return {
    prometheus: findOnPath(['prometheus']),
    victoriaMetrics: findOnPath(['victoria-metrics', 'victoria-metrics-prod']),
  };
}

export function metricsDestination(
  commands: MetricsCommands,
  port: number,
  receiverUrl: string,
  state: StateFolder,
): MetricsDestination {
  const url = `http://${HOST}:${port}`;
  if (commands.prometheus) return prometheus(commands.prometheus, url, state);
  if (commands.victoriaMetrics) return victoriaMetrics(commands.victoriaMetrics, url, state);
  return {
    title: 'receiver',
    label: 'receiver',
    writeUrl: `${receiverUrl}/api/v1/push`,
    readyUrl: `${receiverUrl}/-/ready`,
    pageUrl: `${receiverUrl}/`,
  };
}

function prometheus(command: string, url: string, state: StateFolder): MetricsDestination {
  const folder = state.file('prometheus');
  mkdirSync(folder, { recursive: true });
  // It scrapes nothing: all it has was pushed. What waited in an outbox may be older than what its neighbours sent since.
  writeFileSync(
    join(folder, 'prometheus.yml'),
    'global: {}\nscrape_configs: []\nstorage:\n  tsdb:\n    out_of_order_time_window: 1h\n',
  );
  return {
    title: 'Prometheus',
    label: 'prometheus',
    writeUrl: `${url}/api/v1/write`,
    readyUrl: `${url}/-/ready`,
    queryUrl: `${url}/api/v1/query`,
    pageUrl: `${url}/graph?g0.expr=node_load1&g0.tab=0&g0.range_input=15m`,
    child: {
      name: 'prometheus',
      command,
      args: [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        '--storage.tsdb.retention.time=7d',
        '--web.enable-remote-write-receiver',
        `--web.listen-address=${new URL(url).host}`,
        '--log.level=warn',
      ],
    },
  };
}

function victoriaMetrics(command: string, url: string, state: StateFolder): MetricsDestination {
  return {
    title: 'VictoriaMetrics',
    label: 'victoria_metrics',
    writeUrl: `${url}/api/v1/write`,
    readyUrl: `${url}/health`,
    queryUrl: `${url}/api/v1/query`,
    pageUrl: `${url}/vmui/?g0.expr=node_load1`,
    child: {
      name: 'victoria-metrics',
      command,
      args: [
        `-storageDataPath=${state.file('victoria-metrics')}`,
        `-httpListenAddr=${new URL(url).host}`,
        '-retentionPeriod=7d',
        // A first look wants to see the newest sample, not the one of half a minute ago.
        '-search.latencyOffset=1s',
        '-loggerLevel=WARN',
      ],
    },
  };
}
