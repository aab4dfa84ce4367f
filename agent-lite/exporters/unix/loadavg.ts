/** collector.loadavg */
import { Family } from '../metric-text.ts';
import type { CollectorFactory } from './collector.ts';
import { fields, number } from './host-files.ts';

const FAMILIES = [1, 5, 15].map((minutes) => new Family(`node_load${minutes}`, `${minutes}m load average.`, 'gauge'));

export const createLoadavg: CollectorFactory = ({ files }) => ({
  collect(out) {
    const path = files.proc('loadavg');
    const loads = fields(files.text(path));
    FAMILIES.forEach((family, i) => void out.sample(family, number(loads[i], path)));
  },
});
