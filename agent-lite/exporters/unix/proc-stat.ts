/** /proc/stat, which the collectors cpu and stat both read. Times are in USER_HZ, 100 a second on every Linux that runs Node. */
import { fields, type HostFiles, number } from './host-files.ts';

const USER_HZ = 100;

export const CPU_MODES = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;

/** Seconds in the order of CPU_MODES, then guest and guest_nice. */
export type CpuSeconds = readonly number[];

export const IDLE = CPU_MODES.indexOf('idle');
export const GUEST = CPU_MODES.length;
export const GUEST_NICE = GUEST + 1;

export interface ProcStat {
  readonly cpus: ReadonlyMap<string, CpuSeconds>;
  /** `btime`, `ctxt`, `intr` (the total), `processes`, `procs_running`, `procs_blocked`. */
  readonly totals: ReadonlyMap<string, number>;
}

export function readProcStat(files: HostFiles): ProcStat {
  const path = files.proc('stat');
  const cpus = new Map<string, CpuSeconds>();
  const totals = new Map<string, number>();
  for (const line of files.lines(path)) {
    const space = line.indexOf(' ');
    const key = line.slice(0, space);
    if (/^cpu\d+$/.test(key)) {
      const ticks = fields(line.slice(space));
      // Old kernels print fewer columns: what they do not count is 0.
      cpus.set(
        key.slice(3),
        Array.from({ length: GUEST_NICE + 1 }, (_, i) => number(ticks[i] ?? '0', path) / USER_HZ),
      );
    } else if (key !== 'cpu' && key !== 'softirq' && space > 0) {
      const end = line.indexOf(' ', space + 1);
      totals.set(key, number(line.slice(space + 1, end < 0 ? undefined : end), path));
    }
  }
  return { cpus, totals };
}
