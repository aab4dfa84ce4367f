/** collector.thermal_zone: temperatures and cooling devices of /sys/class/thermal. */
import { Family } from '../metric-text.ts';
import type { CollectorFactory } from './collector.ts';
import { errorCode, type HostFiles, number } from './host-files.ts';

const TEMPERATURE = new Family('node_thermal_zone_temp', 'Zone temperature in Celsius', 'gauge', ['zone', 'type']);
const COOLING: readonly (readonly [file: string, Family])[] = [
  [
    'cur_state',
    new Family('node_cooling_device_cur_state', 'Current throttle state of the cooling device', 'gauge', [
      ...['name', 'type'],
    ]),
  ],
  [
    'max_state',
    new Family('node_cooling_device_max_state', 'Maximum throttle state of the cooling device', 'gauge', [
      ...['name', 'type'],
    ]),
  ],
];

const ZONE = 'thermal_zone';
const COOLING_DEVICE = 'cooling_device';

export const createThermalZone: CollectorFactory = ({ files }) => ({
  collect(out) {
    const folder = files.sys('class/thermal');
    const named = (prefix: string) =>
      files.list(folder).filter((name) => /^\d/.test(name.slice(prefix.length)) && name.startsWith(prefix));
    for (const name of named(ZONE)) {
      const millidegrees = readTemperature(files, `${folder}/${name}/temp`);
      if (millidegrees === undefined) continue;
      const type = files.text(`${folder}/${name}/type`).trim();
      out.sample(TEMPERATURE, millidegrees / 1000, name.slice(ZONE.length), type);
    }
    for (const [file, family] of COOLING) {
      for (const name of named(COOLING_DEVICE)) {
        const path = `${folder}/${name}/${file}`;
        const type = files.text(`${folder}/${name}/type`).trim();
        out.sample(family, number(files.text(path).trim(), path), name.slice(COOLING_DEVICE.length), type);
      }
    }
  },
});

/** A sensor that is asleep answers ENODATA: its zone is passed over. */
function readTemperature(files: HostFiles, path: string): number | undefined {
  try {
    return number(files.text(path).trim(), path);
  } catch (error) {
    if (errorCode(error) === 'ENODATA') return undefined;
    throw error;
  }
}
