/** `local.file_match`: finds files by pattern, again and again, and exports them as targets. */
import { ArgumentError, type Component, defineComponent, type StopSignal } from '../../core/alloy/component.ts';
import { body, type Decoded, required, t, withDefault } from '../../core/alloy/schema.ts';
import { toValue } from '../../core/alloy/to-value.ts';
import type { HostContext } from '../context.ts';
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
  #args: Arguments;
  #targets: readonly Target[] = [];
  #changed = new AbortController();

  constructor(context: HostContext, args: Arguments) {
    this.#context = context;
    check(args);
    this.#args = args;
  }

  update(args: Arguments): void {
    check(args);
    this.#args = args;
    this.#changed.abort();
  }

  exports() {
    return { targets: toValue(this.#targets) };
  }

  async run(signal: StopSignal): Promise<void> {
    const stop = toAbortSignal(signal);
    const { clock } = this.#context;
    while (!stop.aborted) {
      this.#changed = new AbortController();
      await this.#look();
      await clock.sleep(this.#args.sync_period, AbortSignal.any([stop, this.#changed.signal]));
    }
  }

  debugInfo() {
    return { files: this.#targets.map(({ __path__ }) => __path__) };
  }

  async #look(): Promise<void> {
    const { path_targets, ignore_older_than } = this.#args;
    const found = await matchTargets(path_targets, ignore_older_than, this.#context.clock.nowMs());
    if (JSON.stringify(found) === JSON.stringify(this.#targets)) return;
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
