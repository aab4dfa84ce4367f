/** collector.stat: the system-wide counters of /proc/stat. */
import { Family, type FamilyType } from '../metric-text.ts';
import type { CollectorFactory } from './collector.ts';
import { readProcStat } from './proc-stat.ts';

const FAMILIES: readonly (readonly [field: string, Family])[] = (
  [
    ['intr', 'node_intr_total', 'Total number of interrupts serviced.', 'counter'],
    ['ctxt', 'node_context_switches_total', 'Total number of context switches.', 'counter'],
    ['processes', 'node_forks_total', 'Total number of forks.', 'counter'],
    ['btime', 'node_boot_time_seconds', 'Node boot time, in unixtime.', 'gauge'],
    ['procs_running', 'node_procs_running', 'Number of processes in runnable state.', 'gauge'],
    ['procs_blocked', 'node_procs_blocked', 'Number of processes blocked waiting for I/O to complete.', 'gauge'],
  ] satisfies readonly (readonly [string, string, string, FamilyType])[]
).map(([field, name, help, type]) => [field, new Family(name, help, type)]);

export const createStat: CollectorFactory = ({ files }) => ({
  collect(out) {
    const { totals } = readProcStat(files);
    for (const [field, family] of FAMILIES) out.sample(family, totals.get(field) ?? 0);
  },
});
