/** collector.hwmon: the sensors of /sys/class/hwmon. Which unit a reading has follows from the names of its files. */
import { realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { ArgumentError } from '../../../core/alloy/component.ts';
import { Family } from '../metric-text.ts';
import { type CollectorFactory, NoDataError } from './collector.ts';
import type { HostFiles } from './host-files.ts';
import { parseSensorFile, SENSOR_TYPES, sensorFamily } from './hwmon-sensor.ts';
import { matcher } from './name-filter.ts';

const CHIP_NAMES = new Family('node_hwmon_chip_names', 'Annotation metric for human-readable chip names', 'gauge', [
  ...['chip', 'chip_name'],
]);
const SENSOR_LABEL = new Family('node_hwmon_sensor_label', 'Label for given chip and sensor', 'gauge', [
  ...['chip', 'sensor', 'label'],
]);

interface Chip {
  readonly chip: string;
  readonly chipName: string | undefined;
  /** By sensor (`temp1`), then by property (`input`, `max`, `label`, or empty). */
  readonly sensors: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

export const createHwmon: CollectorFactory = ({ files, args }) => {
  const { chip_include, chip_exclude } = args.hwmon ?? {};
  if (chip_include && chip_exclude) {
    throw new ArgumentError('hwmon', 'chip_exclude and chip_include are mutually exclusive');
  }
  const excluded = chip_exclude ? matcher(chip_exclude, 'hwmon.chip_exclude') : undefined;
  const included = chip_include ? matcher(chip_include, 'hwmon.chip_include') : undefined;
  return {
    collect(out) {
      const folder = files.sys('class/hwmon');
      if (!files.isFolder(folder)) throw new NoDataError('this system has no hardware monitors');
      const names = files.list(folder).filter((name) => files.isFolder(`${folder}/${name}`));
      const chips = names.map((name) => readChip(files, `${folder}/${name}`));
      const shown = chips.filter(({ chip }) => !(excluded?.(chip) ?? false) && (included?.(chip) ?? true));
      for (const { chip, chipName } of shown) if (chipName !== undefined) out.sample(CHIP_NAMES, 1, chip, chipName);
      for (const { chip, sensors } of shown) {
        for (const [sensor, properties] of sensors) {
          const label = properties.get('label');
          if (label !== undefined) out.sample(SENSOR_LABEL, 1, chip, sensor, label);
        }
      }
      for (const [family, samples] of groupByFamily(shown)) {
        for (const { value, chip, sensor } of samples) out.sample(family, value, chip, sensor);
      }
    },
  };
};

interface Reading {
  readonly value: number;
  readonly chip: string;
  readonly sensor: string;
}

function groupByFamily(chips: readonly Chip[]): Map<Family, Reading[]> {
  const groups = new Map<Family, Reading[]>();
  for (const { chip, sensors } of chips) {
    for (const [sensor, properties] of sensors) {
      for (const [property, text] of properties) {
        const target = sensorFamily(sensor, property, properties.has(''));
        const number = text === '' ? Number.NaN : Number(text);
        if (target === undefined || Number.isNaN(number)) continue;
        const group = groups.get(target.family) ?? [];
        groups.set(target.family, group);
        group.push({ value: target.convert(number), chip, sensor });
      }
    }
  }
  return groups;
}

function readChip(files: HostFiles, folder: string): Chip {
  const sensors = new Map<string, Map<string, string>>();
  readSensors(files, folder, sensors);
  readSensors(files, `${folder}/device`, sensors);
  const chipName = cleanName(files.optionalText(`${folder}/name`) ?? '') || undefined;
  return { chip: deviceName(folder) ?? chipName ?? cleanName(basename(realpathSync(folder))), chipName, sensors };
}

function readSensors(files: HostFiles, folder: string, sensors: Map<string, Map<string, string>>): void {
  for (const name of files.list(folder)) {
    const file = parseSensorFile(name);
    if (file === undefined || !SENSOR_TYPES.has(file.type)) continue;
    const text = readSensor(files, `${folder}/${name}`);
    if (text === undefined) continue;
    const sensor = `${file.type}${file.number}`;
    const properties = sensors.get(sensor) ?? new Map<string, string>();
    sensors.set(sensor, properties);
    properties.set(file.property, text);
  }
}

/** Drivers answer with all kinds of errors for sensors that are there but silent: those are passed over. */
function readSensor(files: HostFiles, path: string): string | undefined {
  try {
    return files.text(path).replace(/^\n+|\n+$/g, '');
  } catch {
    return undefined;
  }
}

/** Numbers in /sys/class/hwmon follow the order modules loaded in; the path of the device stays: `platform_coretemp_0`. */
function deviceName(folder: string): string | undefined {
  let device: string;
  try {
    device = realpathSync(`${folder}/device`);
  } catch {
    return undefined;
  }
  const name = cleanName(basename(device));
  if (name === '') return undefined;
  const bus = cleanName(basename(dirname(device)));
  return bus === '' ? name : `${bus}_${name}`;
}

function cleanName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9:_]/g, '_')
    .replace(/^_+|_+$/g, '');
}
