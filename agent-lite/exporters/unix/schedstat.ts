/** collector.schedstat: what the scheduler did, per CPU. */
import { Family } from '../metric-text.ts';
import { type CollectorFactory, NoDataError } from './collector.ts';
import { fields, isMissing, number } from './host-files.ts';

const counter = (name: string, help: string) => new Family(`node_schedstat_${name}`, help, 'counter', ['cpu']);
const NS_PER_SECOND = 1e9;

/** Columns behind `cpuN`, as numbered by the kernel's sched-stats.txt. */
const COLUMNS: readonly (readonly [Family, column: number, divisor: number])[] = [
  [counter('running_seconds_total', 'Number of seconds CPU spent running a process.'), 7, NS_PER_SECOND],
  [counter('waiting_seconds_total', 'Number of seconds spent by processing waiting for this CPU.'), 8, NS_PER_SECOND],
  [counter('timeslices_total', 'Number of timeslices executed by CPU.'), 9, 1],
];

export const createSchedstat: CollectorFactory = ({ files }) => ({
  collect(out) {
    const path = files.proc('schedstat');
    let lines: string[];
    try {
      lines = files.lines(path);
    } catch (error) {
      if (isMissing(error)) throw new NoDataError('this kernel has no scheduler statistics');
      throw error;
    }
    const cpus = lines.map(fields).filter((columns) => /^cpu\d+$/.test(columns[0] ?? '') && columns.length >= 10);
    for (const [family, column, divisor] of COLUMNS) {
      for (const columns of cpus) out.sample(family, number(columns[column], path) / divisor, columns[0]!.slice(3));
    }
  },
});
