/** `loki.source.file`: follows log files and forwards their lines. */
import { ArgumentError, type Component, defineComponent, type StopSignal } from '../../core/alloy/component.ts';
import { block, body, type Decoded, required, t, withDefault } from '../../core/alloy/schema.ts';
import { contents, logsReceiver } from '../../core/pipeline/capsules.ts';
import { graphChanged, type LogsReceiver } from '../../core/pipeline/nodes.ts';
import { refuseUnsupported } from '../../core/pipeline/unsupported.ts';
import type { HostContext } from '../context.ts';
import { NEVER_MS, PollLoop } from '../runtime/poll-loop.ts';
import { toAbortSignal } from '../runtime/stop-signal.ts';
import { matchTargets, type Target } from '../tail/match-targets.ts';
import { Tailer, type TailTarget } from '../tail/tailer.ts';

const schema = body({
  targets: required(t.targets, { doc: 'Files to follow, in the label __path__.' }),
  forward_to: required(t.list(logsReceiver), { doc: 'Receivers of the lines.' }),
  tail_from_end: withDefault(t.bool, false, { doc: 'Begin at the end of a file that was never read.' }),
  encoding: withDefault(t.string, '', { doc: 'UTF-8 only.' }),
  legacy_positions_file: withDefault(t.string, '', { doc: 'A positions file of another agent to take over.' }),
  on_positions_file_error: withDefault(
    t.oneOf('restart_from_beginning', 'restart_from_end', 'skip'),
    'restart_from_beginning',
    {
      doc: 'Positions are stored with the lines, so there is no positions file that could be damaged alone.',
    },
  ),
  decompression: block(
    body({
      enabled: required(t.bool, { doc: 'Decompress the files.' }),
      format: required(t.string, { doc: 'gz, z or bz2.' }),
      initial_delay: withDefault(t.duration, 0, { doc: 'How long to wait before reading a file.' }),
    }),
    { doc: 'Reading compressed files.' },
  ),
  file_watch: block(
    body({
      min_poll_frequency: withDefault(t.duration, 250, {
        text: '250ms',
        doc: 'How often to look at a file that is being written.',
      }),
      max_poll_frequency: withDefault(t.duration, 250, {
        text: '250ms',
        doc: 'How often to look at a file that is not written.',
      }),
    }),
    { doc: 'How often files are looked at.' },
  ),
  file_match: block(
    body({
      enabled: withDefault(t.bool, false, { doc: 'Take patterns.' }),
      sync_period: withDefault(t.duration, 10_000, { text: '10s', doc: 'How often to look for files.' }),
      ignore_older_than: withDefault(t.duration, 0, {
        text: '0s',
        doc: 'Leave out files not written for so long; 0s: none.',
      }),
    }),
    { doc: 'Take __path__ as a pattern, as local.file_match does.' },
  ),
});

type Arguments = Decoded<typeof schema>;

const DEFAULT_POLL_MS = 250;

class LokiSourceFile implements Component<Arguments> {
  readonly #context: HostContext;
  readonly #tailer: Tailer;
  readonly #matching: PollLoop;
  #args: Arguments;
  #forwardTo: readonly LogsReceiver[] = [];

  constructor(context: HostContext, args: Arguments) {
    this.#context = context;
    this.#args = args;
    this.#matching = new PollLoop(context.clock);
    const { componentId, clock, logger, telemetry } = context;
    const labels = { component_id: componentId };
    this.#tailer = new Tailer({
      componentId,
      clock,
      logger,
      writer: context.openLogs(() => this.#forwardTo),
      settings: () => ({
        fromEnd: this.#args.tail_from_end,
        minPollMs: this.#args.file_watch?.min_poll_frequency ?? DEFAULT_POLL_MS,
        maxPollMs: this.#args.file_watch?.max_poll_frequency ?? DEFAULT_POLL_MS,
      }),
      readLines: telemetry.counter('loki_source_file_read_lines_total', 'Lines read.', labels, componentId),
      readBytes: telemetry.counter('loki_source_file_read_bytes_total', 'Bytes read.', labels, componentId),
      activeFiles: telemetry.gauge(
        'loki_source_file_files_active_total',
        'Files that are followed.',
        labels,
        componentId,
      ),
    });
    this.update(args);
  }

  update(args: Arguments): void {
    check(args);
    this.#args = args;
    this.#forwardTo = contents(args.forward_to);
    graphChanged();
    this.#matching.again();
    if (args.file_match?.enabled !== true) this.#follow(args.targets);
  }

  exports() {
    return {};
  }

  async run(signal: StopSignal): Promise<void> {
    const stop = toAbortSignal(signal);
    await Promise.all([
      this.#tailer.run(stop),
      this.#matching.run(
        stop,
        (signal) => this.#match(signal),
        () => this.#matchPeriodMs(),
      ),
    ]);
  }

  debugInfo() {
    return { files: this.#tailer.files };
  }

  async #match(signal: AbortSignal): Promise<void> {
    const { file_match, targets } = this.#args;
    if (file_match?.enabled !== true) return;
    const found = await matchTargets(targets, file_match.ignore_older_than, this.#context.clock.nowMs());
    if (!signal.aborted) this.#follow(found);
  }

  #matchPeriodMs(): number {
    const { file_match } = this.#args;
    return file_match?.enabled === true ? file_match.sync_period : NEVER_MS;
  }

  #follow(targets: readonly Target[]): void {
    this.#tailer.setTargets(targets.map(toTailTarget));
  }
}

function toTailTarget(target: Target): TailTarget {
  const labels = Object.fromEntries(Object.entries(target).filter(([name]) => !name.startsWith('__')));
  return { path: target.__path__ ?? '', labels };
}

function check(args: Arguments): void {
  refuseUnsupported(args, schema, ['legacy_positions_file']);
  if (args.decompression?.enabled === true) {
    throw new ArgumentError(
      'decompression.enabled',
      'reading compressed files is not supported yet; leave the block out',
    );
  }
  if (!['', 'utf-8', 'utf8'].includes(args.encoding.toLowerCase())) {
    throw new ArgumentError('encoding', `only UTF-8 is supported yet, not ${JSON.stringify(args.encoding)}`);
  }
  const { min_poll_frequency, max_poll_frequency } = args.file_watch ?? {};
  if (min_poll_frequency !== undefined && min_poll_frequency <= 0) {
    throw new ArgumentError('file_watch.min_poll_frequency', 'must be greater than 0');
  }
  if (min_poll_frequency !== undefined && max_poll_frequency !== undefined && max_poll_frequency < min_poll_frequency) {
    throw new ArgumentError('file_watch.max_poll_frequency', 'must not be less than min_poll_frequency');
  }
  if (args.file_match?.enabled === true && args.file_match.sync_period <= 0) {
    throw new ArgumentError('file_match.sync_period', 'must be greater than 0');
  }
  for (const [i, target] of args.targets.entries()) {
    if ((target.__path__ ?? '') === '') throw new ArgumentError('targets', `target ${i + 1} has no __path__`);
  }
}

export const lokiSourceFile = defineComponent<typeof schema, HostContext>({
  name: 'loki.source.file',
  summary: 'Follows log files.',
  stability: 'generally-available',
  sides: ['host'],
  schema,
  exports: {},
  create: (context, args) => new LokiSourceFile(context, args),
});
