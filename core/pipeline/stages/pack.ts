/** `stage.pack`: puts labels into the line, as JSON that LogQL's `unpack` reads. */
import { body, required, t, withDefault } from '../../alloy/schema.ts';
import { spendText } from '../text-budget.ts';
import { toText } from './convert.ts';
import { defineStage, mapStage } from './stage.ts';

export const pack = defineStage({
  name: 'stage.pack',
  summary: 'Packs labels and extracted values into the line and removes those labels.',
  schema: body({
    labels: required(t.list(t.string), { doc: 'Names to pack.' }),
    ingest_timestamp: withDefault(t.bool, true, { doc: 'Replace the time of the line by the current time.' }),
  }),
  create({ labels, ingest_timestamp }) {
    const names = [...new Set(labels)].sort();
    return mapStage((entry, run) => {
      const packed: string[] = [];
      for (const name of names) {
        const value = toText(entry.extracted(name));
        if (value === undefined) continue;
        packed.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
        entry.deleteLabel(name);
      }
      packed.push(`"_entry":${JSON.stringify(entry.line)}`);
      const line = `{${packed.join(',')}}`;
      // Each pack in a row doubles the backslashes of the one before.
      if (spendText(line.length - entry.line.length)) entry.line = line;
      if (ingest_timestamp) entry.timestampNs = run.nowNs;
    });
  },
});
