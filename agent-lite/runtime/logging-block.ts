/** The `logging` block: level and format of the agent's own log. */
import { ArgumentError } from '../../core/alloy/component.ts';
import { type AnyConfigBlock, defineConfigBlock } from '../../core/alloy/config-block.ts';
import { body, t, withDefault } from '../../core/alloy/schema.ts';
import { logsReceiver } from '../../core/pipeline/capsules.ts';
import { declaredBlocks } from '../declared/config-blocks.ts';
import type { LiveView } from '../live/live-view.ts';
import type { LogSettings } from '../telemetry/logger.ts';
import { type HttpSettings, httpBlock, liveDebuggingBlock } from './server-blocks.ts';

const schema = body({
  level: withDefault(t.oneOf('error', 'warn', 'info', 'debug'), 'info', { doc: 'Nothing less important is logged.' }),
  format: withDefault(t.oneOf('logfmt', 'json'), 'logfmt', { doc: 'How a line of the log is written.' }),
  destination: withDefault(t.string, 'stderr', { doc: 'Where the log goes.' }),
  write_to: withDefault(t.list(logsReceiver), [], { doc: "Receivers of the agent's own log." }),
});

export function loggingBlock(settings: LogSettings): AnyConfigBlock {
  return defineConfigBlock({
    name: 'logging',
    stability: 'generally-available',
    schema,
    apply(args) {
      if (args !== undefined && args.destination !== 'stderr') {
        throw new ArgumentError(
          'destination',
          `the log can be written to "stderr" only, not ${JSON.stringify(args.destination)}`,
        );
      }
      if (args !== undefined && args.write_to.length > 0) {
        throw new ArgumentError('write_to', "forwarding the agent's own log is not supported yet; leave it out");
      }
      settings.level = args?.level ?? 'info';
      settings.format = args?.format ?? 'logfmt';
    },
  });
}

/** The blocks a configuration may have besides components, by name. */
export function hostBlocks(
  settings: LogSettings,
  http: HttpSettings = { auth: undefined },
  live: Pick<LiveView, 'setDebugging'> = { setDebugging: () => {} },
): ReadonlyMap<string, AnyConfigBlock> {
  const running = [loggingBlock(settings), httpBlock(http), liveDebuggingBlock(live)];
  return new Map([...declaredBlocks, ...running].map((block) => [block.name, block] as const));
}
