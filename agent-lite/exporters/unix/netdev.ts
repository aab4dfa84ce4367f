/** collector.netdev: counters of network devices. The names are those node_exporter derives from netlink. */
import { networkInterfaces } from 'node:os';
import { ArgumentError } from '../../../core/alloy/component.ts';
import { Family, type MetricText } from '../metric-text.ts';
import type { CollectorFactory } from './collector.ts';
import { fields, number } from './host-files.ts';
import { deviceFilter } from './name-filter.ts';

const counter = (key: string) =>
  new Family(`node_network_${key}_total`, `Network device statistic ${key}.`, 'counter', ['device']);

/** The columns of /proc/net/dev, which sums what netlink tells apart exactly as the old metric names want it. */
const COLUMNS = [
  ...['bytes', 'packets', 'errs', 'drop', 'fifo', 'frame', 'compressed', 'multicast'].map((key) => `receive_${key}`),
  ...['bytes', 'packets', 'errs', 'drop', 'fifo', 'colls', 'carrier', 'compressed'].map((key) => `transmit_${key}`),
].map(counter);
/** The one counter that is in netlink and sysfs only. */
const NO_HANDLER = counter('receive_nohandler');
const ADDRESS = new Family('node_network_address_info', 'node network address by device', 'gauge', [
  ...['device', 'address', 'netmask', 'scope'],
]);

export const createNetdev: CollectorFactory = ({ files, args }) => {
  const { device_exclude, device_include, address_info = false } = args.netdev ?? {};
  if (device_exclude && device_include) {
    throw new ArgumentError('netdev', 'device_exclude and device_include are mutually exclusive');
  }
  const shown = deviceFilter(device_exclude, device_include, 'netdev');
  return {
    collect(out) {
      const path = files.proc('net/dev');
      const devices = parseNetDev(files.lines(path), path).filter(({ name }) => shown(name));
      COLUMNS.forEach((family, column) => {
        for (const { name, counts } of devices) out.sample(family, counts[column] ?? 0, name);
      });
      for (const { name } of devices) {
        const count = files.attribute(files.sys(`class/net/${name}/statistics/rx_nohandler`));
        if (count !== undefined) out.sample(NO_HANDLER, number(count, path), name);
      }
      if (address_info) writeAddresses(out);
    },
  };
};

/** Two header lines, then `name: numbers`; the name may hold colons (an alias) and the first number may touch its colon. */
export function parseNetDev(lines: readonly string[], path: string): { name: string; counts: number[] }[] {
  return lines.slice(2).flatMap((line) => {
    const colon = line.lastIndexOf(':');
    if (colon < 0) return [];
    const counts = fields(line.slice(colon + 1)).map((count) => number(count, path));
    return [{ name: line.slice(0, colon).trim(), counts }];
  });
}

function writeAddresses(out: MetricText): void {
  for (const [device, addresses] of Object.entries(networkInterfaces())) {
    for (const { address, cidr } of addresses ?? []) {
      const [plain = address] = address.split('%');
      out.sample(ADDRESS, 1, device, plain, cidr?.split('/')[1] ?? '', addressScope(plain));
    }
  }
}

/** Go's net.IP predicates, in the order node_exporter asks them. */
export function addressScope(address: string): string {
  const ip = address.toLowerCase();
  const linkLocal4 = /^(127|169\.254)\./.test(ip) || ip.startsWith('224.0.0.');
  const linkLocal6 = ip === '::1' || /^fe[89ab]/.test(ip) || /^ff.2:/.test(ip);
  if (linkLocal4 || linkLocal6) return 'link-local';
  if (/^ff.1:/.test(ip)) return 'interface-local';
  if (
    ip === '0.0.0.0' ||
    ip === '::' ||
    ip === '255.255.255.255' ||
    /^(22[4-9]|23\d)\./.test(ip) ||
    ip.startsWith('ff')
  ) {
    return '';
  }
  return 'global';
}
