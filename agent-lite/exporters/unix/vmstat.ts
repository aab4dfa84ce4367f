/** collector.vmstat: the fields of /proc/vmstat that the pattern names. */
import { Family } from '../metric-text.ts';
import { VMSTAT_FIELDS } from './arguments.ts';
import type { CollectorFactory } from './collector.ts';
import { fields, number } from './host-files.ts';
import { matcher } from './name-filter.ts';

export const createVmstat: CollectorFactory = ({ files, args }) => {
  const wanted = matcher(args.vmstat?.fields ?? VMSTAT_FIELDS, 'vmstat.fields');
  const families = new Map<string, Family>();
  return {
    collect(out) {
      const path = files.proc('vmstat');
      for (const line of files.lines(path)) {
        const [field, value] = fields(line);
        if (field === undefined || !wanted(field)) continue;
        let family = families.get(field);
        if (family === undefined) {
          family = new Family(`node_vmstat_${field}`, `/proc/vmstat information field ${field}.`, 'untyped');
          families.set(field, family);
        }
        out.sample(family, number(value, path));
      }
    },
  };
};
