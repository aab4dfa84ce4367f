/** collector.cpu: time per CPU and mode, and, where the kernel counts them, thermal throttles and isolated CPUs. */
import { Family, type MetricText } from '../metric-text.ts';
import type { Collector, CollectorFactory } from './collector.ts';
import { CpuInfo } from './cpu-info.ts';
import { ThermalThrottles } from './cpu-throttle.ts';
import type { HostFiles } from './host-files.ts';
import { CPU_MODES, type CpuSeconds, GUEST, GUEST_NICE, IDLE, readProcStat } from './proc-stat.ts';

const SECONDS = new Family('node_cpu_seconds_total', 'Seconds the CPUs spent in each mode.', 'counter', [
  'cpu',
  'mode',
]);
const GUEST_SECONDS = new Family(
  'node_cpu_guest_seconds_total',
  'Seconds the CPUs spent in guests (VMs) for each mode.',
  'counter',
  ['cpu', 'mode'],
);
const ISOLATED = new Family(
  'node_cpu_isolated',
  'Whether each core is isolated, information from /sys/devices/system/cpu/isolated.',
  'gauge',
  ['cpu'],
);

/** Idle time that falls by this much is a CPU that was unplugged and plugged in again, not a kernel rounding. */
const JUMP_BACK_SECONDS = 3;

class CpuCollector implements Collector {
  readonly #files: HostFiles;
  readonly #guest: boolean;
  readonly #info: CpuInfo | undefined;
  readonly #throttles: ThermalThrottles;
  readonly #isolated: readonly string[];
  /** The highest value seen: the kernel's idle and iowait counters go back at times, and counters must not. */
  #highest = new Map<string, number[]>();

  constructor(files: HostFiles, guest: boolean, info: CpuInfo | undefined) {
    this.#files = files;
    this.#guest = guest;
    this.#info = info;
    this.#throttles = new ThermalThrottles(files);
    this.#isolated = parseCpuList(files.optionalText(files.sys('devices/system/cpu/isolated')) ?? '');
  }

  collect(out: MetricText): void {
    this.#info?.collect(out);
    const { cpus } = readProcStat(this.#files);
    if (cpus.size !== this.#highest.size) this.#highest = new Map();
    for (const [cpu, seconds] of cpus) this.#raise(cpu, seconds);
    for (const [cpu, seconds] of this.#highest) {
      for (let mode = 0; mode < CPU_MODES.length; mode++) out.sample(SECONDS, seconds[mode]!, cpu, CPU_MODES[mode]!);
    }
    if (this.#guest) {
      // Guest time is part of user and nice already: these are for looking closer, not for adding up.
      for (const [cpu, seconds] of this.#highest) {
        out.sample(GUEST_SECONDS, seconds[GUEST]!, cpu, 'user');
        out.sample(GUEST_SECONDS, seconds[GUEST_NICE]!, cpu, 'nice');
      }
    }
    for (const cpu of this.#isolated) out.sample(ISOLATED, 1, cpu);
    this.#throttles.collect(out, cpus.size);
  }

  #raise(cpu: string, seconds: CpuSeconds): void {
    const highest = this.#highest.get(cpu);
    if (highest === undefined || highest[IDLE]! - seconds[IDLE]! >= JUMP_BACK_SECONDS) {
      this.#highest.set(cpu, [...seconds]);
      return;
    }
    for (let mode = 0; mode < highest.length; mode++) highest[mode] = Math.max(highest[mode]!, seconds[mode]!);
  }
}

/** `0-2,5` names CPUs 0, 1, 2 and 5. */
export function parseCpuList(list: string): string[] {
  const cpus: string[] = [];
  for (const range of list.split(',')) {
    const [first, last] = range.trim().split('-');
    if (first === undefined || first === '') continue;
    for (let cpu = Number(first); cpu <= Number(last ?? first); cpu++) cpus.push(String(cpu));
  }
  return cpus;
}

export const createCpu: CollectorFactory = ({ files, args }) => {
  const { guest = false, info = false, flags_include, bugs_include } = args.cpu ?? {};
  // As in node_exporter, asking for flags or bugs asks for the information they belong to.
  const wanted = info || Boolean(flags_include) || Boolean(bugs_include);
  return new CpuCollector(files, guest, wanted ? new CpuInfo(files, flags_include, bugs_include) : undefined);
};
