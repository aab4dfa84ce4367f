/** collector.udp_queues: bytes waiting in the queues of all UDP sockets. */
import { Family } from '../metric-text.ts';
import { type CollectorFactory, NoDataError } from './collector.ts';
import { fields } from './host-files.ts';

const QUEUES = new Family(
  'node_udp_queues',
  'Number of allocated memory in the kernel for UDP datagrams in bytes.',
  'gauge',
  ['queue', 'ip'],
);

export const createUdpQueues: CollectorFactory = ({ files }) => ({
  collect(out) {
    let found = false;
    for (const [file, ip] of [
      ['net/udp', 'v4'],
      ['net/udp6', 'v6'],
    ] as const) {
      const text = files.optionalText(files.proc(file));
      if (text === undefined) continue;
      found = true;
      const { transmit, receive } = sumQueues(text.split('\n'));
      out.sample(QUEUES, transmit, 'tx', ip);
      out.sample(QUEUES, receive, 'rx', ip);
    }
    if (!found) throw new NoDataError('this kernel has no UDP');
  },
});

/** The fifth column of a socket is `tx:rx` in hexadecimal. */
export function sumQueues(lines: readonly string[]): { transmit: number; receive: number } {
  let transmit = 0;
  let receive = 0;
  for (const line of lines.slice(1)) {
    const [tx, rx] = (fields(line)[4] ?? '').split(':');
    if (rx === undefined) continue;
    transmit += Number.parseInt(tx!, 16);
    receive += Number.parseInt(rx, 16);
  }
  return { transmit, receive };
}
