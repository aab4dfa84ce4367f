/** collector.diskstats: /proc/diskstats, with what udev knows of a device. */

import { ArgumentError } from '../../../core/alloy/component.ts';
import { Family, type FamilyType, type MetricText } from '../metric-text.ts';
import { DISK_EXCLUDE } from './arguments.ts';
import type { CollectorFactory } from './collector.ts';
import { fields, type HostFiles, number } from './host-files.ts';
import { deviceFilter } from './name-filter.ts';

/** The kernel counts sectors of 512 bytes whatever the device's own are. */
const SECTOR_BYTES = 512;
const SECONDS_PER_TICK = 1 / 1000;

const disk = (name: string, help: string, type: FamilyType = 'counter', labels: readonly string[] = ['device']) =>
  new Family(`node_disk_${name}`, help, type, labels);

/** In the order of the columns behind the device's name; kernels before 4.18 end after 11, before 5.5 after 15. */
const COLUMNS: readonly (readonly [Family, factor: number])[] = [
  [disk('reads_completed_total', 'The total number of reads completed successfully.'), 1],
  [disk('reads_merged_total', 'The total number of reads merged.'), 1],
  [disk('read_bytes_total', 'The total number of bytes read successfully.'), SECTOR_BYTES],
  [disk('read_time_seconds_total', 'The total number of seconds spent by all reads.'), SECONDS_PER_TICK],
  [disk('writes_completed_total', 'The total number of writes completed successfully.'), 1],
  [disk('writes_merged_total', 'The number of writes merged.'), 1],
  [disk('written_bytes_total', 'The total number of bytes written successfully.'), SECTOR_BYTES],
  [disk('write_time_seconds_total', 'This is the total number of seconds spent by all writes.'), SECONDS_PER_TICK],
  [disk('io_now', 'The number of I/Os currently in progress.', 'gauge'), 1],
  [disk('io_time_seconds_total', 'Total seconds spent doing I/Os.'), SECONDS_PER_TICK],
  [disk('io_time_weighted_seconds_total', 'The weighted # of seconds spent doing I/Os.'), SECONDS_PER_TICK],
  [disk('discards_completed_total', 'The total number of discards completed successfully.'), 1],
  [disk('discards_merged_total', 'The total number of discards merged.'), 1],
  [disk('discarded_sectors_total', 'The total number of sectors discarded successfully.'), 1],
  [disk('discard_time_seconds_total', 'This is the total number of seconds spent by all discards.'), SECONDS_PER_TICK],
  [disk('flush_requests_total', 'The total number of flush requests completed successfully'), 1],
  [
    disk('flush_requests_time_seconds_total', 'This is the total number of seconds spent by all flush requests.'),
    SECONDS_PER_TICK,
  ],
];

const INFO = disk('info', 'Info of /sys/block/<block_device>.', 'gauge', [
  ...['device', 'major', 'minor', 'path', 'wwn', 'model', 'serial', 'revision'],
]);
const FILESYSTEM_INFO = disk('filesystem_info', 'Info about disk filesystem.', 'gauge', [
  ...['device', 'type', 'usage', 'uuid', 'version'],
]);
const MAPPER_INFO = disk('device_mapper_info', 'Info about disk device mapper.', 'gauge', [
  ...['device', 'name', 'uuid', 'vg_name', 'lv_name', 'lv_layer'],
]);
const ATA: readonly (readonly [property: string, Family])[] = [
  ['ID_ATA_WRITE_CACHE', disk('ata_write_cache', 'ATA disk has a write cache.', 'gauge')],
  ['ID_ATA_WRITE_CACHE_ENABLED', disk('ata_write_cache_enabled', 'ATA disk has its write cache enabled.', 'gauge')],
  ['ID_ATA_ROTATION_RATE_RPM', disk('ata_rotation_rate_rpm', 'ATA disk rotation rate in RPMs (0 for SSDs).', 'gauge')],
];

interface Device {
  readonly major: string;
  readonly minor: string;
  readonly name: string;
  readonly counts: readonly number[];
  readonly udev: ReadonlyMap<string, string>;
}

export const createDiskstats: CollectorFactory = ({ files, args }) => {
  const include = args.disk?.device_include;
  const exclude = args.disk?.device_exclude ?? DISK_EXCLUDE;
  if (include && exclude && exclude !== DISK_EXCLUDE) {
    throw new ArgumentError('disk', 'device_exclude and device_include are mutually exclusive');
  }
  const shown = deviceFilter(include ? undefined : exclude, include, 'disk');
  return {
    collect(out) {
      const path = files.proc('diskstats');
      const devices = files
        .lines(path)
        .map(fields)
        .filter((columns) => columns[2] !== undefined && shown(columns[2]))
        .map((columns) => readDevice(files, columns, path));
      for (const device of devices) writeInfo(out, device);
      COLUMNS.forEach(([family, factor], column) => {
        for (const { name, counts } of devices) {
          if (column < counts.length) out.sample(family, counts[column]! * factor, name);
        }
      });
      writeUdev(out, devices);
    },
  };
};

function readDevice(files: HostFiles, columns: readonly string[], path: string): Device {
  const [major, minor, name, ...counts] = columns as [string, string, string, ...string[]];
  const udev = parseUdev(files.optionalText(`${files.paths.udevData}/b${major}:${minor}`) ?? '');
  return { major, minor, name, counts: counts.map((count) => number(count, path)), udev };
}

function writeInfo(out: MetricText, { name, major, minor, udev }: Device): void {
  const about = ['ID_PATH', 'ID_WWN', 'ID_MODEL', 'ID_SERIAL_SHORT', 'ID_REVISION'].map((key) => udev.get(key) ?? '');
  out.sample(INFO, 1, name, major, minor, ...about);
}

function writeUdev(out: MetricText, devices: readonly Device[]): void {
  const values = (device: Device, keys: readonly string[]) => keys.map((key) => device.udev.get(key) ?? '');
  for (const device of devices) {
    if (!device.udev.get('ID_FS_TYPE')) continue;
    const about = values(device, ['ID_FS_TYPE', 'ID_FS_USAGE', 'ID_FS_UUID', 'ID_FS_VERSION']);
    out.sample(FILESYSTEM_INFO, 1, device.name, ...about);
  }
  for (const device of devices) {
    if (!device.udev.get('DM_NAME')) continue;
    const about = values(device, ['DM_NAME', 'DM_UUID', 'DM_VG_NAME', 'DM_LV_NAME', 'DM_LV_LAYER']);
    out.sample(MAPPER_INFO, 1, device.name, ...about);
  }
  for (const [property, family] of ATA) {
    for (const { name, udev } of devices) {
      const value = Number(udev.get(property) || Number.NaN);
      if (udev.get('ID_ATA') && !Number.isNaN(value)) out.sample(family, value, name);
    }
  }
}

/** Lines `E:KEY=value` of /run/udev/data are a device's properties. */
export function parseUdev(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const line of text.split('\n')) {
    const equal = line.indexOf('=');
    if (line.startsWith('E:') && equal > 0) properties.set(line.slice(2, equal), line.slice(equal + 1));
  }
  return properties;
}
