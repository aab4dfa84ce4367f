/**
 * Table `agent`: the agent with prometheus.exporter.unix, prometheus.scrape and prometheus.remote_write, as a bundle and as
 * an executable, beside node_exporter (the same collectors) and vmagent; all scrape this machine and send to the same
 * sink at once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { FS_TYPES_EXCLUDE, MOUNT_POINTS_EXCLUDE } from '../agent-lite/exporters/unix/arguments.ts';
import { COLLECTORS } from '../agent-lite/exporters/unix/collectors.ts';
import { TestAgent } from '../test/support/agent.ts';
import { agentExecutable } from '../test/support/agent-executable.ts';
import { startNodeExporter, startVmagent } from '../test/support/peers.ts';
import { cpuSeconds, memory, processTree, sum } from './processes.ts';
import { Running } from './running.ts';
import { Sink } from './sink.ts';
import type { Row, RunOptions, Table } from './table.ts';

const SCRAPE_INTERVAL_SECONDS = 5;
/** Start-up costs once; what is measured is how a host lives with it. */
const WARM_UP_SECONDS = 20;
const MEGABYTE = 1024 * 1024;

export const agentTable: Table = {
  name: 'agent',
  title: 'Agent, and node_exporter + vmagent: one host',
  bundles: ['agent-lite'],
  run: runAgent,
};

async function runAgent({ seconds, progress }: RunOptions): Promise<readonly Row[]> {
  const running = new Running();
  const names = [...COLLECTORS.keys()];
  try {
    const sink = running.keep(await Sink.start());
    const nodeExporter = running.keep(
      await startNodeExporter({
        flags: [
          '--collector.disable-defaults',
          '--web.disable-exporter-metrics',
          ...names.map((name) => `--collector.${name}`),
          // Upstream's defaults and Alloy's, where Debian's differ, so that both expose the same series.
          '--no-collector.cpu.guest',
          '--collector.netdev.device-exclude=',
          '--collector.textfile.directory=',
          `--collector.filesystem.mount-points-exclude=${MOUNT_POINTS_EXCLUDE}`,
          `--collector.filesystem.fs-types-exclude=${FS_TYPES_EXCLUDE}`,
        ],
      }),
    );
    const vmagent = running.keep(
      await startVmagent({
        config: scrapeConfig(nodeExporter.address),
        flags: [`-remoteWrite.url=${sink.url}/peer`],
      }),
    );
    const executable = await agentExecutable(progress);
    const agent = running.keep(await TestAgent.start(agentConfig(`${sink.url}/ours`)));
    const alone = running.keep(await TestAgent.start(agentConfig(`${sink.url}/executable`), { executable }));
    progress(`warming up for ${WARM_UP_SECONDS} s, then measuring for ${seconds} s`);
    await sleep(WARM_UP_SECONDS * 1000);
    const sides = [
      startMeasuring([agent.pid], sink, '/ours'),
      startMeasuring([alone.pid], sink, '/executable'),
      startMeasuring([nodeExporter.pid, vmagent.pid], sink, '/peer'),
    ];
    await sleep(seconds * 1000);
    const [bundle, single, peer] = sides.map((stop) => stop()) as [Measured, Measured, Measured];
    const scrapes = seconds / SCRAPE_INTERVAL_SECONDS;
    progress(`samples meanwhile: agent ${bundle.samples}, executable ${single.samples}, vmagent ${peer.samples}`);
    for (const { samples } of [bundle, single]) checkSameJob(samples, peer.samples, scrapes);
    return [...rows('', bundle, peer, scrapes), ...rows('executable_', single, peer, scrapes)];
  } finally {
    await running.stop();
  }
}

function rows(prefix: string, ours: Measured, peer: Measured, scrapes: number): readonly Row[] {
  const what = `${prefix === '' ? 'agent' : 'agent as an executable'} | node_exporter + vmagent`;
  const row = (name: string, unit: string, value: (of: Measured) => number): Row => {
    return { name: `${prefix}${name}`, ours: value(ours), peer: value(peer), unit, what };
  };
  return [
    row('rss', 'MiB', ({ residentBytes }) => residentBytes / MEGABYTE),
    row('rss_anonymous', 'MiB', ({ anonymousBytes }) => anonymousBytes / MEGABYTE),
    row('cpu', 'ms CPU per scrape', ({ cpuSeconds }) => (cpuSeconds / scrapes) * 1000),
  ];
}

/** The last scrape before the start or the end may still be on its way on one side only. */
function checkSameJob(ours: number, peer: number, scrapes: number): void {
  const one = peer / scrapes;
  if (peer > 0 && Math.abs(ours - peer) <= 1.5 * one) return;
  throw new Error(`not the same job: ${ours} samples of the agent arrived, and ${peer} of vmagent`);
}

interface Measured {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly anonymousBytes: number;
  readonly samples: number;
}

/** Starts the clock; the function it returns stops it. */
function startMeasuring(roots: readonly number[], sink: Sink, path: string): () => Measured {
  const pids = roots.flatMap(processTree);
  const cpuBefore = sum(pids.map(cpuSeconds));
  const samplesBefore = sink.items(path);
  return () => {
    const memories = pids.map(memory);
    return {
      cpuSeconds: sum(pids.map(cpuSeconds)) - cpuBefore,
      residentBytes: sum(memories.map((each) => each.residentBytes)),
      anonymousBytes: sum(memories.map((each) => each.anonymousBytes)),
      samples: sink.items(path) - samplesBefore,
    };
  };
}

function scrapeConfig(address: string): string {
  return `
global: { scrape_interval: ${SCRAPE_INTERVAL_SECONDS}s }
scrape_configs:
  - job_name: node
    static_configs: [{ targets: ['${address}'] }]
`;
}

function agentConfig(url: string): string {
  return `
prometheus.exporter.unix "host" { }

prometheus.scrape "host" {
  targets         = prometheus.exporter.unix.host.targets
  scrape_interval = "${SCRAPE_INTERVAL_SECONDS}s"
  scrape_timeout  = "${SCRAPE_INTERVAL_SECONDS}s"
  forward_to      = [prometheus.remote_write.sink.receiver]
}

prometheus.remote_write "sink" {
  endpoint {
    url = "${url}"
  }
}
`;
}
