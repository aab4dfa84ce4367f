/** collector.netstat: the protocol counters of /proc/net/netstat, snmp and snmp6 that the pattern names. */
import { Family } from '../metric-text.ts';
import { NETSTAT_FIELDS } from './arguments.ts';
import type { CollectorFactory } from './collector.ts';
import { fields, number } from './host-files.ts';
import { matcher } from './name-filter.ts';

interface Statistic {
  readonly protocol: string;
  readonly name: string;
  readonly value: string;
}

export const createNetstat: CollectorFactory = ({ files, args }) => {
  const wanted = matcher(args.netstat?.fields ?? NETSTAT_FIELDS, 'netstat.fields');
  const families = new Map<string, Family>();
  return {
    collect(out) {
      const statistics = [
        ...parsePairs(files.lines(files.proc('net/netstat')), files.proc('net/netstat')),
        ...parsePairs(files.lines(files.proc('net/snmp')), files.proc('net/snmp')),
        ...parseSnmp6(files.optionalText(files.proc('net/snmp6')) ?? ''),
      ];
      for (const { protocol, name, value } of statistics) {
        const key = `${protocol}_${name}`;
        if (!wanted(key)) continue;
        let family = families.get(key);
        if (family === undefined) {
          family = new Family(`node_netstat_${key}`, `Statistic ${protocol}${name}.`, 'untyped');
          families.set(key, family);
        }
        out.sample(family, number(value, key));
      }
    },
  };
};

/** Two lines a protocol: its name with the names of the fields, its name with their values. */
export function parsePairs(lines: readonly string[], path: string): Statistic[] {
  const statistics: Statistic[] = [];
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const names = fields(lines[i]!);
    const values = fields(lines[i + 1]!);
    const protocol = (names[0] ?? '').slice(0, -1);
    if (names.length !== values.length)
      throw new Error(`${path}: ${protocol} has ${names.length - 1} names and ${values.length - 1} values`);
    for (let field = 1; field < names.length; field++) {
      statistics.push({ protocol, name: names[field]!, value: values[field]! });
    }
  }
  return statistics;
}

/** `Ip6InReceives 12`: the protocol ends with its 6. */
export function parseSnmp6(text: string): Statistic[] {
  return text.split('\n').flatMap((line) => {
    const [key = '', value] = fields(line);
    const six = key.indexOf('6');
    if (value === undefined || six < 0) return [];
    return [{ protocol: key.slice(0, six + 1), name: key.slice(six + 1), value }];
  });
}
