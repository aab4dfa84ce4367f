/** `loki.process`: runs log lines through stages. */
import type { Component, ComponentContext } from '../../alloy/component.ts';
import { defineComponent } from '../../alloy/component.ts';
import type { Decoded } from '../../alloy/schema.ts';
import { body, orderedBlocks, required, t } from '../../alloy/schema.ts';
import type { Labels } from '../../labels/labels.ts';
import { contents, logsCapsule, logsReceiver } from '../capsules.ts';
import type { LineReport, LogsReceiver, LogsTransform } from '../nodes.ts';
import { graphChanged } from '../nodes.ts';
import type { LogEntry, LogStream, LogsBatch, SourceMark } from '../signals.ts';
import { StageEntry } from '../stages/entry.ts';
import { compileStages, stageSchemas } from '../stages/registry.ts';
import type { Stage, StageObserver, StageRun } from '../stages/stage.ts';
import { firstDueNs, flushStages, HoldTickets, oldestHeld, runStages } from '../stages/stage.ts';
import { GrowthMeter } from '../text-budget.ts';

const schema = body({
  forward_to: required(t.list(logsReceiver), { doc: 'Receivers of the lines that are left.' }),
  stages: orderedBlocks(() => stageSchemas(), { doc: 'Blocks stage.*, run in order.' }),
});

type Arguments = Decoded<typeof schema>;

/** What a runtime may add to the context to follow lines from stage to stage. */
export interface ProcessContext extends ComponentContext {
  readonly stageObserver?: StageObserver;
}

/** Marks that wait for lines held back when they came: passed on too early, a crash would lose those lines. */
interface WaitingMarks {
  readonly marks: readonly SourceMark[];
  readonly untilTicket: number;
}

class LokiProcess implements Component<Arguments> {
  readonly #context: ProcessContext;
  readonly #tickets = new HoldTickets();
  #stages: readonly Stage[] = [];
  /** Stages of earlier arguments that still hold lines. */
  #retired: readonly (readonly Stage[])[] = [];
  #next: readonly LogsReceiver[] = [];
  #waiting: readonly WaitingMarks[] = [];
  readonly #node: LogsTransform;
  readonly #exports = { receiver: logsCapsule(() => [this.#node]) };

  constructor(context: ProcessContext, args: Arguments) {
    this.#context = context;
    this.#node = {
      kind: 'transform',
      componentId: context.componentId,
      transform: (batch, nowNs, report) => this.#transform(batch, nowNs, report),
      flushAtNs: () => firstDueNs(this.#stages),
      next: () => this.#next,
    };
    this.update(args);
  }

  update(args: Arguments): void {
    const { componentId, regexLimits, stageObserver: observer } = this.#context;
    const stages = compileStages(args.stages, '', { componentId, regexLimits, observer, tickets: this.#tickets });
    if (oldestHeld(this.#stages) !== undefined) this.#retired = [...this.#retired, this.#stages];
    this.#stages = stages;
    this.#next = contents(args.forward_to);
    graphChanged();
  }

  exports() {
    return this.#exports;
  }

  #transform(batch: LogsBatch, nowNs: bigint, report: LineReport): LogsBatch {
    const run: StageRun = {
      nowNs,
      // A batch without streams only asks for what is due.
      mayHold: batch.marks.length > 0 || batch.streams.length === 0,
      dropped: (reason, lines) => report.dropped(reason, lines),
      created: (lines) => report.created(lines),
    };
    const meter = new GrowthMeter();
    const streams = new StreamCollector(meter);
    for (const stages of this.#retired) {
      for (const result of flushStages(stages, { ...run, everything: true })) streams.add(result);
    }
    this.#retired = [];
    for (const { labels, entries } of batch.streams) {
      meter.came(labels);
      for (const entry of entries) {
        // The batch will be refused; its lines that are held go with the rest at the end.
        if (meter.isExceeded) break;
        meter.lineCame(entry);
        for (const result of runStages(this.#stages, new StageEntry(labels, entry), run)) streams.add(result);
      }
    }
    for (const result of flushStages(this.#stages, run)) streams.add(result);
    return { ...batch, streams: streams.streams(), marks: this.#releaseMarks(batch.marks) };
  }

  /** In the order in which they came: a later mark of the same file stands for the earlier ones. */
  #releaseMarks(marks: readonly SourceMark[]): readonly SourceMark[] {
    if (marks.length > 0) this.#waiting = [...this.#waiting, { marks, untilTicket: this.#tickets.last }];
    const oldest = oldestHeld(this.#stages);
    const stillWaiting = this.#waiting.findIndex(({ untilTicket }) => oldest !== undefined && oldest <= untilTicket);
    const ready = stillWaiting < 0 ? this.#waiting : this.#waiting.slice(0, stillWaiting);
    this.#waiting = stillWaiting < 0 ? [] : this.#waiting.slice(stillWaiting);
    return ready.flatMap((waiting) => waiting.marks);
  }
}

/** Brings lines of equal labels together, in the order in which their streams first appear. */
class StreamCollector {
  readonly #byKey = new Map<string, LogEntry[]>();
  readonly #streams: LogStream[] = [];
  /** Most lines leave with the label list they came with, so the list itself is a key. */
  readonly #byLabels = new Map<Labels, LogEntry[]>();
  readonly #meter: GrowthMeter;

  constructor(meter: GrowthMeter) {
    this.#meter = meter;
  }

  add(entry: StageEntry): void {
    const line = entry.toEntry();
    this.#meter.lineGoes(line);
    // Nothing of the batch will be used: what is not kept takes no memory.
    if (!this.#meter.isExceeded) this.#streamOf(entry).push(line);
  }

  #streamOf(entry: StageEntry): LogEntry[] {
    const { labels } = entry;
    const known = this.#byLabels.get(labels);
    if (known !== undefined) return known;
    const key = entry.labelsKey;
    let entries = this.#byKey.get(key);
    if (entries === undefined) {
      entries = [];
      this.#byKey.set(key, entries);
      this.#streams.push({ labels, entries });
      this.#meter.goes(labels);
    }
    this.#byLabels.set(labels, entries);
    return entries;
  }

  streams(): readonly LogStream[] {
    return this.#streams;
  }
}

export const lokiProcess = defineComponent({
  name: 'loki.process',
  summary: 'Parses, changes, filters and drops log lines by stages.',
  stability: 'generally-available',
  sides: ['host', 'edge'],
  schema,
  exports: { receiver: 'LogsReceiver' },
  create: (context: ProcessContext, args) => new LokiProcess(context, args),
});
