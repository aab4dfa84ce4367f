/** `import.http`: declarations of custom components from a URL, asked again and again. */
import { type Component, defineComponent, type StopSignal } from '../../core/alloy/component.ts';
import { body, type Decoded } from '../../core/alloy/schema.ts';
import { Unknown } from '../../core/alloy/scope.ts';
import { checkUrlArguments, PolledUrl, urlFields } from '../content/polled-url.ts';
import type { HostContext } from '../context.ts';
import { toAbortSignal } from '../runtime/stop-signal.ts';

const schema = body(urlFields);
type Arguments = Decoded<typeof schema>;

const NOTHING_YET = new Unknown();

class ImportHttp implements Component<Arguments> {
  readonly #polled: PolledUrl;
  #url: string;

  constructor(context: HostContext, args: Arguments) {
    this.#polled = new PolledUrl(context, args);
    this.#url = args.url;
  }

  update(args: Arguments): void {
    this.#polled.use(args);
    this.#url = args.url;
  }

  exports() {
    return { content: this.#polled.content ?? NOTHING_YET, module_path: new URL('.', this.#url).href };
  }

  run(signal: StopSignal): Promise<void> {
    return this.#polled.run(toAbortSignal(signal));
  }

  health() {
    return this.#polled.health;
  }
}

export const importHttp = defineComponent<typeof schema, HostContext>({
  name: 'import.http',
  summary:
    'Makes the declare blocks of a text at a URL available as custom components. Until the first answer, blocks that use them wait.',
  stability: 'generally-available',
  sides: ['host'],
  schema,
  exports: {},
  validate: checkUrlArguments,
  create: (context, args) => new ImportHttp(context, args),
});
