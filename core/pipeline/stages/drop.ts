/** `stage.drop`: drops lines that meet every given condition. */
import { ArgumentError } from '../../alloy/component.ts';
import type { Decoded } from '../../alloy/schema.ts';
import { body, optional, t, withDefault } from '../../alloy/schema.ts';
import { utf8Length } from '../../bytes/utf8.ts';
import { joinPath } from '../unsupported.ts';
import { toText } from './convert.ts';
import type { StageEntry } from './entry.ts';
import type { StageContext, StageRun } from './stage.ts';
import { compileStageRegex, defineStage } from './stage.ts';

const schema = body({
  source: optional(t.string, { doc: 'Name, or names separated by commas, of extracted values that must exist.' }),
  value: optional(t.string, { doc: 'What the source must be, exactly.' }),
  expression: optional(t.string, { doc: 'What the source, or the line, must match anywhere.' }),
  separator: withDefault(t.string, ';', { doc: 'Stands between the values of several sources.' }),
  older_than: withDefault(t.duration, 0, { text: '0s', doc: 'How old the line must be.' }),
  longer_than: withDefault(t.size, 0, { text: '0', doc: 'How many bytes the line must exceed.' }),
  drop_counter_reason: withDefault(t.string, 'drop_stage', { doc: 'Reason under which drops are counted.' }),
});

type Condition = (entry: StageEntry, run: StageRun) => boolean;

export const drop = defineStage({
  name: 'stage.drop',
  summary: 'Drops lines.',
  schema,
  create(args, context) {
    const conditions = compileConditions(args, context);
    const reason = args.drop_counter_reason === '' ? 'drop_stage' : args.drop_counter_reason;
    return {
      process(entry, run) {
        if (!conditions.every((condition) => condition(entry, run))) return entry;
        run.dropped(reason, 1);
        return undefined;
      },
    };
  },
});

function compileConditions(args: Decoded<typeof schema>, context: StageContext): Condition[] {
  const conditions: Condition[] = [];
  const { source = '', value = '', expression = '', separator, older_than, longer_than } = args;
  if (value !== '' && expression !== '') {
    throw new ArgumentError(joinPath(context.path, 'value'), 'only one of value and expression may be given');
  }
  if (value !== '' && source === '') {
    throw new ArgumentError(joinPath(context.path, 'value'), 'value requires source');
  }
  const regex = expression === '' ? undefined : compileStageRegex(expression, 'expression', context);
  if (source !== '') {
    const names = source.split(',');
    conditions.push((entry) => {
      if (value === '' && regex === undefined) return names.every((name) => entry.extracted(name) !== undefined);
      const found = names.map((name) => entry.extracted(name)).filter((extracted) => extracted !== undefined);
      const texts = found.map(toText);
      if (texts.includes(undefined)) return false;
      const joined = texts.join(separator);
      return regex === undefined ? joined === value : regex.test(joined);
    });
  } else if (regex !== undefined) {
    conditions.push((entry) => regex.test(entry.line));
  }
  if (older_than > 0) {
    const ageNs = BigInt(Math.round(older_than * 1e6));
    conditions.push((entry, run) => run.nowNs - entry.timestampNs > ageNs);
  }
  if (longer_than > 0) conditions.push((entry) => utf8Length(entry.line) > longer_than);
  if (conditions.length === 0) {
    throw new ArgumentError(
      context.path,
      'stage.drop needs a condition: source, expression, older_than or longer_than; value goes with source',
    );
  }
  return conditions;
}
