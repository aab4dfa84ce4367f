/** collector.sockstat: sockets in use, by protocol. */
import { Family } from '../metric-text.ts';
import type { CollectorFactory } from './collector.ts';
import { fields, number } from './host-files.ts';
import { pageBytes } from './page-size.ts';

const USED = new Family('node_sockstat_sockets_used', 'Number of IPv4 sockets in use.', 'gauge');

export const createSockstat: CollectorFactory = ({ files }) => {
  // The kernel counts socket memory in pages.
  const bytesPerPage = pageBytes(files);
  const families = new Map<string, Family>();
  const family = (protocol: string, field: string) => {
    const name = `${protocol}_${field}`;
    let known = families.get(name);
    if (known === undefined) {
      known = new Family(`node_sockstat_${name}`, `Number of ${protocol} sockets in state ${field}.`, 'gauge');
      families.set(name, known);
    }
    return known;
  };
  return {
    collect(out) {
      for (const file of ['net/sockstat', 'net/sockstat6']) {
        const path = files.proc(file);
        // A kernel without IPv4 or IPv6 has no such file.
        for (const line of files.optionalText(path)?.split('\n') ?? []) {
          const [protocol = '', ...pairs] = fields(line.replace(':', ' '));
          for (let i = 0; i + 1 < pairs.length; i += 2) {
            const field = pairs[i]!;
            const value = number(pairs[i + 1], path);
            if (protocol === 'sockets') out.sample(USED, value);
            else out.sample(family(protocol, field), value);
            if (field === 'mem' && protocol !== 'sockets')
              out.sample(family(protocol, 'mem_bytes'), value * bytesPerPage);
          }
        }
      }
    },
  };
};
