/** `stage.match`: runs stages on, or drops, the lines that a LogQL selector matches. Others pass. */
import { ArgumentError } from '../../alloy/component.ts';
import { body, optional, orderedBlocks, required, t, withDefault } from '../../alloy/schema.ts';
import { parseSelector, SelectorError } from '../logql/selector.ts';
import { joinPath } from '../unsupported.ts';
import { stageSchemas } from './registry.ts';
import type { StageContext } from './stage.ts';
import { defineStage, firstDueNs, flushStages, oldestHeld, runStages } from './stage.ts';

export const match = defineStage({
  name: 'stage.match',
  summary: 'Runs stages on the lines that a selector matches, or drops them.',
  schema: body({
    selector: required(t.string, { doc: 'LogQL stream selector and line filters.' }),
    pipeline_name: optional(t.string, { doc: 'A name for people.' }),
    action: withDefault(t.oneOf('keep', 'drop'), 'keep', { doc: 'keep runs the nested stages, drop drops the line.' }),
    drop_counter_reason: withDefault(t.string, 'match_stage', { doc: 'Reason under which drops are counted.' }),
    stages: orderedBlocks(() => stageSchemas(), { doc: 'Stages for matching lines.' }),
  }),
  create(args, context) {
    const selector = compileSelector(args.selector, context);
    const nested = context.compile(args.stages, context.path);
    const drops = args.action === 'drop';
    if (drops && nested.length > 0) {
      throw new ArgumentError(joinPath(context.path, 'action'), 'match with action "drop" cannot hold stages');
    }
    if (!drops && nested.length === 0) {
      throw new ArgumentError(context.path, 'match with action "keep" needs at least one nested stage');
    }
    const reason = args.drop_counter_reason === '' ? 'match_stage' : args.drop_counter_reason;
    return {
      process(entry, run) {
        if (!selector.matches((name) => entry.label(name), entry.line)) return entry;
        if (!drops) return runStages(nested, entry, run);
        run.dropped(reason, 1);
        return undefined;
      },
      flush: (run) => flushStages(nested, run),
      flushAtNs: () => firstDueNs(nested),
      oldestHeld: () => oldestHeld(nested),
    };
  },
});

function compileSelector(text: string, context: StageContext) {
  try {
    return parseSelector(text, context.regexLimits);
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    throw new ArgumentError(joinPath(context.path, 'selector'), error.message);
  }
}
