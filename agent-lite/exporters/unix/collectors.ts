/** Which collectors exist, which of them run by default, and which a configuration asks for. Adding one is a line here. */
import { ArgumentError } from '../../../core/alloy/component.ts';
import type { UnixArguments } from './arguments.ts';
import type { CollectorFactory } from './collector.ts';
import { createConntrack } from './conntrack.ts';
import { createCpu } from './cpu.ts';
import { createDiskstats } from './diskstats.ts';
import { createEntropy } from './entropy.ts';
import { createFilefd } from './filefd.ts';
import { createFilesystem } from './filesystem.ts';
import { createHwmon } from './hwmon.ts';
import { createLoadavg } from './loadavg.ts';
import { createMeminfo } from './meminfo.ts';
import { createNetclass } from './netclass.ts';
import { createNetdev } from './netdev.ts';
import { createNetstat } from './netstat.ts';
import { createOs } from './os.ts';
import { createPressure } from './pressure.ts';
import { createSchedstat } from './schedstat.ts';
import { createSockstat } from './sockstat.ts';
import { createSoftnet } from './softnet.ts';
import { createStat } from './stat.ts';
import { createTextfile } from './textfile.ts';
import { createThermalZone } from './thermal-zone.ts';
import { createTime } from './time.ts';
import { createUdpQueues } from './udp-queues.ts';
import { createUname } from './uname.ts';
import { createVmstat } from './vmstat.ts';

export const COLLECTORS: ReadonlyMap<string, CollectorFactory> = new Map([
  ['conntrack', createConntrack],
  ['cpu', createCpu],
  ['diskstats', createDiskstats],
  ['entropy', createEntropy],
  ['filefd', createFilefd],
  ['filesystem', createFilesystem],
  ['hwmon', createHwmon],
  ['loadavg', createLoadavg],
  ['meminfo', createMeminfo],
  ['netclass', createNetclass],
  ['netdev', createNetdev],
  ['netstat', createNetstat],
  ['os', createOs],
  ['pressure', createPressure],
  ['schedstat', createSchedstat],
  ['sockstat', createSockstat],
  ['softnet', createSoftnet],
  ['stat', createStat],
  ['textfile', createTextfile],
  ['thermal_zone', createThermalZone],
  ['time', createTime],
  ['udp_queues', createUdpQueues],
  ['uname', createUname],
  ['vmstat', createVmstat],
]);

/** Collectors that Alloy has and this agent does not yet: known by name, so that asking for one says exactly that. */
const NOT_PORTED: ReadonlySet<string> = new Set([
  ...['arp', 'bcache', 'bonding', 'btrfs', 'buddyinfo', 'cpufreq', 'dmi', 'drbd', 'drm', 'edac', 'ethtool'],
  ...['fibrechannel', 'infiniband', 'interrupts', 'ipvs', 'ksmd', 'lnstat', 'logind', 'mdadm', 'meminfo_numa'],
  ...['mountstats', 'network_route', 'nfs', 'nfsd', 'ntp', 'nvme', 'perf', 'powersupplyclass', 'processes', 'qdisc'],
  ...['rapl', 'runit', 'selinux', 'softirqs', 'supervisord', 'sysctl', 'systemd', 'tapestats', 'tcpstat', 'timex'],
  ...['wifi', 'xfs', 'zfs', 'zoneinfo'],
]);

/** Names of the collectors to run, in order. Throws ArgumentError for a name nobody knows and for one not ported. */
export function selectCollectors(args: UnixArguments): string[] {
  for (const argument of ['set_collectors', 'enable_collectors'] as const) {
    for (const name of args[argument] ?? []) checkPorted(name, argument);
  }
  for (const name of args.disable_collectors) checkKnown(name, 'disable_collectors');
  checkBlocks(args);
  const selected = new Set(args.set_collectors?.length ? args.set_collectors : COLLECTORS.keys());
  for (const name of args.enable_collectors) selected.add(name);
  for (const name of args.disable_collectors) selected.delete(name);
  return [...selected].sort();
}

function checkKnown(name: string, argument: string): void {
  if (COLLECTORS.has(name) || NOT_PORTED.has(name)) return;
  const known = [...COLLECTORS.keys()].join(', ');
  throw new ArgumentError(argument, `unknown collector ${JSON.stringify(name)}; there are ${known}`);
}

function checkPorted(name: string, argument: string): void {
  checkKnown(name, argument);
  if (!NOT_PORTED.has(name)) return;
  throw new ArgumentError(argument, `collector ${JSON.stringify(name)} is not supported by this agent yet`);
}

/** A block for a collector that is not here would silently do nothing. */
function checkBlocks(args: UnixArguments): void {
  const blocks = [
    'arp',
    'bcache',
    'ethtool',
    'ipvs',
    'ntp',
    'perf',
    'runit',
    'supervisord',
    'sysctl',
    'systemd',
  ] as const;
  for (const name of [...blocks, 'powersupply', 'tapestats'] as const) {
    if (args[name] === undefined) continue;
    throw new ArgumentError(
      name,
      `collector ${JSON.stringify(name)} is not supported by this agent yet: remove the block`,
    );
  }
}
