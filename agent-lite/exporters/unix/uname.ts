/** collector.uname */
import { hostname, machine, release, type, version } from 'node:os';
import { Family } from '../metric-text.ts';
import type { CollectorFactory } from './collector.ts';

const INFO = new Family(
  'node_uname_info',
  'Labeled system information as provided by the uname system call.',
  'gauge',
  ['sysname', 'release', 'version', 'machine', 'nodename', 'domainname'],
);

/** What uname(2) holds where no NIS domain was ever set; node:os does not tell this one field. */
const NO_DOMAIN = '(none)';

export const createUname: CollectorFactory = ({ files }) => ({
  collect(out) {
    const domain = files.optionalText(files.proc('sys/kernel/domainname')) ?? NO_DOMAIN;
    out.sample(INFO, 1, type(), release(), version(), machine(), hostname(), domain);
  },
});
