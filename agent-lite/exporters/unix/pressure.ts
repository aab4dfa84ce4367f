/** collector.pressure: pressure stall information, microseconds in which tasks had to wait. */
import { Family } from '../metric-text.ts';
import { type CollectorFactory, NoDataError } from './collector.ts';
import { errorCode, number } from './host-files.ts';

const family = (name: string, help: string) => new Family(`node_pressure_${name}_seconds_total`, help, 'counter');

const RESOURCES: readonly { readonly file: string; readonly some: Family; readonly full?: Family }[] = [
  { file: 'cpu', some: family('cpu_waiting', 'Total time in seconds that processes have waited for CPU time') },
  {
    file: 'io',
    some: family('io_waiting', 'Total time in seconds that processes have waited due to IO congestion'),
    full: family('io_stalled', 'Total time in seconds no process could make progress due to IO congestion'),
  },
  {
    file: 'memory',
    some: family('memory_waiting', 'Total time in seconds that processes have waited for memory'),
    full: family('memory_stalled', 'Total time in seconds no process could make progress due to memory congestion'),
  },
];

/** The kernel has no PSI (before 4.20), or it is compiled in and off until booted with psi=1. */
const NO_PSI = new Set(['ENOENT', 'EOPNOTSUPP', 'ENOTSUP']);

export const createPressure: CollectorFactory = ({ files }) => ({
  collect(out) {
    for (const { file, some, full } of RESOURCES) {
      const path = files.proc(`pressure/${file}`);
      const text = readPressure(() => files.text(path));
      out.sample(some, totalSeconds(text, 'some', path));
      if (full !== undefined) out.sample(full, totalSeconds(text, 'full', path));
    }
  },
});

function readPressure(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (NO_PSI.has(errorCode(error))) throw new NoDataError('this kernel gives no pressure information');
    throw error;
  }
}

function totalSeconds(text: string, kind: 'some' | 'full', path: string): number {
  const total = new RegExp(`^${kind} .*total=(\\d+)`, 'm').exec(text)?.[1];
  return number(total, path) / 1000 / 1000;
}
