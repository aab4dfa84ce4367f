/** collector.meminfo: every line of /proc/meminfo. */
import { Family } from '../metric-text.ts';
import type { CollectorFactory } from './collector.ts';
import { fields, number } from './host-files.ts';

export const createMeminfo: CollectorFactory = ({ files }) => {
  const families = new Map<string, Family>();
  const family = (field: string) => {
    let known = families.get(field);
    if (known === undefined) {
      const type = field.endsWith('_total') ? 'counter' : 'gauge';
      known = new Family(`node_memory_${field}`, `Memory information field ${field}.`, type);
      families.set(field, known);
    }
    return known;
  };
  return {
    collect(out) {
      const path = files.proc('meminfo');
      for (const line of files.lines(path)) {
        const [key, value, unit, ...rest] = fields(line);
        if (key === undefined) continue;
        if (rest.length > 0) throw new Error(`${path}: invalid line ${JSON.stringify(line)}`);
        // Active(anon): -> Active_anon
        const field = key.slice(0, -1).replace(/\((.*)\)/, '_$1');
        const count = number(value, path);
        if (unit === undefined) out.sample(family(field), count);
        else out.sample(family(`${field}_bytes`), count * 1024);
      }
    },
  };
};
