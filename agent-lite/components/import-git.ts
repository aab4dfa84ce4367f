/** `import.git`: declarations of custom components from a Git repository, pulled again and again by this machine's git. */
import { join } from 'node:path';
import {
  ArgumentError,
  type Component,
  defineComponent,
  type Exports,
  type StopSignal,
} from '../../core/alloy/component.ts';
import { deepEqual } from '../../core/alloy/equality.ts';
import { block, body, type Decoded, optional, required, t, withDefault } from '../../core/alloy/schema.ts';
import { Unknown } from '../../core/alloy/scope.ts';
import { toValue } from '../../core/alloy/to-value.ts';
import { ContentHealth } from '../content/content-health.ts';
import { GitCheckout } from '../content/git-checkout.ts';
import { gitEnvironment } from '../content/git-credentials.ts';
import type { ModuleFiles } from '../content/module-files.ts';
import type { HostContext } from '../context.ts';
import { NEVER_MS, PollLoop } from '../runtime/poll-loop.ts';
import { toAbortSignal } from '../runtime/stop-signal.ts';

const schema = body({
  repository: required(t.string, { doc: 'What git fetches from: a URL or a folder.' }),
  path: required(t.string, { doc: 'A file in the repository, or a folder of which every *.alloy file is read.' }),
  revision: withDefault(t.string, 'HEAD', { doc: 'A branch, a tag or a commit.' }),
  pull_frequency: withDefault(t.duration, 60_000, { text: '60s', doc: 'How often to pull; 0s: once.' }),
  basic_auth: block(
    body({
      username: required(t.string, { doc: 'User name.' }),
      password: required(t.secret, { doc: 'Password or token.' }),
    }),
    { doc: 'HTTP Basic authentication.' },
  ),
  ssh_key: block(
    body({
      username: required(t.string, { doc: 'User name.' }),
      key: optional(t.secret, { doc: 'The private key.' }),
      key_file: optional(t.string, { doc: 'The file of the private key.' }),
      passphrase: optional(t.secret, { doc: 'Opens the key.' }),
    }),
    { doc: 'Authentication of SSH by a key. The host must be known to ssh.' },
  ),
});

type Arguments = Decoded<typeof schema>;

const NOTHING_YET = new Unknown();

class ImportGit implements Component<Arguments> {
  readonly #context: HostContext;
  readonly #checkout: GitCheckout;
  #args: Arguments;
  #files: ModuleFiles | undefined;
  readonly #health: ContentHealth;
  readonly #pulling: PollLoop;

  constructor(context: HostContext, args: Arguments) {
    this.#context = context;
    this.#pulling = new PollLoop(context.clock);
    this.#args = args;
    this.#checkout = new GitCheckout(join(context.dataPath, 'repository'));
    const message = `waiting for the first pull of ${withoutUser(args.repository)}`;
    this.#health = new ContentHealth(context, { state: 'unknown', message });
  }

  update(args: Arguments): void {
    this.#args = args;
    this.#pulling.again();
  }

  exports(): Exports {
    if (this.#files === undefined) return { content: NOTHING_YET };
    return { content: toValue(this.#files.texts), module_path: this.#files.folder };
  }

  run(signal: StopSignal): Promise<void> {
    return this.#pulling.run(
      toAbortSignal(signal),
      (late) => this.#pull(late),
      () => this.#args.pull_frequency || NEVER_MS,
    );
  }

  health() {
    return this.#health.health;
  }

  async #pull(signal: AbortSignal): Promise<void> {
    const args = this.#args;
    try {
      const env = await gitEnvironment(args, this.#context.dataPath);
      await this.#checkout.fetch(args, env, signal);
      this.#take(this.#checkout.read(args.path));
      this.#health.good('module pulled');
    } catch (error) {
      if (signal.aborted) return;
      // A repository that is away at start-up is no reason to run without what the last pull had brought.
      if (this.#files === undefined) await this.#readEarlier(signal);
      this.#health.bad(`${withoutUser(args.repository)}: ${(error as Error).message}`, this.#files !== undefined);
    }
  }

  async #readEarlier(signal: AbortSignal): Promise<void> {
    try {
      if (await this.#checkout.isOf(this.#args, signal)) this.#take(this.#checkout.read(this.#args.path));
    } catch {
      // There is nothing of an earlier run; why there is nothing new is told by the health.
    }
  }

  #take(files: ModuleFiles): void {
    if (deepEqual(files, this.#files)) return;
    this.#files = files;
    this.#context.exportsChanged();
  }
}

function check(args: Arguments): void {
  if (args.repository === '') throw new ArgumentError('repository', 'must not be empty');
  if (args.path === '') throw new ArgumentError('path', 'must not be empty');
  if (args.pull_frequency < 0) throw new ArgumentError('pull_frequency', 'must not be less than 0');
  // git would take them for options.
  for (const name of ['repository', 'revision'] as const) {
    if (args[name].startsWith('-')) throw new ArgumentError(name, 'must not begin with "-"');
  }
  if (args.basic_auth !== undefined && args.ssh_key !== undefined) {
    throw new ArgumentError('ssh_key', 'at most one of basic_auth and ssh_key may be given');
  }
  const { ssh_key } = args;
  if (ssh_key !== undefined && (ssh_key.key === undefined) === (ssh_key.key_file === undefined)) {
    throw new ArgumentError('ssh_key', 'exactly one of key and key_file must be given');
  }
}

function withoutUser(repository: string): string {
  return repository.replace(/^([a-z+]+:\/\/)[^/@]*@/i, '$1');
}

export const importGit = defineComponent<typeof schema, HostContext>({
  name: 'import.git',
  summary:
    'Makes the declare blocks of files in a Git repository available as custom components. It needs git on the machine; until the first pull, blocks that use them wait.',
  stability: 'generally-available',
  sides: ['host'],
  schema,
  exports: {},
  validate: check,
  create: (context, args) => new ImportGit(context, args),
});
