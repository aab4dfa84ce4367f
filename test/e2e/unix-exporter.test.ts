/**
 * prometheus.exporter.unix beside the real node_exporter: on this machine at the same moment, and on the small host of
 * the unit tests, where every value must be the same.
 */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { FS_TYPES_EXCLUDE, MOUNT_POINTS_EXCLUDE } from '../../agent-lite/exporters/unix/arguments.ts';
import { COLLECTORS } from '../../agent-lite/exporters/unix/collectors.ts';
import { type ReadFamily, readFamilies } from '../../agent-lite/exporters/unix/testing.ts';
import { TestAgent } from '../support/agent.ts';
import { requirePeer, startNodeExporter } from '../support/peers.ts';
import { waitUntil } from '../support/wait-until.ts';

const HOST = join(import.meta.dirname, '../../agent-lite/exporters/unix/testdata/host');
const NAMES = [...COLLECTORS.keys()];

/** Debian changes some of node_exporter's defaults; these are upstream's, and the agent's. */
const UPSTREAM_DEFAULTS = [
  '--collector.netdev.device-exclude=',
  `--collector.filesystem.mount-points-exclude=${MOUNT_POINTS_EXCLUDE}`,
  `--collector.filesystem.fs-types-exclude=${FS_TYPES_EXCLUDE}`,
];

/** They say who makes the metrics and how long it took. */
const ABOUT_THE_EXPORTER = /^(node_exporter_build_info|node_scrape_collector_duration_seconds|promhttp_.*)$/;

type Families = Map<string, ReadFamily>;

/** `body`: of the block prometheus.exporter.unix in the agent's configuration. */
async function compare(flags: readonly string[], body: string): Promise<{ ours: Families; theirs: Families }> {
  const nodeExporter = await startNodeExporter({
    flags: [
      '--collector.disable-defaults',
      '--web.disable-exporter-metrics',
      ...NAMES.map((name) => `--collector.${name}`),
      ...UPSTREAM_DEFAULTS,
      ...flags,
    ],
  });
  const agent = await TestAgent.start(`prometheus.exporter.unix "host" {\n${body}\n}\n`);
  try {
    const read = async () => ({
      before: await families(`${nodeExporter.url}/metrics`),
      ours: await families(`${agent.url}/api/v0/component/prometheus.exporter.unix.host/metrics`),
      theirs: await families(`${nodeExporter.url}/metrics`),
    });
    // Mounts and interfaces of others come and go on this machine.
    return await waitUntil('the machine stands still for a moment', async () => {
      const found = await read();
      return isDeepStrictEqual(standing(found.before), standing(found.theirs)) && found;
    });
  } finally {
    await agent.stop();
    await nodeExporter.stop();
  }
}

async function families(url: string): Promise<Families> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return relevant(new Uint8Array(await response.arrayBuffer()));
}

function relevant(text: Uint8Array): Families {
  const families = readFamilies(text);
  for (const name of families.keys()) if (ABOUT_THE_EXPORTER.test(name)) families.delete(name);
  return families;
}

/** Names, types, help texts and label sets, without values. */
function shape(families: Families): object {
  const entries = [...families].map(([name, { help, type, samples }]) => [
    name,
    { help, type, labels: [...samples.keys()].sort() },
  ]);
  return Object.fromEntries(entries.sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)));
}

/** What is compared one by one further down: the shape, and the sizes of file systems. */
function standing(families: Families): object {
  return [shape(families), families.get('node_filesystem_size_bytes')];
}

const value = (families: Families, name: string, labels = '') => families.get(name)?.samples.get(labels);

describe.skipIf(!requirePeer('prometheus-node-exporter'))('prometheus.exporter.unix and node_exporter', () => {
  it('have the same names, types, help texts and label sets on this machine, and the same values where they stand still', async () => {
    const { ours, theirs } = await compare(['--collector.textfile.directory='], 'cpu {\n  guest = true\n}');
    expect(theirs.size).toBeGreaterThan(100);
    expect(shape(ours)).toEqual(shape(theirs));
    for (const name of ['node_memory_MemTotal_bytes', 'node_boot_time_seconds', 'node_filefd_maximum']) {
      expect(value(ours, name)).toBe(value(theirs, name));
    }
    expect(ours.get('node_filesystem_size_bytes')).toEqual(theirs.get('node_filesystem_size_bytes'));
    expect(ours.get('node_uname_info')).toEqual(theirs.get('node_uname_info'));
    expect(ours.get('node_scrape_collector_success')).toEqual(theirs.get('node_scrape_collector_success'));
    // Counted on both sides within one moment of each other.
    const sum = (families: Families, name: string) =>
      [...(families.get(name)?.samples.values() ?? [])].reduce((total, each) => total + each, 0);
    for (const name of ['node_cpu_seconds_total', 'node_context_switches_total', 'node_time_seconds']) {
      const ratio = sum(ours, name) / sum(theirs, name);
      expect(ratio).toBeGreaterThan(0.95);
      expect(ratio).toBeLessThan(1.05);
    }
  });

  it('have the same values on the same files', async () => {
    const { ours, theirs } = await compare(
      [
        '--no-collector.netdev.netlink',
        '--collector.cpu.info',
        '--collector.cpu.info.flags-include=^(aes|avx)$',
        '--collector.cpu.info.bugs-include=melt',
        `--collector.textfile.directory=${HOST}/textfile`,
        `--path.procfs=${HOST}/proc`,
        `--path.sysfs=${HOST}/sys`,
        `--path.rootfs=${HOST}/root`,
        `--path.udev.data=${HOST}/udev`,
      ],
      `
        procfs_path    = "${HOST}/proc"
        sysfs_path     = "${HOST}/sys"
        rootfs_path    = "${HOST}/root"
        udev_data_path = "${HOST}/udev"
        textfile {
          directory = "${HOST}/textfile"
        }
        cpu {
          guest         = true
          info          = true
          flags_include = "^(aes|avx)$"
          bugs_include  = "melt"
        }
      `,
    );
    // node_exporter has it from netlink only, the agent from sysfs; free space and time go on.
    ours.delete('node_network_receive_nohandler_total');
    for (const moving of ['node_time_seconds', 'node_filesystem_free_bytes', 'node_filesystem_avail_bytes']) {
      const [mine = new Map(), other = new Map()] = [ours, theirs].map((all) => all.get(moving)?.samples);
      expect([...mine.keys()].sort()).toEqual([...other.keys()].sort());
      for (const [labels, found] of other)
        expect(Math.abs((mine.get(labels) ?? 0) - found)).toBeLessThanOrEqual(found / 20);
      ours.delete(moving);
      theirs.delete(moving);
    }
    expect(theirs.size).toBeGreaterThan(150);
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(theirs));
  });
});
