/** collector.time: the host's clock, its zone, and the clock sources of the kernel. */
import { Family } from '../metric-text.ts';
import type { CollectorFactory } from './collector.ts';
import { fields } from './host-files.ts';
import { localZone } from './time-zone.ts';

const SECONDS = new Family('node_time_seconds', 'System time in seconds since epoch (1970).', 'gauge');
const OFFSET = new Family('node_time_zone_offset_seconds', 'System time zone offset in seconds.', 'gauge', [
  'time_zone',
]);
const AVAILABLE = new Family(
  'node_time_clocksource_available_info',
  "Available clocksources read from '/sys/devices/system/clocksource'.",
  'gauge',
  ['device', 'clocksource'],
);
const CURRENT = new Family(
  'node_time_clocksource_current_info',
  "Current clocksource read from '/sys/devices/system/clocksource'.",
  'gauge',
  ['device', 'clocksource'],
);

export const createTime: CollectorFactory = ({ files, clock }) => ({
  collect(out) {
    const nowMs = clock.nowMs();
    const zone = localZone(nowMs);
    out.sample(SECONDS, nowMs / 1000);
    out.sample(OFFSET, zone.offsetSeconds, zone.abbreviation);
    const folder = files.sys('devices/system/clocksource');
    const sources = files.list(folder).filter((name) => /^clocksource\d/.test(name));
    sources.forEach((name, device) => {
      for (const available of fields(files.text(`${folder}/${name}/available_clocksource`))) {
        out.sample(AVAILABLE, 1, String(device), available);
      }
    });
    sources.forEach((name, device) => {
      out.sample(CURRENT, 1, String(device), files.text(`${folder}/${name}/current_clocksource`).trim());
    });
  },
});
