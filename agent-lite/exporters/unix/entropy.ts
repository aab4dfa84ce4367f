/** collector.entropy */
import { Family } from '../metric-text.ts';
import type { CollectorFactory } from './collector.ts';
import { number } from './host-files.ts';

const AVAILABLE = new Family('node_entropy_available_bits', 'Bits of available entropy.', 'gauge');
const POOL_SIZE = new Family('node_entropy_pool_size_bits', 'Bits of entropy pool.', 'gauge');

export const createEntropy: CollectorFactory = ({ files }) => ({
  collect(out) {
    const read = (name: string) => {
      const path = files.proc(`sys/kernel/random/${name}`);
      return number(files.text(path).trim(), path);
    };
    out.sample(AVAILABLE, read('entropy_avail'));
    out.sample(POOL_SIZE, read('poolsize'));
  },
});
