/** `local.file`: exports what a file holds, and again when it changes. */
import { ArgumentError, type Component, defineComponent, type StopSignal } from '../../core/alloy/component.ts';
import { body, type Decoded, required, t, withDefault } from '../../core/alloy/schema.ts';
import { Secret } from '../../core/alloy/values.ts';
import { readText } from '../content/module-files.ts';
import { WatchedPath, type WatchSettings } from '../content/watched-path.ts';
import type { HostContext } from '../context.ts';
import { toAbortSignal } from '../runtime/stop-signal.ts';

export const watchFields = {
  detector: withDefault(t.oneOf('fsnotify', 'poll'), 'fsnotify', {
    doc: 'How changes are noticed: told by the system, or by reading again.',
  }),
  poll_frequency: withDefault(t.duration, 60_000, {
    text: '1m',
    doc: 'How often to read again. With fsnotify it finds what the system did not tell.',
  }),
} as const;

const schema = body({
  filename: required(t.string, { doc: 'The file to read.' }),
  ...watchFields,
  is_secret: withDefault(t.bool, false, { doc: 'Export the content as a secret, which is never shown.' }),
});

type Arguments = Decoded<typeof schema>;

class LocalFile implements Component<Arguments> {
  readonly #watched: WatchedPath<string>;
  #isSecret: boolean;

  constructor(context: HostContext, args: Arguments) {
    this.#isSecret = args.is_secret;
    this.#watched = readFirst(() => new WatchedPath(context, watchSettings(args), readText));
  }

  update(args: Arguments): void {
    readFirst(() => this.#watched.use(watchSettings(args)));
    this.#isSecret = args.is_secret;
  }

  exports() {
    const content = this.#watched.current();
    return { content: this.#isSecret ? new Secret(content) : content };
  }

  run(signal: StopSignal): Promise<void> {
    return this.#watched.run(toAbortSignal(signal));
  }

  health() {
    return this.#watched.health;
  }
}

export function watchSettings(args: Decoded<typeof watchFields> & { readonly filename: string }): WatchSettings {
  return { path: args.filename, detector: args.detector, pollMs: args.poll_frequency };
}

/** A file that cannot be read at first is a mistake of the configuration. */
export function readFirst<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ArgumentError('filename', `failed to read file: ${(error as Error).message}`);
  }
}

export function checkWatch(args: Decoded<typeof watchFields> & { readonly filename: string }): void {
  if (args.filename === '') throw new ArgumentError('filename', 'must not be empty');
  if (args.poll_frequency <= 0) throw new ArgumentError('poll_frequency', 'must be greater than 0');
}

export const localFile = defineComponent<typeof schema, HostContext>({
  name: 'local.file',
  summary: 'Exports the content of a file.',
  stability: 'generally-available',
  sides: ['host'],
  schema,
  exports: { content: 'string or secret' },
  validate: checkWatch,
  create: (context, args) => new LocalFile(context, args),
});
