/** collector.conntrack: the netfilter connection table, where the module is loaded. */
import { Family } from '../metric-text.ts';
import { type CollectorFactory, NoDataError } from './collector.ts';
import { fields, isMissing, number } from './host-files.ts';

const gauge = (name: string, help: string) => new Family(`node_nf_conntrack_${name}`, help, 'gauge');

const ENTRIES = gauge('entries', 'Number of currently allocated flow entries for connection tracking.');
const LIMIT = gauge('entries_limit', 'Maximum size of connection tracking table.');
/** By the heading of the column in /proc/net/stat/nf_conntrack. */
const STATISTICS: readonly (readonly [column: string, Family])[] = [
  ['found', gauge('stat_found', 'Number of searched entries which were successful.')],
  ['invalid', gauge('stat_invalid', 'Number of packets seen which can not be tracked.')],
  ['ignore', gauge('stat_ignore', 'Number of packets seen which are already connected to a conntrack entry.')],
  ['insert', gauge('stat_insert', 'Number of entries inserted into the list.')],
  [
    'insert_failed',
    gauge('stat_insert_failed', 'Number of entries for which list insertion was attempted but failed.'),
  ],
  ['drop', gauge('stat_drop', 'Number of packets dropped due to conntrack failure.')],
  [
    'early_drop',
    gauge(
      'stat_early_drop',
      'Number of dropped conntrack entries to make room for new ones, if maximum table size was reached.',
    ),
  ],
  [
    'search_restart',
    gauge(
      'stat_search_restart',
      'Number of conntrack table lookups which had to be restarted due to hashtable resizes.',
    ),
  ],
];

export const createConntrack: CollectorFactory = ({ files }) => {
  const read = (path: string) => number(files.text(path).trim(), path);
  return {
    collect(out) {
      try {
        out.sample(ENTRIES, read(files.proc('sys/net/netfilter/nf_conntrack_count')));
        out.sample(LIMIT, read(files.proc('sys/net/netfilter/nf_conntrack_max')));
        const totals = sumColumns(files.lines(files.proc('net/stat/nf_conntrack')));
        for (const [column, family] of STATISTICS) out.sample(family, totals.get(column) ?? 0);
      } catch (error) {
        if (isMissing(error)) throw new NoDataError('the conntrack module is not loaded');
        throw error;
      }
    },
  };
};

/** A heading, then a line of hexadecimal numbers for each CPU. */
export function sumColumns(lines: readonly string[]): Map<string, number> {
  const [heading = '', ...cpus] = lines;
  const names = fields(heading);
  const totals = new Map<string, number>();
  for (const cpu of cpus) {
    fields(cpu).forEach((count, i) => {
      const name = names[i];
      if (name !== undefined) totals.set(name, (totals.get(name) ?? 0) + Number.parseInt(count, 16));
    });
  }
  return totals;
}
