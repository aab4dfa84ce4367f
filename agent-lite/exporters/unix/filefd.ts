/** collector.filefd: open file handles of the whole system. */
import { Family } from '../metric-text.ts';
import type { CollectorFactory } from './collector.ts';
import { fields, number } from './host-files.ts';

const ALLOCATED = new Family('node_filefd_allocated', 'File descriptor statistics: allocated.', 'gauge');
const MAXIMUM = new Family('node_filefd_maximum', 'File descriptor statistics: maximum.', 'gauge');

export const createFilefd: CollectorFactory = ({ files }) => ({
  collect(out) {
    const path = files.proc('sys/fs/file-nr');
    // The second number has been 0 since Linux 2.6.
    const [allocated, , maximum] = fields(files.text(path));
    out.sample(ALLOCATED, number(allocated, path));
    out.sample(MAXIMUM, number(maximum, path));
  },
});
