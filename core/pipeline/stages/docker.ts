/** `stage.docker`: the JSON lines of Docker's json-file logging driver. */
import { body } from '../../alloy/schema.ts';
import { compileTimeFormat } from '../gotime/parse.ts';
import { defineStage, mapStage } from './stage.ts';

const parseTime = compileTimeFormat('RFC3339Nano');

export const docker = defineStage({
  name: 'stage.docker',
  summary: 'Parses a line of the Docker log format.',
  schema: body({}),
  create: () =>
    mapStage((entry, run) => {
      const record = parseRecord(entry.line);
      if (record === undefined) return;
      const { log, stream, time } = record;
      entry.setExtracted('output', log);
      entry.line = log;
      if (stream !== undefined) {
        entry.setExtracted('stream', stream);
        entry.setLabel('stream', stream);
      }
      if (time === undefined) return;
      entry.setExtracted('timestamp', time);
      entry.timestampNs = parseTime(time, run.nowNs) ?? entry.timestampNs;
    }),
});

function parseRecord(line: string): { log: string; stream: string | undefined; time: string | undefined } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('log' in value)) return undefined;
  const { log } = value;
  if (typeof log !== 'string' || log === '') return undefined;
  const text = (name: string) => {
    const field: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
    return typeof field === 'string' ? field : undefined;
  };
  return { log, stream: text('stream'), time: text('time') };
}
