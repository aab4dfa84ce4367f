/** `local.file_match`: finds files by pattern, again and again, and exports them as targets. */
import { ArgumentError, type Component, defineComponent, type StopSignal } from '../../core/alloy/component.ts';
import { body, type Decoded, required, t, withDefault } from '../../core/alloy/schema.ts';
import { toValue } from '../../core/alloy/to-value.ts';
import type { HostContext } from '../context.ts';
import { PollLoop } from '../runtime/poll-loop.ts';
import { toAbortSignal } from '../runtime/stop-signal.ts';
import { matchTargets, type Target } from '../tail/match-targets.ts';

const schema = body({
  path_targets: required(t.targets, {
    doc: 'Targets with a pattern in __path__ and, if need be, one in __path_exclude__.',
  }),
  sync_period: withDefault(t.duration, 10_000, { text: '10s', doc: 'How often to look.' }),
  ignore_older_than: withDefault(t.duration, 0, {
    text: '0s',
    doc: 'Leave out files not written for so long; 0s: none.',
  }),
});

type Arguments = Decoded<typeof schema>;

class LocalFileMatch implements Component<Arguments> {
  readonly #context: HostContext;
  readonly #looking: PollLoop;
  #args: Arguments;
  #targets: readonly Target[] = [];

  constructor(context: HostContext, args: Arguments) {
    this.#context = context;
    this.#looking = new PollLoop(context.clock);
    check(args);
    this.#args = args;
  }

  update(args: Arguments): void {
    check(args);
    this.#args = args;
    this.#looking.again();
  }

  exports() {
    return { targets: toValue(this.#targets) };
  }

  run(signal: StopSignal): Promise<void> {
    return this.#looking.run(
      toAbortSignal(signal),
      (late) => this.#look(late),
      () => this.#args.sync_period,
    );
  }

  debugInfo() {
    return { files: this.#targets.map(({ __path__ }) => __path__) };
  }

  async #look(late: AbortSignal): Promise<void> {
    const { path_targets, ignore_older_than } = this.#args;
    const found = await matchTargets(path_targets, ignore_older_than, this.#context.clock.nowMs());
    if (late.aborted || JSON.stringify(found) === JSON.stringify(this.#targets)) return;
    this.#targets = found;
    this.#context.exportsChanged();
  }
}

function check(args: Arguments): void {
  if (args.sync_period <= 0) throw new ArgumentError('sync_period', 'must be greater than 0');
  for (const [i, target] of args.path_targets.entries()) {
    if ((target.__path__ ?? '') === '') throw new ArgumentError('path_targets', `target ${i + 1} has no __path__`);
  }
}

export const localFileMatch = defineComponent<typeof schema, HostContext>({
  name: 'local.file_match',
  summary: 'Finds files by pattern.',
  stability: 'generally-available',
  sides: ['host'],
  schema,
  exports: { targets: 'list(map(string))' },
  create: (context, args) => new LocalFileMatch(context, args),
});
