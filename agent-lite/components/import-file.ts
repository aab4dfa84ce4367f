/** `import.file`: declarations of custom components from a file or a folder of files, read again when they change. */
import { type Component, defineComponent, type StopSignal } from '../../core/alloy/component.ts';
import { body, type Decoded, required, t } from '../../core/alloy/schema.ts';
import { toValue } from '../../core/alloy/to-value.ts';
import { type ModuleFiles, readModuleFiles } from '../content/module-files.ts';
import { WatchedPath } from '../content/watched-path.ts';
import type { HostContext } from '../context.ts';
import { toAbortSignal } from '../runtime/stop-signal.ts';
import { checkWatch, readFirst, watchFields, watchSettings } from './local-file.ts';

const schema = body({
  filename: required(t.string, { doc: 'A file, or a folder of which every *.alloy file is read.' }),
  ...watchFields,
});

type Arguments = Decoded<typeof schema>;

class ImportFile implements Component<Arguments> {
  readonly #watched: WatchedPath<ModuleFiles>;

  constructor(context: HostContext, args: Arguments) {
    this.#watched = readFirst(() => new WatchedPath(context, watchSettings(args), readModuleFiles));
  }

  update(args: Arguments): void {
    readFirst(() => this.#watched.use(watchSettings(args)));
  }

  exports() {
    const { folder, texts } = this.#watched.current();
    return { content: toValue(texts), module_path: folder };
  }

  run(signal: StopSignal): Promise<void> {
    return this.#watched.run(toAbortSignal(signal));
  }

  health() {
    return this.#watched.health;
  }
}

export const importFile = defineComponent<typeof schema, HostContext>({
  name: 'import.file',
  summary: 'Makes the declare blocks of a file, or of the files in a folder, available as custom components.',
  stability: 'generally-available',
  sides: ['host'],
  schema,
  exports: {},
  validate: checkWatch,
  create: (context, args) => new ImportFile(context, args),
});
