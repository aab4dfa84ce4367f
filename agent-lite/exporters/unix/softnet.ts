/** collector.softnet: packets the network stack processed, per CPU. */
import { Family } from '../metric-text.ts';
import type { CollectorFactory } from './collector.ts';
import { fields } from './host-files.ts';

const counter = (name: string, help: string) => new Family(`node_softnet_${name}`, help, 'counter', ['cpu']);

const COLUMNS = [
  counter('processed_total', 'Number of processed packets'),
  counter('dropped_total', 'Number of dropped packets'),
  counter('times_squeezed_total', 'Number of times processing packets ran out of quota'),
];
const MIN_COLUMNS = 9;

export const createSoftnet: CollectorFactory = ({ files }) => ({
  collect(out) {
    const path = files.proc('net/softnet_stat');
    const cpus = files.lines(path).map(fields);
    for (const columns of cpus) {
      if (columns.length >= MIN_COLUMNS) continue;
      throw new Error(`${path}: ${columns.length} columns where at least ${MIN_COLUMNS} were expected`);
    }
    COLUMNS.forEach((family, column) => {
      cpus.forEach((columns, cpu) => void out.sample(family, Number.parseInt(columns[column]!, 16), String(cpu)));
    });
  },
});
