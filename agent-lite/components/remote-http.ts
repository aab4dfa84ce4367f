/** `remote.http`: exports what a URL answers, and again when that changes. */
import { type Component, defineComponent, type StopSignal } from '../../core/alloy/component.ts';
import { body, type Decoded, t, withDefault } from '../../core/alloy/schema.ts';
import { Unknown } from '../../core/alloy/scope.ts';
import type { Value } from '../../core/alloy/value-types.ts';
import { Secret } from '../../core/alloy/values.ts';
import { checkUrlArguments, PolledUrl, urlFields } from '../content/polled-url.ts';
import type { HostContext } from '../context.ts';
import { toAbortSignal } from '../runtime/stop-signal.ts';

const schema = body({
  ...urlFields,
  is_secret: withDefault(t.bool, false, { doc: 'Export the content as a secret, which is never shown.' }),
});

type Arguments = Decoded<typeof schema>;

const NOTHING_YET = new Unknown();

class RemoteHttp implements Component<Arguments> {
  readonly #polled: PolledUrl;
  #isSecret: boolean;

  constructor(context: HostContext, args: Arguments) {
    this.#polled = new PolledUrl(context, args);
    this.#isSecret = args.is_secret;
  }

  update(args: Arguments): void {
    this.#polled.use(args);
    this.#isSecret = args.is_secret;
  }

  exports(): { content: Value } {
    const { content } = this.#polled;
    if (content === undefined) return { content: NOTHING_YET };
    return { content: this.#isSecret ? new Secret(content) : content };
  }

  run(signal: StopSignal): Promise<void> {
    return this.#polled.run(toAbortSignal(signal));
  }

  health() {
    return this.#polled.health;
  }
}

export const remoteHttp = defineComponent<typeof schema, HostContext>({
  name: 'remote.http',
  summary: 'Exports what a URL answers. Until the first answer, blocks that refer to it wait.',
  stability: 'generally-available',
  sides: ['host'],
  schema,
  exports: { content: 'string or secret' },
  validate: checkUrlArguments,
  create: (context, args) => new RemoteHttp(context, args),
});
