/**
 * Against a small host in testdata/. test/e2e/unix-exporter.test.ts runs the real node_exporter on the same tree, so what
 * stands in expected.prom is what node_exporter says.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../core/alloy/component.ts';
import type { UnixArguments } from './arguments.ts';
import { UnixExporter } from './exporter.ts';
import { quietContext, readFamilies, unixArguments } from './testing.ts';

const HOST = join(import.meta.dirname, 'testdata/host');

/** What depends on the machine, the time or the folder this runs in. */
const VARYING =
  /^(# (HELP|TYPE) )?node_(filesystem_.*_bytes|filesystem_files|time_(seconds|zone)|uname|textfile_mtime|exporter_build|scrape_collector_duration)/;

function hostArguments(host = HOST, overrides: Partial<UnixArguments> = {}): UnixArguments {
  return unixArguments({
    procfs_path: `${host}/proc`,
    sysfs_path: `${host}/sys`,
    rootfs_path: `${host}/root`,
    udev_data_path: `${host}/udev`,
    textfile: { directory: `${host}/textfile` },
    cpu: { guest: true, info: true, flags_include: '^(aes|avx)$', bugs_include: 'melt' },
    ...overrides,
  });
}

async function collect(args: UnixArguments): Promise<string> {
  return new TextDecoder().decode(await new UnixExporter(quietContext, args).collect());
}

describe('prometheus.exporter.unix', () => {
  it('says of the test host what node_exporter says of it', async () => {
    const lines = (await collect(hostArguments())).split('\n').filter((line) => !VARYING.test(line));
    await expect(lines.join('\n')).toMatchFileSnapshot('testdata/expected.prom');
  });

  it('measures the filesystems of the host it runs on', async () => {
    const args = unixArguments({ set_collectors: ['filesystem'], filesystem: filesystemOf('^$') });
    const families = readFamilies(await new UnixExporter(quietContext, args).collect());
    const root = [...families.get('node_filesystem_size_bytes')!.samples].find(([labels]) =>
      labels.includes('mountpoint="/"'),
    );
    expect(root?.[1]).toBeGreaterThan(0);
  });

  it('adds the metrics of the process only where they are asked for', async () => {
    const names = async (include: boolean) => {
      const args = unixArguments({ set_collectors: ['loadavg'], include_exporter_metrics: include });
      return [...readFamilies(await new UnixExporter(quietContext, args).collect()).keys()];
    };
    expect(await names(true)).toEqual(expect.arrayContaining(['node_load1', 'process_cpu_seconds_total']));
    expect((await names(false)).filter((name) => name.startsWith('process_'))).toEqual([]);
  });

  it('gives two scrapes at the same time the same text and the next one a new text', async () => {
    const exporter = new UnixExporter(quietContext, hostArguments(HOST, { set_collectors: ['loadavg'] }));
    const [first, second] = await Promise.all([exporter.collect(), exporter.collect()]);
    expect(second).toBe(first);
    expect(await exporter.collect()).not.toBe(first);
  });
});

function filesystemOf(hiddenTypes: string): UnixArguments['filesystem'] {
  return { fs_types_exclude: hiddenTypes, mount_points_exclude: '^$', mount_timeout: 5_000 };
}

describe('a host that changes', () => {
  let folder: string | undefined;
  afterEach(() => folder && rmSync(folder, { recursive: true, force: true }));

  function changingHost(): (path: string, text: string) => void {
    folder = mkdtempSync(join(tmpdir(), 'spillway-host-'));
    cpSync(HOST, folder, { recursive: true });
    return (path, text) => writeFileSync(join(folder as string, path), text);
  }

  async function idle(exporter: UnixExporter): Promise<number | undefined> {
    const families = readFamilies(await exporter.collect());
    return families.get('node_cpu_seconds_total')?.samples.get('{cpu="0",mode="idle"}');
  }

  it('never lets a CPU counter go back a little, as the kernel does, and lets it start over after a hotplug', async () => {
    const change = changingHost();
    const exporter = new UnixExporter(quietContext, hostArguments(folder, { set_collectors: ['cpu'] }));
    const stat = readFileSync(`${HOST}/proc/stat`, 'utf8');
    expect(await idle(exporter)).toBe(5000);
    change('proc/stat', stat.replace('500000 400', '499900 400'));
    expect(await idle(exporter)).toBe(5000);
    change('proc/stat', stat.replace('500000 400', '700 400'));
    expect(await idle(exporter)).toBe(7);
  });

  it('reports a collector that fails as failed, and all others as they are', async () => {
    const change = changingHost();
    change('proc/loadavg', 'nonsense\n');
    rmSync(`${folder}/proc/pressure`, { recursive: true });
    const args = hostArguments(folder, { set_collectors: ['loadavg', 'pressure', 'filefd'] });
    const families = readFamilies(await new UnixExporter(quietContext, args).collect());
    expect(families.get('node_scrape_collector_success')?.samples).toEqual(
      new Map([
        ['{collector="filefd"}', 1],
        ['{collector="loadavg"}', 0],
        ['{collector="pressure"}', 0],
      ]),
    );
    expect(families.get('node_filefd_allocated')?.samples.get('')).toBe(1024);
  });

  it('leaves out a text file that does not parse or has timestamps, and raises the error gauge', async () => {
    const change = changingHost();
    change('textfile/broken.prom', 'a{ 1\n');
    change('textfile/timestamps.prom', 'b 1 1700000000000\n');
    const args = hostArguments(folder, { set_collectors: ['textfile'] });
    const families = readFamilies(await new UnixExporter(quietContext, args).collect());
    expect(families.get('node_textfile_scrape_error')?.samples.get('')).toBe(1);
    expect([...families.get('node_textfile_mtime_seconds')!.samples.keys()]).toEqual([
      `{file="${folder}/textfile/backup.prom"}`,
    ]);
    expect(families.has('b')).toBe(false);
    expect(families.get('backup_last_success_seconds')?.samples.size).toBe(1);
  });
});

describe('the choice of collectors', () => {
  const selected = (overrides: Partial<UnixArguments>) =>
    new UnixExporter(quietContext, unixArguments(overrides)).collectors;

  it('takes all that are ported, exactly those that are set, and what is enabled or disabled on top', () => {
    expect(selected({})).toContain('vmstat');
    expect(selected({ set_collectors: ['time', 'cpu'] })).toEqual(['cpu', 'time']);
    expect(selected({ set_collectors: ['cpu'], enable_collectors: ['time'] })).toEqual(['cpu', 'time']);
    expect(selected({ disable_collectors: ['vmstat'] })).not.toContain('vmstat');
    expect(selected({ disable_collectors: ['zfs'] })).toEqual(selected({}));
  });

  it.each<[Partial<UnixArguments>, string, string]>([
    [{ set_collectors: ['cpuu'] }, 'set_collectors', 'unknown collector "cpuu"; there are conntrack, cpu, diskstats,'],
    [{ disable_collectors: ['x'] }, 'disable_collectors', 'unknown collector "x"'],
    [{ enable_collectors: ['systemd'] }, 'enable_collectors', 'collector "systemd" is not supported by this agent yet'],
    [
      { bcache: { priority_stats: true } },
      'bcache',
      'collector "bcache" is not supported by this agent yet: remove the block',
    ],
    [{ vmstat: { fields: 'a(' } }, 'vmstat.fields', 'missing closing )'],
    [{ netdev: { address_info: false, device_exclude: 'a', device_include: 'b' } }, 'netdev', 'mutually exclusive'],
    [{ disk: { device_exclude: 'a', device_include: 'b' } }, 'disk', 'mutually exclusive'],
  ])('refuses %j', (overrides, path, message) => {
    let refusal: unknown;
    try {
      selected(overrides);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(ArgumentError);
    expect((refusal as ArgumentError).path).toBe(path);
    expect((refusal as ArgumentError).message).toContain(message);
  });
});

describe('device filters', () => {
  const devices = async (overrides: Partial<UnixArguments>, family: string) => {
    const families = readFamilies(await new UnixExporter(quietContext, hostArguments(HOST, overrides)).collect());
    return [...families.get(family)!.samples.keys()].map((labels) => /device="([^"]*)"/.exec(labels)?.[1]);
  };

  it('find their patterns anywhere in the name, and an include replaces the default exclude', async () => {
    const netdev = (filter: object) => ({ netdev: { address_info: false, ...filter } as UnixArguments['netdev'] });
    expect(await devices(netdev({ device_include: 'th' }), 'node_network_receive_bytes_total')).toEqual([
      'eth0',
      'eth0:1',
    ]);
    expect(await devices(netdev({ device_exclude: '^eth' }), 'node_network_receive_bytes_total')).toEqual(['lo']);
    const disk = { device_exclude: '^(ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$', device_include: '^loop' };
    expect(await devices({ disk }, 'node_disk_read_bytes_total')).toEqual(['loop0']);
  });
});
