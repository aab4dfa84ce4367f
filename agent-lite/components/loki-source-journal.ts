/** `loki.source.journal`: reads the systemd journal, through journalctl. */
import { ArgumentError, type Component, defineComponent, type StopSignal } from '../../core/alloy/component.ts';
import { block, body, type Decoded, optional, required, t, withDefault } from '../../core/alloy/schema.ts';
import { labelsFromRecord } from '../../core/labels/labels.ts';
import { contents, logsReceiver, relabelRules } from '../../core/pipeline/capsules.ts';
import { graphChanged, type LogsReceiver } from '../../core/pipeline/nodes.ts';
import type { HostContext } from '../context.ts';
import { JournalReader } from '../journal/journal-reader.ts';
import { toAbortSignal } from '../runtime/stop-signal.ts';

const schema = body({
  forward_to: required(t.list(logsReceiver), { doc: 'Receivers of the lines.' }),
  format_as_json: withDefault(t.bool, false, {
    doc: 'Send the whole entry as JSON, and not the field MESSAGE alone.',
  }),
  max_age: withDefault(t.duration, 25_200_000, {
    text: '7h',
    doc: 'How far back from the start of the agent entries are read; 0s: all there are.',
  }),
  path: withDefault(t.string, '', {
    doc: 'A folder of journal files. "" is the journal of this machine, in /var/log/journal and /run/log/journal.',
  }),
  matches: withDefault(t.string, '', {
    doc: 'FIELD=value texts with spaces between them. Entries must match one of each field that is named.',
  }),
  labels: optional(t.map(t.string), {
    doc: 'Labels of every line. A label job with the id of the component is added where there is none.',
  }),
  relabel_rules: optional(relabelRules, {
    doc: 'Rules on the labels, `__journal_FIELD` in lower case and `__journal_priority_keyword` among them. Those that begin with __ are removed afterwards.',
  }),
  legacy_position: block(
    body({
      file: required(t.string, { doc: 'The positions file of Promtail or Grafana Agent.' }),
      name: required(t.string, { doc: 'The name of its journal job.' }),
    }),
    { doc: 'Where another agent stopped, for as long as there is no position of our own.' },
  ),
});

type Arguments = Decoded<typeof schema>;

class LokiSourceJournal implements Component<Arguments> {
  readonly #reader: JournalReader;
  readonly #componentId: string;
  #args: Arguments;
  #forwardTo: readonly LogsReceiver[] = [];

  constructor(context: HostContext, args: Arguments) {
    const { componentId, clock, logger, telemetry } = context;
    this.#componentId = componentId;
    this.#args = args;
    const labels = { component_id: componentId };
    this.#reader = new JournalReader({
      componentId,
      clock,
      logger,
      writer: context.openLogs(() => this.#forwardTo),
      settings: () => this.#settings(),
      readLines: telemetry.counter(
        'loki_source_journal_target_lines_total',
        'Total number of successful journal lines read',
        labels,
        componentId,
      ),
      errors: (error) =>
        telemetry.counter(
          'loki_source_journal_target_parsing_errors_total',
          'Total number of parsing errors while reading journal messages',
          { ...labels, error },
          componentId,
        ),
    });
    this.update(args);
  }

  update(args: Arguments): void {
    const asked = ({ path, matches, max_age, legacy_position }: Arguments) =>
      JSON.stringify([path, matches, max_age, legacy_position]);
    const isSame = asked(args) === asked(this.#args);
    this.#args = args;
    this.#forwardTo = contents(args.forward_to);
    graphChanged();
    if (!isSame) this.#reader.restart();
  }

  exports() {
    return {};
  }

  run(signal: StopSignal): Promise<void> {
    return this.#reader.run(toAbortSignal(signal));
  }

  health() {
    return this.#reader.health;
  }

  debugInfo() {
    return this.#reader.debugInfo();
  }

  #settings() {
    const { path, matches, max_age, format_as_json, labels, relabel_rules, legacy_position } = this.#args;
    return {
      path,
      matches: matchesOf(matches),
      maxAgeMs: max_age,
      asJson: format_as_json,
      labels: labelsFromRecord({ job: this.#componentId, ...labels }),
      rules: relabel_rules?.value.rules() ?? [],
      legacy: legacy_position,
    };
  }
}

function matchesOf(text: string): readonly string[] {
  return text.split(/\s+/).filter((match) => match !== '');
}

/** As sd_journal_add_match(3) takes them; journalctl would take others for paths or operators. */
const MATCH = /^(?!__)[A-Z0-9_]{1,64}=/;

function check({ matches }: Arguments): void {
  for (const match of matchesOf(matches)) {
    if (MATCH.test(match)) continue;
    throw new ArgumentError(
      'matches',
      `${JSON.stringify(match)} is not of the form FIELD=value with the field in upper case; several are separated by spaces`,
    );
  }
}

export const lokiSourceJournal = defineComponent<typeof schema, HostContext>({
  name: 'loki.source.journal',
  summary: 'Reads the systemd journal. Needs journalctl, and a user that may read the journal (group systemd-journal).',
  stability: 'generally-available',
  sides: ['host'],
  schema,
  exports: {},
  validate: check,
  create: (context, args) => new LokiSourceJournal(context, args),
});
