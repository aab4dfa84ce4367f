/** collector.netclass: the properties of network devices below /sys/class/net. */
import { Family, type FamilyType } from '../metric-text.ts';
import type { CollectorFactory } from './collector.ts';
import type { HostFiles } from './host-files.ts';
import { matcher } from './name-filter.ts';

const UP = new Family('node_network_up', "Value is 1 if operstate is 'up', 0 otherwise.", 'gauge', ['device']);
const INFO = new Family(
  'node_network_info',
  'Non-numeric data from /sys/class/net/<iface>, value is always 1.',
  'gauge',
  ['device', 'address', 'broadcast', 'duplex', 'operstate', 'ifalias'],
);
const property = (name: string, type: FamilyType = 'gauge') =>
  new Family(`node_network_${name}`, `Network device property: ${name}`, type, ['device']);

const SPEED = property('speed_bytes');
const PROPERTIES: readonly (readonly [file: string, Family])[] = [
  ['addr_assign_type', property('address_assign_type')],
  ['carrier', property('carrier')],
  ['carrier_changes', property('carrier_changes_total', 'counter')],
  ['carrier_up_count', property('carrier_up_changes_total', 'counter')],
  ['carrier_down_count', property('carrier_down_changes_total', 'counter')],
  ['dev_id', property('device_id')],
  ['dormant', property('dormant')],
  ['flags', property('flags')],
  ['ifindex', property('iface_id')],
  ['iflink', property('iface_link')],
  ['link_mode', property('iface_link_mode')],
  ['mtu', property('mtu_bytes')],
  ['name_assign_type', property('name_assign_type')],
  ['netdev_group', property('net_dev_group')],
  ['tx_queue_len', property('transmit_queue_length')],
  ['type', property('protocol_type')],
];

export const createNetclass: CollectorFactory = ({ files, args }) => {
  const ignored = matcher(args.netclass?.ignored_devices ?? '^$', 'netclass.ignored_devices');
  const ignoreInvalidSpeed = args.netclass?.ignore_invalid_speed_device ?? false;
  return {
    collect(out) {
      const folder = files.sys('class/net');
      // bonding_masters is a file among the folders.
      const devices = files.list(folder).filter((name) => !ignored(name) && files.isFolder(`${folder}/${name}`));
      const text = (device: string, file: string) => files.attribute(`${folder}/${device}/${file}`) ?? '';
      for (const device of devices) out.sample(UP, text(device, 'operstate') === 'up' ? 1 : 0, device);
      for (const device of devices) {
        const about = ['address', 'broadcast', 'duplex', 'operstate', 'ifalias'].map((file) => text(device, file));
        out.sample(INFO, 1, device, ...about);
      }
      for (const [file, family] of PROPERTIES) {
        for (const device of devices) {
          const value = integer(files, `${folder}/${device}/${file}`);
          if (value !== undefined) out.sample(family, value, device);
        }
      }
      for (const device of devices) {
        const megabits = integer(files, `${folder}/${device}/speed`);
        if (megabits === undefined || (megabits < 0 && ignoreInvalidSpeed)) continue;
        out.sample(SPEED, Math.trunc((megabits * 1_000_000) / 8), device);
      }
    },
  };
};

/** Decimal or 0x…, or undefined where the device has no such property. */
function integer(files: HostFiles, path: string): number | undefined {
  const text = files.attribute(path);
  return text !== undefined && /^(-?\d+|0x[0-9a-fA-F]+)$/.test(text) ? Number(text) : undefined;
}
